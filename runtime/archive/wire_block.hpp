#pragma once

#include "messages/block.hpp"
#include "runtime/archive/bounded.hpp"

/// The encodings of blocks.
/// Pure.

namespace caucus {

/// Fixed size: what is hashed and signed most.
template <class Archive>
void serialize(Archive& ar, block_header& x) {
  ar(x.group, x.epoch, x.height, x.view, x.parent_view, x.parent, x.time, x.payload, x.state_root,
     x.receipts_root);
}
template <>
inline constexpr std::size_t encoded_size_min<block_header> = 4 + 4 * 8 + 32 + 8 + 3 * 32;

template <class Archive>
void serialize(Archive& ar, block& x) {
  ar(x.header, bounded<batches_per_block_max>(x.batches));
}
template <>
inline constexpr std::size_t encoded_size_min<block> = encoded_size_min<block_header> + 4;

template <class Archive>
void serialize(Archive& ar, proposal& x) {
  ar(x.block, x.signature);
}
template <>
inline constexpr std::size_t encoded_size_min<proposal> = encoded_size_min<block> + 64;

} // namespace caucus
