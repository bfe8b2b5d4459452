#pragma once

#include "messages/packet_code.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// What an operator may say of peers and links: the table [net] of a node's config file.
/// Pure values.

namespace caucus {

struct peer_net_config {
  std::string hostname =
    "0.0.0.0";               ///< address to listen on; "" or "0.0.0.0": all of IPv4, "::": all
  std::uint16_t port = 7400; ///< TCP; 0: a free one in 49152-65535
  bool listen = true;        ///< false: dials only
  std::vector<std::string> join{}; ///< "host:port" of nodes to keep a link to, whoever they are

  std::uint32_t max_connections = 256; ///< [4, 65536]; links in all
  std::uint32_t connections_per_address =
    64;                          ///< [1, max_connections]; one NAT, one host of many nodes
  std::uint32_t handshakes = 64; ///< [4, 4096]; unauthenticated, in flight, of others
  std::uint32_t handshakes_per_address = 16;      ///< [1, handshakes]
  std::uint32_t max_message_size = body_size_max; ///< bytes of a body; [64 KiB, body_size_max]

  std::chrono::milliseconds handshake_timeout{
    5'000};                                        ///< [100 ms, 60 s]; accept or connect to ready
  std::chrono::milliseconds keepalive{2'000};      ///< [10 ms, 60 s]; between pings
  std::chrono::milliseconds dead_after{10'000};    ///< > keepalive, <= 10 min; nothing heard
  std::chrono::milliseconds stalled_after{10'000}; ///< [100 ms, 10 min]; nothing taken
  std::chrono::milliseconds redial_min{200};   ///< [10 ms, 60 s]; first pause after a failed dial
  std::chrono::milliseconds redial_max{5'000}; ///< [redial_min, 1 h]; it doubles up to here

  std::uint64_t frames_per_second = 200'000;          ///< of one peer; [100, 10^8]
  std::uint64_t bytes_per_second = 256 * 1024 * 1024; ///< of one peer; [64 KiB, 2^32]
};

/// Error: `value_out_of_range`, which names the field, the value and what is allowed.
[[nodiscard]] result<void> validate(const peer_net_config& config);

} // namespace caucus
