#pragma once

#include "messages/packet_code.hpp"
#include "runtime/base/text.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// What an operator may say of peers and links: the table [net] of a node's config file.
/// Pure values.

namespace caucus {

struct peer_net_config {
  std::string hostname = "0.0.0.0"; ///< "": as "0.0.0.0"
  std::uint16_t port = 7400;
  bool listen = true;
  std::vector<std::string> join{}; ///< whoever they are

  std::uint32_t max_connections = 256;
  std::uint32_t connections_per_address = 64; ///< one NAT, one host of many nodes
  std::uint32_t handshakes = 64;              ///< unauthenticated
  std::uint32_t handshakes_per_address = 16;
  std::uint32_t max_message_size = body_size_max; ///< of a body

  std::chrono::milliseconds handshake_timeout{5'000};
  std::chrono::milliseconds keepalive{2'000};
  std::chrono::milliseconds dead_after{10'000};
  std::chrono::milliseconds stalled_after{10'000};
  std::chrono::milliseconds redial_min{200};
  std::chrono::milliseconds redial_max{5'000};

  std::uint64_t frames_per_second = 200'000;
  std::uint64_t bytes_per_second = 256 * 1024 * 1024;

  /// The keys of the table: ranges, and words for people. See config_walk.hpp.
  static constexpr void keys(auto&& key) {
    using namespace std::chrono_literals;
    using net = peer_net_config;
    key("hostname", &net::hostname,
        {.doc = "address to listen on; 0.0.0.0: all of IPv4, ::: all", .flag = "hostname"});
    key("port", &net::port, {.doc = "TCP port; 0: a free one in 49152-65535", .flag = "port"});
    key("listen", &net::listen,
        {.doc = "false: dials only; a client listens only if this or a port is given"});
    key("join", &net::join,
        {.doc = "\"host:port\" of nodes to keep a link to, beside the members",
         .flag = "join",
         .check = is_address,
         .allowed = "host:port, the port from 1 to 65535"});
    key("max_connections", &net::max_connections,
        {.range = {4, 65'536}, .doc = "links in all", .flag = "maxconns"});
    key("connections_per_address", &net::connections_per_address,
        {.range = {1, 65'536}, .at_most = &net::max_connections, .doc = "links from one address"});
    key("handshakes", &net::handshakes,
        {.range = {4, 4'096}, .doc = "strangers' handshakes in flight"});
    key("handshakes_per_address", &net::handshakes_per_address,
        {.range = {1, 4'096}, .at_most = &net::handshakes, .doc = "the same, from one address"});
    key(
      "max_message_size", &net::max_message_size,
      {.range = {64 * 1024, body_size_max}, .doc = "largest message that is taken", .bytes = true});
    key("handshake_timeout", &net::handshake_timeout,
        {.range = {100ms, 60s}, .doc = "from connection to accepted hello"});
    key("keepalive", &net::keepalive,
        {.range = {10ms, 60s}, .doc = "between pings on a quiet link"});
    key("dead_after", &net::dead_after,
        {.range = {20ms, 10min},
         .more_than = &net::keepalive,
         .doc = "a link from which nothing is heard is closed"});
    key("stalled_after", &net::stalled_after,
        {.range = {100ms, 10min}, .doc = "a link that takes nothing is closed"});
    key("redial_min", &net::redial_min,
        {.range = {10ms, 60s}, .doc = "pause after a failed dial; then it doubles"});
    key("redial_max", &net::redial_max,
        {.range = {10ms, 1h}, .at_least = &net::redial_min, .doc = "up to this"});
    key("frames_per_second", &net::frames_per_second,
        {.range = {100, 100'000'000}, .doc = "taken from one peer"});
    key(
      "bytes_per_second", &net::bytes_per_second,
      {.range = {64 * 1024, std::uint64_t{1} << 32U}, .doc = "taken from one peer", .bytes = true});
  }
};

} // namespace caucus
