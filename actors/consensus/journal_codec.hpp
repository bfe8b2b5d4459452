#pragma once

#include "actors/consensus/journal_record.hpp"
#include "messages/bytes.hpp"
#include "messages/result.hpp"

/// A journal record's bytes: one byte of kind, then the encoded vote, proposal or certificate, or the
/// ceiling's view.
///
///     1 voted | 2 seen_block | 3 seen_certificate | 4 ceiling (u64, little endian)
///
/// Pure.

namespace caucus::voting {

/// Of the records' layout, for the journal's header.
inline constexpr std::uint32_t journal_schema = 1;

[[nodiscard]] bytes encode_record(const journal_record& what);
/// Errors: `file_malformed`, or what decode() says.
[[nodiscard]] result<journal_record> decode_record(bytes_view from);

} // namespace caucus::voting
