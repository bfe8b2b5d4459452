#pragma once

#include "messages/group.hpp"
#include "runtime/archive/wire_genesis.hpp"

/// The encodings of what a group decides about itself: directives, as they are asked for, and the
/// entries of its state.
/// Pure.

namespace caucus {

template <class Archive>
void serialize(Archive& ar, admit& x) {
  ar(x.newcomer, x.reserve);
}
template <class Archive>
void serialize(Archive& ar, kick& x) {
  ar(x.peer, x.lower_f);
}
template <class Archive>
void serialize(Archive& ar, retire& x) {
  ar(x.peer, x.lower_f);
}
template <class Archive>
void serialize(Archive& ar, replace& x) {
  ar(x.former, x.heir);
}
template <class Archive>
void serialize(Archive& ar, reinforce& x) {
  ar(x.count);
}
template <class Archive>
void serialize(Archive& ar, bar& x) {
  ar(x.peer, x.for_ms);
}
template <class Archive>
void serialize(Archive& ar, unbar& x) {
  ar(x.peer);
}
template <class Archive>
void serialize(Archive& ar, announce& x) {
  ar(bounded<announcement_size_max>(x.text));
}
template <class Archive>
void serialize(Archive& ar, change_rules& x) {
  ar(bounded<variables_max>(x.declared), bounded<variables_max, name_size_max>(x.removed), x.code,
     bounded<members_max>(x.without));
}
template <>
inline constexpr std::size_t encoded_size_min<admit> = encoded_size_min<member> + 1;
template <>
inline constexpr std::size_t encoded_size_min<kick> = 32 + 1;
template <>
inline constexpr std::size_t encoded_size_min<retire> = 32 + 1;
template <>
inline constexpr std::size_t encoded_size_min<replace> = 32 + encoded_size_min<member>;
template <>
inline constexpr std::size_t encoded_size_min<reinforce> = 2;
template <>
inline constexpr std::size_t encoded_size_min<bar> = 32 + 8;
template <>
inline constexpr std::size_t encoded_size_min<unbar> = 32;
template <>
inline constexpr std::size_t encoded_size_min<announce> = 4;
template <>
inline constexpr std::size_t encoded_size_min<change_rules> = 4 + 4 + 1 + 4;

template <class Archive>
void serialize(Archive& ar, seat& x) {
  ar(x.member, x.joined, x.silent);
}
template <>
inline constexpr std::size_t encoded_size_min<seat> = encoded_size_min<member> + 8 + 8;

template <class Archive>
void serialize(Archive& ar, standby& x) {
  ar(x.member, x.reserve);
}
template <>
inline constexpr std::size_t encoded_size_min<standby> = encoded_size_min<member> + 1;

template <class Archive>
void serialize(Archive& ar, membership& x) {
  ar(x.epoch, bounded<members_max>(x.seats), bounded<standbys_max>(x.standbys));
  demand(ar, !x.seats.empty(), errc::out_of_range);
}
template <>
inline constexpr std::size_t encoded_size_min<membership> = 8 + 4 + 4;

template <class Archive>
void serialize(Archive& ar, petition& x) {
  ar(x.directive, x.opened, bounded<members_max>(x.askers), bounded<members_max>(x.agreed), x.due);
}
template <>
inline constexpr std::size_t encoded_size_min<petition> =
  encoded_size_min<group_directive> + 8 + 4 + 4 + 1;

template <class Archive>
void serialize(Archive& ar, petitions& x) {
  ar(bounded<petitions_max>(x.all));
}

template <class Archive>
void serialize(Archive& ar, barred_peer& x) {
  ar(x.peer, x.until);
}
template <>
inline constexpr std::size_t encoded_size_min<barred_peer> = 32 + 8;

template <class Archive>
void serialize(Archive& ar, barred_peers& x) {
  ar(bounded<barred_max>(x.all));
}

template <class Archive>
void serialize(Archive& ar, declared_variable& x) {
  ar(x.declared, x.removed);
}
template <>
inline constexpr std::size_t encoded_size_min<declared_variable> =
  encoded_size_min<variable_declaration> + 1;

template <class Archive>
void serialize(Archive& ar, refused_change& x) {
  ar(bounded<refusal_size_max>(x.change), bounded<refusal_size_max>(x.reason), x.time);
}

} // namespace caucus
