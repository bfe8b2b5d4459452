#pragma once

#include "actors/notary/snapshot_packets.hpp"
#include "messages/proof.hpp"
#include "runtime/archive/wire_block.hpp"
#include "runtime/archive/wire_closing.hpp"
#include "runtime/archive/wire_vote.hpp"

/// The encodings of what snapshot_packets.hpp declares.
/// Pure.

namespace caucus {

template <class Archive>
void serialize(Archive& /*ar*/, offer_wanted& /*x*/) {}
template <class Archive>
void serialize(Archive& ar, closings_wanted& x) {
  ar(x.first);
}
template <>
inline constexpr std::size_t encoded_size_min<closings_wanted> = 8;
template <class Archive>
void serialize(Archive& ar, record_wanted& x) {
  ar(x.height, x.offset);
}
template <>
inline constexpr std::size_t encoded_size_min<record_wanted> = 8 + 8;
template <class Archive>
void serialize(Archive& ar, place_wanted& x) {
  ar(x.height, x.place.path, x.place.depth);
  demand(ar, is_well_formed(x.place), errc::out_of_range);
}
template <>
inline constexpr std::size_t encoded_size_min<place_wanted> = 8 + 32 + 1;
template <class Archive>
void serialize(Archive& ar, snapshot_request& x) {
  ar(x.what);
}
template <>
inline constexpr std::size_t encoded_size_min<snapshot_request> = 1;

template <class Archive>
void serialize(Archive& ar, snapshot_nothing& x) {
  ar(x.busy);
}
template <>
inline constexpr std::size_t encoded_size_min<snapshot_nothing> = 1;
template <class Archive>
void serialize(Archive& ar, snapshot_offer& x) {
  ar(x.height, x.state_root, x.record_size, x.closings, x.entries, x.oldest,
     bounded<snapshot_headers_max>(x.above), x.finalization);
  demand(ar,
         x.record_size > 0 && x.record_size <= snapshot_record_size_max && !x.above.empty()
           && x.height > height{},
         errc::out_of_range);
}
template <>
inline constexpr std::size_t encoded_size_min<snapshot_offer> =
  8 + 32 + 8 + 8 + 8 + 8 + 4 + encoded_size_min<certificate>;
template <class Archive>
void serialize(Archive& ar, snapshot_closings& x) {
  ar(bounded<snapshot_closings_max>(x.all));
}
template <>
inline constexpr std::size_t encoded_size_min<snapshot_closings> = 4;
template <class Archive>
void serialize(Archive& ar, snapshot_record& x) {
  ar(bounded<snapshot_answer_size>(x.piece));
  demand(ar, !x.piece.empty(), errc::out_of_range);
}
template <>
inline constexpr std::size_t encoded_size_min<snapshot_record> = 4;
template <class Archive>
void serialize(Archive& ar, snapshot_entry& x) {
  ar(x.variable, bounded<proven_key_size_max>(x.key), bounded<snapshot_value_size_max>(x.value));
}
template <>
inline constexpr std::size_t encoded_size_min<snapshot_entry> = 2 + 4 + 4;
template <class Archive>
void serialize(Archive& ar, place_entries& x) {
  ar(bounded<snapshot_entries_max>(x.all));
  demand(ar, !x.all.empty(), errc::out_of_range);
}
template <>
inline constexpr std::size_t encoded_size_min<place_entries> = 4;
template <class Archive>
void serialize(Archive& ar, place_halves& x) {
  ar(x.left, x.right);
}
template <>
inline constexpr std::size_t encoded_size_min<place_halves> = 32 + 32;
template <class Archive>
void serialize(Archive& ar, snapshot_response& x) {
  ar(x.what);
}
template <>
inline constexpr std::size_t encoded_size_min<snapshot_response> = 1 + 1;

} // namespace caucus
