#include "actors/notary/freshness.hpp"

#include "messages/quorum.hpp"
#include "runtime/archive/signing.hpp"

#include <string>

namespace caucus {

bool covers(const block_header& certified, const block_header& bound) {
  return certified.in > bound.in || (certified == bound && bound.payload == payload_digest({}));
}

result<void> verify_attestation(const genesis& of, const network_id& network,
                                const fresh_nonce& nonce, const attestation& what,
                                const certificate* shown, const signature_check& check) {
  const auto place = std::to_string(what.from.value());
  if (what.from.value() >= of.members.size()) {
    return fail(errc::unknown_member,
                "an attestation of member " + place + " of " + std::to_string(of.members.size()));
  }
  if (what.bound.group != of.group) {
    return fail(errc::wrong_group, "an attestation for another group");
  }
  if (!check(of.members[what.from.value()].peer, what.by,
             signed_bytes(network, nonce, what.bound))) {
    return fail(errc::bad_signature, "the attestation of member " + place);
  }
  if (shown == nullptr) {
    return {};
  }
  const auto& on = shown->on;
  if (on.kind == vote_kind::nullify || on.of != digest_of(what.bound) || on.in != what.bound.in
      || on.in_epoch != what.bound.in_epoch) {
    return fail(errc::bad_certificate, "it is not for what member " + place + " attests");
  }
  return verify_certificate(of, network, *shown, check);
}

result<void> verify_freshness(const genesis& of, const network_id& network,
                              const block_header& certified, const freshness& what,
                              const signature_check& check) {
  const auto needed = quorum(static_cast<std::uint16_t>(of.members.size()));
  if (what.by.size() < needed) {
    return fail(errc::bad_proof, "fresh by the word of " + std::to_string(what.by.size())
                                   + " members, " + std::to_string(needed) + " are needed");
  }
  for (std::size_t i = 0; i < what.by.size(); ++i) {
    const auto& one = what.by[i];
    if (i > 0 && one.from <= what.by[i - 1].from) {
      return fail(errc::bad_proof, "fresh by members that are doubled or out of order");
    }
    if (!covers(certified, one.bound)) {
      return fail(errc::bad_proof, "member " + std::to_string(one.from.value())
                                     + " attests more than the answer shows");
    }
    if (auto good = verify_attestation(of, network, what.nonce, one, nullptr, check); !good) {
      return good;
    }
  }
  return {};
}

} // namespace caucus
