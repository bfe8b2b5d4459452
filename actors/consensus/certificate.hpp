#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// Certificates: their shape, and what must be checked of them.
/// Pure.

namespace caucus::voting {

/// Distinct signers of `members`, enough of them, one signature each, and no digest in a
/// nullification. Says nothing about the signatures. Errors: `bad_certificate`, `wrong_epoch`
/// (epochs other than 0 come with membership changes).
[[nodiscard]] result<void> check_shape(const certificate& what, std::size_t members);

/// Its signatures, one claim each. Precondition: check_shape.
[[nodiscard]] std::vector<claim> claims_of(const certificate& what);

/// Of votes on one subject by distinct members, ascending.
[[nodiscard]] certificate assemble(const subject& on, const std::vector<vote>& votes);

/// A block whose payload is what its header says, within the limits, each batch once.
/// Errors: `too_long`, `out_of_range`. O(batches).
[[nodiscard]] result<void> check_payload(const block& what);

} // namespace caucus::voting
