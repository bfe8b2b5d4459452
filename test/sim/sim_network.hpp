#pragma once

#include "actors/peer_net/link_event.hpp"
#include "actors/peer_net/peer_net_config.hpp"
#include "actors/peer_net/request_table.hpp"
#include "actors/peer_net/tag_table.hpp"
#include "actors/preset_parts.hpp"
#include "actors/rpc/control_call.hpp"
#include "messages/net.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "test/sim/agenda.hpp"
#include "test/sim/weather.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// The network between the nodes of a world, and in each node what stands for the transport: it
/// keeps that one's word to actors (transport.hpp, README of peer_net) and carries encoded frames.
/// Handshakes, codes, requests and their ends are as there, with its own tables; a frame's bytes
/// are its body.
///
/// Not there: TCP, TLS, bytes of headers, pings, lanes and their limits, rates, look-ups of names,
/// and that a reader without room slows down who sends: what a consumer has no room for waits, but
/// for notices and requests that a link may drop. So a link that is cut stays up, in silence; one
/// that ended at one end alone is dead to the other in time, as there.
/// One thread.

namespace caucus::sim {

class sim_transport;

/// A frame on its way, with what the sender's transport adds to it.
struct sim_frame {
  marshalled_frame what;
  std::uint64_t msg_id = 0;
};

class sim_network {
public:
  struct settings {
    weather fair;
    duration reply_max{0}; ///< a response comes so much later than the weather brings it
    /// What is said: before it is on its way, whether it arrives or not. May be empty.
    std::function<void(node_index from, node_index to, const marshalled_frame&)> on_said;
    /// What a node that lies says in the place of `honest`. May be empty.
    std::function<std::vector<marshalled_frame>(node_index from, node_index to,
                                                const marshalled_frame& honest)>
      instead;
    /// What a node hears, before it does. May be empty.
    std::function<void(node_index to, node_index from, const marshalled_frame&)> on_heard;
  };

  sim_network(agenda& time, settings with) : time_{time}, with_{std::move(with)} {}
  sim_network(const sim_network&) = delete;
  sim_network& operator=(const sim_network&) = delete;

  void set_weather(const weather& now_on) { with_.fair = now_on; }
  /// Nothing sent by `from` reaches `to`, until heal().
  void cut(node_index from, node_index to) { cuts_.insert({from, to}); }
  void heal() { cuts_.clear(); }

  /// Where a node is dialled: "10.0.0.7:7400".
  [[nodiscard]] static std::string address_of(node_index who);
  /// There is at most one of a node, which says so itself at its beginning and end.
  void open(node_index who, sim_transport& its);
  void close(node_index who);

private:
  friend class sim_transport;
  [[nodiscard]] bool is_cut(node_index from, node_index to) const {
    return cuts_.contains({from, to});
  }
  [[nodiscard]] std::optional<node_index> node_at(const std::string& address) const;
  [[nodiscard]] sim_transport* at(node_index who) const;
  [[nodiscard]] duration delay();
  /// Calls `then` with the other end, when something of the transport's own has arrived there: in
  /// any weather, but not through a cut.
  void tell(node_index from, node_index to, std::function<void(sim_transport&)> then);
  /// The link has ended at its other end, whose word of it may be lost: `who` hears nothing on it
  /// any more, and ends it after so long.
  void leave_alone(node_index who, link_id link, duration dead_after);
  void forget(link_id link);
  void carry(node_index from, node_index to, link_id link, const sim_frame& what, bool response);

