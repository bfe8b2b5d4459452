#include "actors/notary/freshness.hpp"

#include "runtime/archive/signing.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace caucus {

bool covers(const block_header& certified, const block_header& bound) {
  const auto round = [](const block_header& of) { return std::pair{of.epoch, of.view}; };
  return round(certified) > round(bound)
         || (certified == bound && bound.payload == payload_digest({}));
}

namespace {

/// The member signed it for this nonce.
result<void> judge_word(const committee& voters, group_id group, const network_id& network,
                        const fresh_nonce& nonce, const attestation& what,
                        const signature_check& check) {
  if (what.bound.epoch > voters.in_epoch()) {
    return fail(errc::wrong_epoch, "an attestation of a later epoch than its own");
  }
  const auto place = std::to_string(what.signer.value());
  const auto* const signer = voters.find(what.signer);
  if (signer == nullptr) {
    return fail(errc::unknown_member,
                "an attestation of member " + place + " of " + std::to_string(voters.size()));
  }
  if (what.bound.group != group) {
    return fail(errc::wrong_group, "an attestation for another group");
  }
  if (!check(signer->peer, what.signature,
             signed_bytes(network, nonce, what.bound, voters.in_epoch()))) {
    return fail(errc::bad_signature, "the attestation of member " + place);
  }
  return {};
}

tl::unexpected<error> unknown_epoch(epoch which, const committees& known) {
  return fail(errc::wrong_epoch, "an attestation of epoch " + std::to_string(which.value())
                                   + "; the newest whose members are known is "
                                   + std::to_string(known.newest().in_epoch().value()));
}

} // namespace

result<void> verify_attestation(const genesis& of, const committees& voters,
                                const network_id& network, const fresh_nonce& nonce,
                                const attestation_claim& claim, const signature_check& check) {
  const auto& [in, what, shown] = claim;
  const auto* const members = voters.of(in);
  const auto* const showing = voters.of(what.bound.epoch);
  if (members == nullptr || (shown != nullptr && showing == nullptr)) {
    return unknown_epoch(std::max(in, what.bound.epoch), voters);
  }
  if (auto good = judge_word(*members, of.group, network, nonce, what, check);
      !good || shown == nullptr) {
    return good;
  }
  const auto& on = shown->subject;
  if (on.kind == vote_kind::nullify || on.digest != digest_of(what.bound)
      || on.view != what.bound.view || on.epoch != what.bound.epoch) {
    return fail(errc::bad_certificate,
                "it is not for what member " + std::to_string(what.signer.value()) + " attests");
  }
  return verify_certificate(*showing, of.group, network, *shown, check);
}

result<void> verify_freshness(const genesis& of, const committees& known, const network_id& network,
                              const block_header& certified, const freshness& what,
                              const signature_check& check) {
  const auto* const members = known.of(what.epoch);
  if (members == nullptr) {
    return unknown_epoch(what.epoch, known);
  }
  const auto& voters = *members;
  if (what.attestations.size() < voters.quorum()) {
    return fail(errc::bad_proof, "fresh by the word of " + std::to_string(what.attestations.size())
                                   + " members, " + std::to_string(voters.quorum())
                                   + " are needed");
  }
  for (std::size_t i = 0; i < what.attestations.size(); ++i) {
    const auto& one = what.attestations[i];
    if (i > 0 && one.signer <= what.attestations[i - 1].signer) {
      return fail(errc::bad_proof, "fresh by members that are doubled or out of order");
    }
    if (!covers(certified, one.bound)) {
      return fail(errc::bad_proof, "member " + std::to_string(one.signer.value())
                                     + " attests more than the answer shows");
    }
    if (auto good = judge_word(voters, of.group, network, what.nonce, one, check); !good) {
      return good;
    }
  }
  return {};
}

} // namespace caucus
