#pragma once

#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What two peers say to one another before anything else.
/// Pure values.

namespace caucus {

/// Mode says which actors run. Voting depends on membership of the group alone.
enum class node_mode : std::uint8_t { server = 1, client = 2 };

inline constexpr std::uint16_t protocol_version_min = 1;
inline constexpr std::uint16_t protocol_version_max = 2;
/// From this one on a program knows that a group changes its members, and numbers its starts.
inline constexpr std::uint16_t protocol_version_with_epochs = 2;
inline constexpr std::uint16_t protocol_version_with_lives = 2;
inline constexpr std::uint16_t protocol_version_with_snapshots = 2;
inline constexpr std::size_t agent_size_max = 64;    ///< bytes
inline constexpr std::size_t address_size_max = 255; ///< bytes; "host:port"
inline constexpr std::size_t hints_max = 8;          ///< other peers that a full house names

struct hello {
  static constexpr auto packet = packet_rule::notice(0x0001, "hello", 4 * 1024, lane::consensus);
  network_id network;
  std::uint16_t version_min = protocol_version_min;
  std::uint16_t version_max = protocol_version_max;
  node_mode mode = node_mode::server;
  std::uint16_t listen_port = 0;  ///< 0: accepts none
  std::string agent;              ///< "caucus/0.1.0"; printable ASCII, <= agent_size_max
  std::uint64_t features = 0;     ///< bits; unknown ones are ignored
  std::uint64_t neighbour_id = 0; ///< given to this pair by a tracker; 0: none

  friend bool operator==(const hello&, const hello&) = default;
};

struct peer_hint {
  peer_id peer;
  std::string address; ///< "host:port"

  friend bool operator==(const peer_hint&, const peer_hint&) = default;
};

struct goodbye {
  static constexpr auto packet = packet_rule::notice(0x0002, "goodbye", 4 * 1024, lane::consensus);
  errc reason = errc::shutting_down;
  std::string detail;           ///< for the log of the other side; <= address_size_max
  std::vector<peer_hint> hints; ///< <= hints_max; only with full_house

  friend bool operator==(const goodbye&, const goodbye&) = default;
};

/// Sent when a link is quiet; the pong echoes it.
struct ping {
  static constexpr auto packet = packet_rule::notice(0x0003, "ping", 64, lane::consensus);
  std::uint64_t cookie = 0;
  friend bool operator==(const ping&, const ping&) = default;
};
/// A ping's cookie, back.
struct pong {
  static constexpr auto packet = packet_rule::notice(0x0004, "pong", 64, lane::consensus);
  std::uint64_t cookie = 0;
  friend bool operator==(const pong&, const pong&) = default;
};

} // namespace caucus
