#pragma once

#include "messages/genesis.hpp"
#include "messages/proof.hpp"
#include "messages/receipt_proof.hpp"
#include "runtime/archive/wire_block.hpp"
#include "runtime/archive/wire_mutation.hpp"
#include "runtime/archive/wire_vote.hpp"

#include <bit>
#include <type_traits>

/// The encodings of verified reads and of what shows that one is fresh.
/// Pure.

namespace caucus {

template <class Archive>
void serialize(Archive& ar, state_leaf& x) {
  ar(x.key, x.value);
}
template <>
inline constexpr std::size_t encoded_size_min<state_leaf> = 32 + 32;

/// As many siblings as `filled` bits, and no deeper than paths go, else `out_of_range`.
template <class Archive>
void serialize(Archive& ar, state_proof& x) {
  ar(x.leaf, x.depth, x.filled_upper, x.filled_lower, bounded<proof_hashes_max>(x.siblings));
  const auto filled = std::popcount(x.filled_upper) + std::popcount(x.filled_lower);
  demand(ar, x.depth <= path_bits && static_cast<std::size_t>(filled) == x.siblings.size(),
         errc::out_of_range);
}
template <>
inline constexpr std::size_t encoded_size_min<state_proof> = 1 + 1 + 8 + 8 + 4;

template <class Archive>
void serialize(Archive& ar, proven_entry& x) {
  ar(bounded<proven_key_size_max>(x.key), bounded<value_size_max>(x.value), x.proof);
}
template <>
inline constexpr std::size_t encoded_size_min<proven_entry> = 4 + 1 + encoded_size_min<state_proof>;

template <class Archive>
void serialize(Archive& ar, proven_declaration& x) {
  ar(x.id, bounded<declared_size_max>(x.declared), x.proof);
}
template <>
inline constexpr std::size_t encoded_size_min<proven_declaration> =
  2 + 4 + encoded_size_min<state_proof>;

template <class Archive>
void serialize_parts(Archive& ar, answer& x) {
  ar(bounded<name_size_max>(x.variable), bounded<1 + entries_per_answer_max>(x.entries), x.header,
     x.finalization);
}
/// Last in whatever holds an answer. What is not there leaves the bytes as they were before rules
/// could change.
template <class Archive>
void serialize_declared(Archive& ar, answer& x) {
  if constexpr (std::is_same_v<Archive, writer>) {
    if (x.declared) {
      ar(*x.declared);
    }
  } else if constexpr (std::is_same_v<Archive, reader>) {
    x.declared.reset();
    if (!ar.left().empty()) {
      ar(x.declared.emplace());
    }
  } else {
    ar(x.declared);
  }
}
template <class Archive>
void serialize(Archive& ar, answer& x) {
  serialize_parts(ar, x);
  serialize_declared(ar, x);
}
template <>
inline constexpr std::size_t encoded_size_min<answer> =
  4 + 4 + encoded_size_min<block_header> + encoded_size_min<certificate>;

template <class Archive>
void serialize(Archive& ar, receipt_proof& x) {
  ar(x.receipt, x.count, bounded<receipt_hashes_max>(x.siblings),
     bounded<receipt_headers_max>(x.headers), x.finalization);
}
template <>
inline constexpr std::size_t encoded_size_min<receipt_proof> =
  encoded_size_min<receipt> + 4 + 4 + 4 + encoded_size_min<certificate>;

template <class Archive>
void serialize(Archive& ar, read_request& x) {
  ar(bounded<name_size_max>(x.variable), bounded<proven_key_size_max>(x.key), x.whole,
     x.height_min);
}
template <>
inline constexpr std::size_t encoded_size_min<read_request> = 4 + 4 + 1 + 8;

template <class Archive>
void serialize(Archive& ar, read_response& x) {
  bool is_there = x.answer.has_value();
  ar(is_there);
  if (!is_there) {
    x.answer.reset();
    ar(x.code);
    return;
  }
  auto& told = x.answer ? *x.answer : x.answer.emplace();
  serialize_parts(ar, told);
  ar(x.code);
  serialize_declared(ar, told);
}
template <>
inline constexpr std::size_t encoded_size_min<read_response> = 1 + 2;

template <class Archive>
void serialize(Archive& ar, attestation& x) {
  ar(x.signer, x.bound, x.signature);
}
template <>
inline constexpr std::size_t encoded_size_min<attestation> =
  2 + encoded_size_min<block_header> + 64;

template <class Archive>
void serialize(Archive& ar, freshness& x) {
  ar(x.nonce, bounded<members_max>(x.attestations));
  serialize_last(ar, x.epoch);
}
template <>
inline constexpr std::size_t encoded_size_min<freshness> = 16 + 4;

template <class Archive>
void serialize(Archive& ar, attest_request& x) {
  ar(x.nonce);
}
template <>
inline constexpr std::size_t encoded_size_min<attest_request> = 16;

template <class Archive>
void serialize(Archive& ar, attest_response& x) {
  ar(x.attestation, x.shown, x.code);
  serialize_last(ar, x.epoch);
}
template <>
inline constexpr std::size_t encoded_size_min<attest_response> = 1 + 1 + 2;

} // namespace caucus
