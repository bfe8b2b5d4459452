#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "messages/committee.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <vector>

/// Certificates: what must be checked of them, and how they are made.
/// Pure.

namespace caucus::voting {

/// Members alone, less than a third of them missing: what rule 6 demands, computed apart from
/// committee::quorum(). Any two such sets share an honest member.
[[nodiscard]] bool is_quorum(std::uint64_t signers, const committee& voters);

/// Its signatures, one claim each. Precondition: committee::check_shape.
[[nodiscard]] std::vector<claim> claims_of(const certificate& what);

/// Of votes on one subject by distinct members, ascending.
[[nodiscard]] certificate assemble(const subject& on, const std::vector<vote>& votes);

/// A block whose payload is what its header says, within the limits, each batch once.
/// Errors: `too_long`, `out_of_range`. O(batches).
[[nodiscard]] result<void> check_payload(const block& what);

} // namespace caucus::voting
