#pragma once

#include "actors/notary/records.hpp"
#include "messages/block.hpp"
#include "messages/bytes.hpp"
#include "messages/group.hpp"
#include "messages/mutation.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>

/// The bytes of journal records and of final blocks; README.md has the layouts.
/// Pure; any thread.

namespace caucus {

/// Of the layouts, for the files' headers.
inline constexpr std::uint32_t notary_journal_schema = 2; ///< 2: overtaken_record
inline constexpr std::uint32_t ledger_schema = 1;
/// Of a block: each takes 11 bytes of a batch's body at least.
inline constexpr std::size_t refusals_max = block_payload_size_max / 11;
/// What one block can announce: all that is open.
inline constexpr std::size_t announced_max = petitions_max;
/// A final block that lists as much as any may, of which every mutation is refused at length. A
/// group whose members cannot keep a block that they have made final stands still.
inline constexpr std::size_t final_record_size_max =
  1024 * 1024 + block_payload_size_max + batches_per_block_max * 512
  + refusals_max * (10 + reason_size_max) + announced_max * (4 + announcement_size_max);

[[nodiscard]] bytes encode_notary_record(const notary_record& what);
/// Errors: file_malformed, or what decode() says.
[[nodiscard]] result<notary_record> decode_notary_record(bytes_view from);

[[nodiscard]] bytes encode_final(const final_block& what);
/// Errors: file_malformed: the batches are not those that the block lists; or what decode() says.
[[nodiscard]] result<shared_final> decode_final(bytes_view from);

} // namespace caucus
