#pragma once

#include "messages/bytes.hpp"
#include "messages/frame.hpp"
#include "messages/genesis.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What the transport and the actors say to one another. Local; never on the wire.
/// Pure values.

namespace caucus {

struct link_info {
  link_id id;
  peer_id peer;
  node_mode mode = node_mode::server;
  bool dialled = false;     ///< by us
  std::string address;      ///< "host:port" of the other end, for people
  std::string listens_at{}; ///< where it can be dialled, by its hello; empty: nowhere
  std::uint16_t protocol = protocol_version_min; ///< the newest version that both ends speak
};

/// Both hellos are accepted: frames flow. Told again, for all links, to an actor's new life, which
/// hears nothing of what was sent to its former one.
struct link_up {
  link_info info;
};
struct link_down {
  link_id id;
  peer_id peer;
  errc code = errc::link_lost;
};
struct frame_in {
  link_id link;
  peer_id peer;
  frame_header header;       ///< checked: bounds, nonce, tag, flags
  shared_bytes body;         ///< never null; counted against the link until the last reference goes
  std::uint64_t answers = 0; ///< tag of the request that it answers; 0: a notice or a request
};
/// A request ended without an answer: timed_out or link_lost.
struct request_ended {
  link_id link;
  std::uint64_t tag = 0;
  errc code = errc::timed_out;
};
/// A peer that we dialled refused the link, or ended it, and has said why.
struct link_refused {
  peer_id peer;
  errc code = errc::full_house;
  std::string detail; ///< the peer's words: hostile
};
/// transport -> actor. Order holds per link: link_up, its frames, link_down.
using from_net = std::variant<frame_in, link_up, link_down, request_ended, link_refused>;

/// actor -> transport. If the link is gone, the frame is dropped, and a request ends in link_lost.
/// A request's end is told to the life that made the request, or to nobody: tags are a life's own.
struct to_net {
  link_id link;
  marshalled_frame frame;
  std::uint64_t request = 0;     ///< not 0: a request, and the tag by which its end is told
  duration timeout{0};           ///< of the request; > 0 then
  std::uint64_t responds_to = 0; ///< not 0: the msg_id of the request that it answers
};

// -- actor -> peer_net ---------------------------------------------------------------------------

/// Keep a link to this peer.
struct dial {
  peer_id peer;
  std::string address;
};
struct hang_up {
  peer_id peer;
  errc code = errc::shutting_down;
};
struct ban {
  peer_id peer;
  duration time{0};
  std::string reason;
};
/// An actor found a fault that the transport cannot see: a bad body, a vote in another member's
/// name. Closes the link and counts against the peer.
struct blame {
  link_id link;
  peer_id peer;
  errc code{};
  std::string detail;
};
/// Another member says that this peer can be found at the address: tried after all configured and
/// seen addresses.
struct address_learned {
  peer_id peer;
  std::string address; ///< "host:port"
};
/// Who the group's members are from now on, and whom it has barred: these have no links.
struct group_links {
  std::vector<member> members;
  std::vector<peer_id> barred; ///< ascending
  friend bool operator==(const group_links&, const group_links&) = default;
};
using directive = std::variant<dial, hang_up, ban, blame, address_learned, group_links>;

// -- peer_net <-> an application -----------------------------------------------------------------

/// TLS is up, and the peer's hello fits: may there be a link? Answered by connection_verdict within
/// what is left of the handshake's time, else refused.
struct connection_asked {
  link_info info;
  bool member = false; ///< of the group: to be judged before strangers
};
/// That link has ended before its verdict: none is waited for.
struct connection_withdrawn {
  link_id id;
};
using connection_question = std::variant<connection_asked, connection_withdrawn>;
struct connection_verdict {
  link_id id;
  bool allowed = false;
};
/// A link that was up is closed.
struct link_ended {
  link_info info;
  errc code = errc::link_lost;
  std::string detail{};    ///< for people; may be empty
  bool by_peer = false;    ///< the peer said why
  bool misbehaved = false; ///< it counts against the peer
};
/// peer_net -> application. Directives as peer_net was given them.
using peer_news = std::variant<link_ended, directive>;

} // namespace caucus