  agenda& time_;
  settings with_;
  std::set<std::pair<node_index, node_index>> cuts_;
  std::map<std::string, node_index> addresses_;
  std::map<node_index, sim_transport*> open_;
  std::map<std::pair<link_id, node_index>, time_point>
    newest_; ///< by link and sender: for the order
  link_id last_link_;
};

/// What the control API answers to a request, as far as it has.
struct sim_reply {
  std::uint16_t status = 0; ///< HTTP's; 0: nothing has come
  std::string type;         ///< content type
  std::string text;
  bool done = false; ///< nothing more comes
  bool lost = false; ///< the node, or its rpc, ended before that
};

/// A node's, for one life of the node: what its I/O thread does.
class sim_transport {
public:
  struct settings {
    node_index self = 0;
    peer_id peer;
    network_id network;
    node_mode mode = node_mode::server;
    peer_net_config net{};
    /// Until then the actor is in a turn: what it said is not taken before.
    std::function<time_point(const std::string& actor)> busy_until;
  };

  /// Both must outlive it. `bell` is rung by the edges of `parts`, of which routes and links are
  /// taken. Precondition: judge_routes() has found them good.
  sim_transport(agenda& time, sim_network& over, settings with, preset_parts& parts);
  sim_transport(const sim_transport&) = delete;
  sim_transport& operator=(const sim_transport&) = delete;
  ~sim_transport();

  /// Its doorbell has been rung.
  void ring();
  /// Sends a notice over the first link to `to` that is up, if there is one.
  void inject(node_index to, const marshalled_frame& what);
  [[nodiscard]] std::size_t link_count() const { return ends_.size(); }
  /// A request to the control API, as HTTP carries it: "GET", "/v1/status". Never null.
  [[nodiscard]] std::shared_ptr<const sim_reply> call(std::string method, std::string target,
                                                      std::string body);

private:
  friend class sim_network;
  struct consumer {
    std::string actor;
    delivery<from_net> heard;
    inbox<to_net> said;
  };
  enum class stage : std::uint8_t {
    asking,  ///< dialled: its hello has not come
    judging, ///< peer_net was told of its hello
    waiting, ///< accepted here; the other side has still to say so
    ready,
  };
  /// This node's end of a link.
  struct end {
    node_index other = 0;
    link_info who;
    stage is = stage::asking;
    dial_number dial = 0; ///< 0: the other side dialled
    hello theirs;
    std::shared_ptr<link_meter> meter = std::make_shared<link_meter>();
    request_table requests;
  };

  // -- turns
  void turn();
  void look_for_new_life(std::size_t index);
  void tell_peer_net_everything();
  [[nodiscard]] bool drain_said();
  void send(to_net what, sink by);
  [[nodiscard]] result<void> send_on(end& to, to_net& what, sink by);
  void perform(const link_command& what);
  void start(const dial_link& what);
  /// A link that is not up by then is closed.
  void limit_handshake(link_id id);
  void tell(sink to, from_net what);
  void tell_all(const from_net& what);
  void plan(time_point when);

  // -- the control API
  void hear_reply(to_control& part);
  void lose_calls();

  // -- what comes from others
  void hear_hello(link_id id, node_index from, const peer_id& peer, const hello& what);
  void hear_accepted(link_id id, const hello& what);
  void hear_ping(link_id id);
  void hear_frame(link_id id, const sim_frame& what);
  void hear_end(link_id id, errc why, const std::string& detail, bool by_peer,
                std::vector<peer_hint> hints);
  void become_ready(end& of);
  void close(link_id id, errc why, const std::string& detail, bool by_peer, bool misbehaved = false,
             std::vector<peer_hint> hints = {});
  void expire(link_id id);
  [[nodiscard]] hello our_hello() const;

  agenda& time_;
  sim_network& over_;
  settings with_;
  tag_table codes_;
  std::shared_ptr<doorbell> bell_; ///< never null
  std::vector<consumer> consumers_;
  delivery<link_event> events_;
  inbox<link_command> commands_;
  delivery<from_control> calls_;
  inbox<to_control> replies_;
  std::map<call_id, std::shared_ptr<sim_reply>> open_calls_;
  call_id last_call_ = 0;
  std::map<link_id, end> ends_;
  std::optional<time_point> planned_;
  std::shared_ptr<bool> lives_ = std::make_shared<bool>(true);
};

} // namespace caucus::sim
