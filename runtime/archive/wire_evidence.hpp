#pragma once

#include "messages/evidence.hpp"
#include "runtime/archive/wire_block.hpp"
#include "runtime/archive/wire_mutation.hpp"
#include "runtime/archive/wire_vote.hpp"

/// The encodings of proofs that somebody lied.
/// Pure.

namespace caucus {

template <class Archive>
void serialize(Archive& ar, conflicting_votes& x) {
  ar(x.first, x.second);
}
template <>
inline constexpr std::size_t encoded_size_min<conflicting_votes> = 2 * encoded_size_min<vote>;

template <class Archive>
void serialize(Archive& ar, conflicting_proposals& x) {
  ar(x.leader, x.first, x.first_signature, x.second, x.second_signature);
}
template <>
inline constexpr std::size_t
  encoded_size_min<conflicting_proposals> = 2 + 2 * (encoded_size_min<block_header> + 64);

template <class Archive>
void serialize(Archive& ar, conflicting_batches& x) {
  ar(x.first, x.first_signature, x.second, x.second_signature);
}
template <>
inline constexpr std::size_t
  encoded_size_min<conflicting_batches> = 2 * (encoded_size_min<batch_header> + 64);

} // namespace caucus
