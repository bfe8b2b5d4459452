#pragma once

#include "actors/peer_net/handshake_gate.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/net.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What the transport and peer_net's actor say to one another: the transport knows sockets, the
/// actor knows whom we want.
/// Pure values; a link_meter is written by the I/O thread and read by any.

namespace caucus {

/// One link's numbers, as of the last second.
struct link_meter {
  std::atomic<std::uint64_t> frames_in{0};
  std::atomic<std::uint64_t> frames_out{0};
  std::atomic<std::uint64_t> bytes_in{0};
  std::atomic<std::uint64_t> bytes_out{0};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<duration::rep> round_trip{0}; ///< µs
  /// Steady, µs: when it last said more than pings; 0: never.
  std::atomic<duration::rep> active_at{0};
};

/// Chosen by the actor; 0: the other side dialled.
using dial_number = std::uint64_t;

/// Where a peer that dialled can be dialled: the host we see, the port it says; what it says of its
/// host is not asked for. Empty: nowhere.
[[nodiscard]] std::string listening_at(const std::string& seen, std::uint16_t port);
/// With its mode and with where it can be dialled, by its hello, if it has said one.
[[nodiscard]] link_info as_it_says(link_info who, const std::optional<hello>& said);

// -- transport -> actor ---------------------------------------------------------------------------

struct listening {
  std::uint16_t port = 0;                                        ///< bound; 0: not listening
  std::shared_ptr<const std::atomic<std::uint64_t>> turned_away; ///< connections, before any hello
};
/// TLS is up and the peer has said hello: accept_link or end_link, within the handshake's time.
struct hello_heard {
  link_info info;
  caucus::hello hello;
  address_key origin;
  dial_number dial = 0;
};
/// Both hellos are accepted. Told again, for all links, to the actor's new life.
struct link_ready {
  link_info info;
  caucus::hello hello; ///< the peer's
  address_key origin;
  dial_number dial = 0;
  std::shared_ptr<const link_meter> meter;
};
/// The end of what was told as hello_heard or link_ready, or of a dial.
struct link_closed {
  link_id id;
  peer_id peer; ///< zero: it never came so far
  dial_number dial = 0;
  errc code = errc::link_lost;
  std::string detail;
  bool by_peer = false; ///< the peer said so, `hints` with it
  bool misbehaved = false;
  std::vector<peer_hint> hints;
};
/// A dial that leads to no link: no answer, or the wrong one.
struct dial_failed {
  dial_number dial = 0;
  errc code = errc::connect_failed;
  std::string detail;
};
/// A dial with `probe`: the peer answers at that address.
struct dial_answered {
  dial_number dial = 0;
};
/// A new life of the actor has now been told all that there is.
struct told_all {};

using link_event = std::variant<listening, hello_heard, link_ready, link_closed, dial_failed,
                                dial_answered, told_all>;

// -- actor -> transport ---------------------------------------------------------------------------

/// Answered by hello_heard and then link_ready or link_closed, by dial_failed, or, with `probe`, by
/// dial_answered or dial_failed.
struct dial_link {
  dial_number dial = 0;
  std::string address;         ///< "host:port", "[v6]:port"
  std::optional<peer_id> peer; ///< none: whoever answers
  bool probe = false;          ///< hang up once the peer has shown who it is
};
struct accept_link {
  link_id id;
};
struct end_link {
  link_id id;
  caucus::goodbye goodbye;
};
using link_command = std::variant<dial_link, accept_link, end_link>;

} // namespace caucus
