#pragma once

#include "messages/hello.hpp"
#include "messages/node_state.hpp"
#include "runtime/archive/bounded.hpp"

/// The encodings of what two peers say before anything else.
/// Pure.

namespace caucus {

template <>
struct enum_values<node_mode> {
  static constexpr auto first = node_mode::server;
  static constexpr auto last = node_mode::client;
};

template <class Archive>
void serialize(Archive& ar, hello& x) {
  ar(x.network, x.version_min, x.version_max, x.mode, x.listen_port,
     bounded<agent_size_max>(x.agent), x.features, x.neighbour_id);
}
template <>
inline constexpr std::size_t encoded_size_min<hello> = 32 + 2 + 2 + 1 + 2 + 4 + 8 + 8;

template <class Archive>
void serialize(Archive& ar, peer_hint& x) {
  ar(x.peer, bounded<address_size_max>(x.address));
}
template <>
inline constexpr std::size_t encoded_size_min<peer_hint> = 32 + 4;

template <class Archive>
void serialize(Archive& ar, goodbye& x) {
  ar(x.reason, bounded<address_size_max>(x.detail), bounded<hints_max>(x.hints));
}
template <>
inline constexpr std::size_t encoded_size_min<goodbye> = 2 + 4 + 4;

template <class Archive>
void serialize(Archive& ar, ping& x) {
  ar(x.cookie);
}
template <>
inline constexpr std::size_t encoded_size_min<ping> = 8;

template <class Archive>
void serialize(Archive& ar, pong& x) {
  ar(x.cookie);
}
template <>
inline constexpr std::size_t encoded_size_min<pong> = 8;

template <class Archive>
void serialize(Archive& /*ar*/, node_state_request& /*has no fields*/) {}
template <>
inline constexpr std::size_t encoded_size_min<node_state_request> = 0;

template <class Archive>
void serialize(Archive& ar, node_state& x) {
  ar(x.height, x.view, x.votes, x.standstill, x.clock, bounded<members_max>(x.members));
}
template <>
inline constexpr std::size_t encoded_size_min<node_state> = 8 + 8 + 1 + 1 + 8 + 4;

} // namespace caucus
