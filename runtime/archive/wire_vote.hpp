#pragma once

#include "messages/vote.hpp"
#include "runtime/archive/wire_block.hpp"

#include <bit>

/// The encodings of votes and certificates, and of asking for them.
/// Pure.

namespace caucus {

/// The epoch that the rest of a packet is about, at its end: the first one is left out, as by
/// programs that know of no other.
template <class Archive>
void serialize_last(Archive& ar, epoch& x) { // neither writes nor reads, so it wants each field
  ar(x);
}
inline void serialize_last(writer& ar, epoch& x) {
  if (x.value() != 0) {
    ar(x);
  }
}
inline void serialize_last(reader& ar, epoch& x) {
  x = {};
  if (!ar.left().empty()) {
    ar(x);
    demand(ar, x.value() != 0, errc::out_of_range);
  }
}

template <>
struct enum_values<vote_kind> {
  static constexpr auto first = vote_kind::notarize;
  static constexpr auto last = vote_kind::finalize;
};

template <class Archive>
void serialize(Archive& ar, subject& x) {
  ar(x.kind, x.epoch, x.view, x.digest);
}
template <>
inline constexpr std::size_t encoded_size_min<subject> = 1 + 8 + 8 + 32;

template <class Archive>
void serialize(Archive& ar, vote& x) {
  ar(x.subject, x.signer, x.signature);
}
template <>
inline constexpr std::size_t encoded_size_min<vote> = encoded_size_min<subject> + 2 + 64;

/// As many signatures as signers, else `out_of_range`.
template <class Archive>
void serialize(Archive& ar, certificate& x) {
  ar(x.subject, x.signers, bounded<members_max>(x.signatures));
  demand(ar, static_cast<std::size_t>(std::popcount(x.signers)) == x.signatures.size(),
         errc::out_of_range);
}
template <>
inline constexpr std::size_t encoded_size_min<certificate> = encoded_size_min<subject> + 8 + 4;

template <class Archive>
void serialize(Archive& ar, proposal_request& x) {
  ar(x.digest);
}
template <>
inline constexpr std::size_t encoded_size_min<proposal_request> = 32;

template <class Archive>
void serialize(Archive& ar, proposal_response& x) {
  ar(x.proposal);
}
template <>
inline constexpr std::size_t encoded_size_min<proposal_response> = 1;

template <class Archive>
void serialize(Archive& ar, certificate_request& x) {
  ar(x.first, x.last);
  serialize_last(ar, x.epoch);
}
template <>
inline constexpr std::size_t encoded_size_min<certificate_request> = 8 + 8;

template <class Archive>
void serialize(Archive& ar, certificate_page& x) {
  ar(bounded<certificates_per_page_max>(x.certificates));
}
template <>
inline constexpr std::size_t encoded_size_min<certificate_page> = 4;

template <class Archive>
void serialize(Archive& ar, tip_request& x) {
  ar(x.have);
}
template <>
inline constexpr std::size_t encoded_size_min<tip_request> = 8;

template <class Archive>
void serialize(Archive& ar, tip_response& x) {
  ar(x.proposal, x.finalization);
}
template <>
inline constexpr std::size_t encoded_size_min<tip_response> = 1 + 1;

template <class Archive>
void serialize(Archive& ar, view_request& x) {
  serialize_last(ar, x.epoch);
}
template <>
inline constexpr std::size_t encoded_size_min<view_request> = 0;

template <class Archive>
void serialize(Archive& ar, view_response& x) {
  ar(x.entered_by, x.blank, x.knows_asker);
  serialize_last(ar, x.epoch);
}
template <>
inline constexpr std::size_t encoded_size_min<view_response> = 1 + 1 + 1;

template <class Archive>
void serialize(Archive& ar, life& x) {
  ar(x.number, x.salt);
}
template <>
inline constexpr std::size_t encoded_size_min<life> = 8 + 8;

template <class Archive>
void serialize(Archive& ar, signed_life& x) {
  ar(x.life, x.signature);
}
template <>
inline constexpr std::size_t encoded_size_min<signed_life> = encoded_size_min<life> + 64;

template <class Archive>
void serialize(Archive& ar, life_request& x) {
  ar(x.mine, x.epoch);
}
template <>
inline constexpr std::size_t encoded_size_min<life_request> = encoded_size_min<signed_life> + 8;

template <class Archive>
void serialize(Archive& ar, life_response& x) {
  ar(x.other, x.last, x.final_view, x.epoch);
}
template <>
inline constexpr std::size_t encoded_size_min<life_response> = 1 + 1 + 8 + 8;

template <class Archive>
void serialize(Archive& ar, chain_request& x) {
  ar(x.first, x.count_max);
}
template <>
inline constexpr std::size_t encoded_size_min<chain_request> = 8 + 4;

template <class Archive>
void serialize(Archive& ar, chain_page& x) {
  ar(bounded<blocks_per_page_max>(x.blocks), x.finalization);
}
template <>
inline constexpr std::size_t encoded_size_min<chain_page> = 4 + 1;

} // namespace caucus
