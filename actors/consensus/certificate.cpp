#include "actors/consensus/certificate.hpp"

#include "messages/quorum.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"

#include <bit>
#include <string>
#include <unordered_set>

namespace caucus::voting {

result<void> check_shape(const certificate& what, std::size_t members) {
  const auto signers = static_cast<std::size_t>(std::popcount(what.signers));
  const bool only_members = members >= 64 || (what.signers >> static_cast<unsigned>(members)) == 0;
  if (what.on.in_epoch != epoch{}) {
    return fail(errc::wrong_epoch);
  }
  if (!only_members || signers < quorum(static_cast<std::uint16_t>(members))
      || what.signatures.size() != signers) {
    return fail(errc::bad_certificate, "signers");
  }
  if (what.on.kind == vote_kind::nullify && !what.on.of.is_zero()) {
    return fail(errc::bad_certificate, "a nullification with a digest");
  }
  return {};
}

std::vector<claim> claims_of(const certificate& what) {
  std::vector<claim> out;
  out.reserve(what.signatures.size());
  auto left = what.signers;
  for (const auto& by : what.signatures) {
    CAUCUS_ASSERT(left != 0);
    out.push_back({member_index{static_cast<std::uint16_t>(std::countr_zero(left))}, what.on, by});
    left &= left - 1;
  }
  return out;
}

certificate assemble(const subject& on, const std::vector<vote>& votes) {
  certificate out{on, 0, {}};
  out.signatures.reserve(votes.size());
  for (const auto& one : votes) {
    const auto bit = std::uint64_t{1} << one.from.value();
    CAUCUS_ASSERT(one.on == on && out.signers < bit);
    out.signers |= bit;
    out.signatures.push_back(one.by);
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
