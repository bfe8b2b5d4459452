#pragma once

#include "actors/peer_net/link_event.hpp"
#include "actors/peer_net/peer_net_config.hpp"
#include "actors/peer_net/tag_table.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/net.hpp"
#include "messages/result.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/tls.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// All links of a node, on one I/O thread: TCP, TLS, frames. Moves what others say to one another
/// and decides nothing about peers: peer_net's actor does.
///
/// Accepts:  to_net from each actor that has a route; link_command from peer_net's actor
/// Emits:    from_net to each of them: link_up, its frames, link_down, in this order for a link,
///           and request_ended; link_event to peer_net's actor
/// Full:     a consumer without room stops those links that have something for it, they alone; a
///           frame of the gossip lane is dropped and counted instead
/// Restarts: a consumer's new life is told link_up of every link again, and hears nothing that came
///           for its former one; peer_net's new life is told all of its state; links survive both.
///           Requests of a former life end in silence, those that it left in `said` unsent: tags
///           are a life's own.
///
/// The doorbell for its edges is the I/O thread's.

namespace caucus {

struct transport_settings {
  peer_net_config net{}; ///< valid
  network_id network;
  node_mode mode = node_mode::server;
  std::string agent = "caucus";
  tls_context server; ///< both of one identity
  tls_context client;
  /// Finds the addresses of a name, blocking, on threads of look-ups, even after the end. Null: the
  /// system's resolver.
  std::function<result<std::vector<std::string>>(const std::string&)> find_name{};
};

/// One actor's two edges to all links. Unconnected ends: it takes nothing, or says nothing.
struct net_ends {
  outbox<from_net> net_in;
  inbox<to_net> net_out;
};

struct transport_ports {
  outbox<link_event> events;
  inbox<link_command> commands;
};

class transport {
public:
  /// Before the I/O thread runs, or on it. `io` must outlive the transport.
  transport(io_thread& io, transport_settings settings, transport_ports ports);
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  /// Stops. The I/O thread must not be inside a handler of ours: destroyed after io_thread::join(),
  /// or while it still runs.
  ~transport();

  /// Before start(): these codes' frames go to `ends.heard`, and `ends.said` may send them. Errors:
  /// those of tag_table::add; codes before the wrong one stay taken.
  result<void> route(const std::vector<packet_rule>& codes, net_ends ends,
                     code_range whose = code_range::application);

  /// Binds the port and listens. Error: `in_use`, `value_out_of_range` (no such address),
  /// `io_failed`; all name the address and what to do. Before the I/O thread runs, or from anywhere
  /// while it does.
  result<void> start();
  /// Bound; 0 before start() or when not listening.
  [[nodiscard]] std::uint16_t port() const;
  /// Says goodbye to all and closes. Idempotent. From any thread.
  void stop();

private:
  class inside;
  std::shared_ptr<inside> inside_;
};

} // namespace caucus
