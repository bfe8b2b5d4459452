#include "actors/consensus/certificate.hpp"

#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"

#include <bit>
#include <cstddef>
#include <string>
#include <unordered_set>

namespace caucus::voting {

bool is_quorum(std::uint64_t signers, const committee& voters) {
  const auto count = static_cast<std::size_t>(std::popcount(signers));
  return (voters.size() >= 64 || signers >> voters.size() == 0)
         && 3 * (voters.size() - count) < voters.size();
}

std::vector<claim> claims_of(const certificate& what) {
  std::vector<claim> out;
  out.reserve(what.signatures.size());
  auto left = what.signers;
  for (const auto& by : what.signatures) {
    CAUCUS_ASSERT(left != 0);
    out.push_back(
      {member_index{static_cast<std::uint16_t>(std::countr_zero(left))}, what.subject, by});
    left &= left - 1;
  }
  return out;
}

certificate assemble(const subject& on, const std::vector<vote>& votes) {
  certificate out{on, 0, {}};
  out.signatures.reserve(votes.size());
  for (const auto& one : votes) {
    const auto bit = std::uint64_t{1} << one.signer.value();
    CAUCUS_ASSERT(one.subject == on && out.signers < bit);
    out.signers |= bit;
    out.signatures.push_back(one.signature);
  }
  return out;
}

result<void> check_payload(const block& what) {
  if (what.batches.size() > batches_per_block_max) {
    return fail(errc::too_long, "batches of a block");
  }
  if (payload_digest(what.batches) != what.header.payload) {
    return fail(errc::out_of_range, "payload digest");
  }
  const std::unordered_set<digest> distinct(what.batches.begin(), what.batches.end());
  if (distinct.size() != what.batches.size()) {
    return fail(errc::out_of_range, "a batch listed twice");
  }
  return {};
}

} // namespace caucus::voting
