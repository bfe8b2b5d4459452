#include "runtime/membership/certificate_check.hpp"

#include "runtime/archive/signing.hpp"

#include <bit>
#include <cstddef>
#include <string>

namespace caucus {

bool finalizes(const certificate& what, const block_header& header) {
  const auto& on = what.subject;
  return on.kind == vote_kind::finalize && on.digest == digest_of(header) && on.view == header.view
         && on.epoch == header.epoch;
}

result<void> verify_certificate(const committee& voters, group_id group, const network_id& network,
                                const certificate& what, const signature_check& check) {
  const auto count = static_cast<std::size_t>(std::popcount(what.signers));
  if (count != what.signatures.size() || count < voters.quorum()) {
    return fail(errc::bad_certificate, std::to_string(what.signatures.size())
                                         + " signatures, wanted are "
                                         + std::to_string(voters.quorum()));
  }
  const auto text = signed_bytes(network, group, what.subject);
  auto next = what.signatures.begin();
  for (member_index i; i.value() < members_max; i = i.next()) {
    if ((what.signers & bit_of(i)) == 0) {
      continue;
    }
    const auto* const signer = voters.find(i);
    if (signer == nullptr || !check(signer->peer, *next, text)) {
      return fail(errc::bad_certificate, "the signature of member " + std::to_string(i.value()));
    }
    ++next;
  }
  return {};
}

} // namespace caucus
