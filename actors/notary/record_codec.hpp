#pragma once

#include "actors/notary/records.hpp"
#include "messages/bytes.hpp"
#include "messages/result.hpp"

#include <cstdint>

/// The bytes of journal records and of final blocks; README.md has the layouts.
/// Pure; any thread.

namespace caucus {

/// Of the layouts, for the files' headers.
inline constexpr std::uint32_t notary_journal_schema = 1;
inline constexpr std::uint32_t ledger_schema = 1;

[[nodiscard]] bytes encode_record(const journal_record& what);
/// Errors: file_malformed, or what decode() says.
[[nodiscard]] result<journal_record> decode_record(bytes_view from);

[[nodiscard]] bytes encode_final(const final_block& what);
/// Errors: file_malformed: the batches are not those that the block lists; or what decode() says.
[[nodiscard]] result<shared_final> decode_final(bytes_view from);

} // namespace caucus
