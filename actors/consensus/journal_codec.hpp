#pragma once

#include "actors/consensus/journal_record.hpp"
#include "messages/bytes.hpp"
#include "messages/result.hpp"

/// A journal record's bytes: one byte of kind, then the encoded vote, proposal or certificate, or
/// the ceiling's view.
///
///     1 voted | 2 seen_block | 3 seen_certificate | 4 ceiling (view u64 [, epoch u64]) | 5 doubted (blank u8)
///     | 6 heard_of (members u64 [, epoch u64]) | 7 own_life (number u64)
///     | 8 other_life (peer id, number u64, salt u64, signature)
///
/// Little endian. The first epoch, 0, is left out.
/// Pure.

namespace caucus::voting {

/// Of the records' layout, for the journal's header.
/// 2: certificates may be finalizations, and there is `doubted`.
inline constexpr std::uint32_t journal_schema = 2;

[[nodiscard]] bytes encode_consensus_record(const consensus_record& what);
/// Errors: `file_malformed`, or what decode() says.
[[nodiscard]] result<consensus_record> decode_consensus_record(bytes_view from);

} // namespace caucus::voting
