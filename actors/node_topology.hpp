#pragma once

#include "actors/notary/notary_actor.hpp"
#include "actors/peer_net/peer_net_actor.hpp"
#include "actors/peer_net/tag_table.hpp"
#include "messages/control.hpp"
#include "messages/genesis.hpp"
#include "messages/net.hpp"
#include "runtime/archive/packets.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/call.hpp"
#include "runtime/commands/live_names.hpp"
#include "runtime/metrics.hpp"
#include "runtime/topology.hpp"
#include "runtime/worker_pool.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// A preset's topology, with the ends that an application connects to. Made by server_topology()
/// and client_topology() of presets.hpp; used by one thread, before the start. What is wrong with
/// it is said by node::start(), by name; ends of different types do not compile.
///
///     app.connect(app.graph.add<score_board>(app.genesis, ...));
///
/// An application's actors are as ours: connected by the names of their ports, supervised,
/// restarted, listed with their edges by `caucus status`. More than 5 restarts of all actors within
/// 30 s end the node.

namespace caucus {

struct node_facts;

/// Room on a node's edges, in items: powers of two. A simulation of many nodes takes less.
struct edge_capacities {
  /// 4,096 proposals between the notary and one of those who ask it.
  std::size_t notary = 4'096;
  /// Between the I/O thread and one actor. It bounds only how far the I/O thread may run ahead: a
  /// turn of each side and some.
  std::size_t net = 8'192;
  /// Between the I/O thread and peer_net, as `net` is for others.
  std::size_t events = 4'096;
  /// Directives are few; our own actors drop what finds no room.
  std::size_t directives = 1'024;
  /// More hellos than handshakes in flight (64, settable to 4,096) by default; beyond it they are
  /// refused.
  std::size_t inspections = 1'024;
  /// consensus and notary wait for one another at most a few blocks; a page of the chain has 2,048.
  std::size_t ordering = 4'096;
  std::size_t control = 1'024;
  std::size_t calls = call_edge_capacity;
};

class consensus_actor;

/// What a preset holds beside its actors: files, threads, the ends of the I/O thread.
struct preset_parts;

class node_topology {
public:
  topology graph;
  ref<notary_actor> notary;
  ref<consensus_actor> consensus;
  ref<peer_net_actor> peer_net;
  std::shared_ptr<const caucus::genesis> genesis; ///< what the network starts from; never null
  std::shared_ptr<live_names> names;              ///< of the variables, as they are now; never null
  /// An application's own: what it counts there is told by `caucus metrics` beside the node's
  /// numbers, whose names, which begin with caucus_ and process_, it must not take.
  std::shared_ptr<metrics> numbers = std::make_shared<metrics>();

  /// What can be called of the node's actors; complete at the start.
  std::shared_ptr<command_table> commands = std::make_shared<command_table>();

  explicit node_topology(std::unique_ptr<preset_parts> made);
  node_topology(node_topology&&) noexcept;
  node_topology& operator=(node_topology&&) noexcept;
  ~node_topology(); ///< not started: gives back the node's folder

  // -- what an application's actors are given -----------------------------------------------------

  /// Who this node is; but for its port, which is bound at the start.
  [[nodiscard]] const node_facts& facts() const;
  /// Threads for an application's heavy tasks (`node.job_threads` of them, all its actors'
  /// together): an actor makes a job_queue of its own on it. Started when first asked for; the
  /// node's own checks have others, so a job may take long. Never null.
  [[nodiscard]] std::shared_ptr<worker_pool> pool() const;

  // -- edges of an actor --------------------------------------------------------------------------

  /// Connects the ports that are named for what they are connected to, as composition.hpp lists
  /// them. What an actor has under other names is connected by what follows.
  template <class Actor>
  void connect(const ref<Actor>& who) {
    connect_named(who, code_range::application);
  }

  /// Connects an actor's two ports to the notary: what it asks, and what it hears. Together, as the
  /// notary knows who asked by the place of the edge, which is the same for both. A `notary_line`
  /// does what an actor needs with them.
  template <class Actor, class Asks, class Heard>
  void connect_to_notary(const ref<Actor>& who, Asks Actor::ports::*asks,
                         Heard Actor::ports::*heard) {
    // The requests first: a new life of the notary is then known there when `heard` tells it.
    graph.connect(topology::port(who, asks), topology::port(notary, &notary_actor::ports::requests),
                  room().notary);
    graph.connect(topology::port(notary, &notary_actor::ports::answers), topology::port(who, heard),
                  room().notary);
  }

  // -- commands -----------------------------------------------------------------------------------

  /// The actor answers its `commands` by its ports `calls` and `replies`: they are found in the
  /// control API, the command line and the library, and its status and metrics are told with the
  /// node's. node::start() says what is wrong with them: value_out_of_range.
  template <class Actor>
  void connect_commands(const ref<Actor>& who) {
    using ports = typename Actor::ports;
    commands->add(Actor::commands::of(who->where->name()));
    answerers_.push_back({topology::open(topology::port(who, &ports::calls)),
                          topology::open(topology::port(who, &ports::replies))});
    for (const auto& caller : callers_) {
      join(caller, answerers_.back());
    }
  }
  /// The actor calls commands of all: asks[i] and heard[i] are of the i-th actor of `commands`.
  template <class Actor>
  void connect_caller(const ref<Actor>& who) {
    using ports = typename Actor::ports;
    callers_.push_back({topology::open(topology::port(who, &ports::asks)),
                        topology::open(topology::port(who, &ports::heard))});
    for (const auto& answerer : answerers_) {
      join(callers_.back(), answerer);
    }
  }

  /// What an actor tells peer_net: whom to dial, to hang up on, to ban, and whom it blames for a
  /// frame that it could not read.
  template <class Actor, class Says>
  void connect_to_peer_net(const ref<Actor>& who, Says Actor::ports::*says) {
    graph.connect(topology::port(who, says),
                  topology::port(peer_net, &peer_net_actor::ports::directives), room().directives);
  }

  /// Has an actor asked about each connection: there is a link once all who are asked have allowed
  /// it, within the handshake's time. It hears connection_question and says connection_verdict.
  /// Together, as peer_net knows who said so by the place of the edge. A question that finds
  /// `asked` full refuses the connection.
  template <class Actor, class Asked, class Says>
  void connect_inspector(const ref<Actor>& who, Asked Actor::ports::*asked,
                         Says Actor::ports::*says) {
    graph.connect(topology::port(peer_net, &peer_net_actor::ports::questions),
                  topology::port(who, asked), room().inspections);
    graph.connect(topology::port(who, says),
                  topology::port(peer_net, &peer_net_actor::ports::verdicts), room().inspections);
  }

  // -- packets of its own -------------------------------------------------------------------------

  /// Frames of these codes go to `heard` of this actor, and its `said` may send them, and no
  /// others: a foreign code is not sent, which the log says. The rules are rules_of<packets<...>>()
  /// of archive/packets.hpp, or a list; their names are literals. Once for an actor. A code is for
  /// one actor of a node, from first_application_code on, in the gossip lane:
  ///  - a notice or request that finds `heard` full is dropped and counted, and so are the oldest
  ///    that wait where a link is too slow: what must arrive is a request, which ends exactly once,
  ///    in its response or in request_ended, and is asked again;
  ///  - the consensus lane is the group's alone, lest an application's burst hold up votes;
  ///  - the bulk lane has no credit to send by yet.
  /// `heard` gets link_up and link_down of all links too, and all of link_up again in each new
  /// life, which hears nothing from before: no frame of a link without its link_up, no end of a
  /// request that it has not made itself. So tags may begin anew in each life.
  /// Bodies count against their link until they are let go of: 4 MiB, then it is not read any more.
  /// Nodes without the code skip its frames.
  /// node::start() says what is wrong: `code_taken`, `value_out_of_range`, both with code and
  /// actor.
  template <class Actor, class Heard, class Says>
  requires carry_the_same<outbox<from_net>, Heard> && carry_the_same<Says, inbox<to_net>>
  void route(const std::vector<packet_rule>& codes, const ref<Actor>& who,
             Heard Actor::ports::*heard, Says Actor::ports::*said) {
    route_as(code_range::application, codes, who, heard, said);
  }

  [[nodiscard]] const edge_capacities& room() const;

private:
  friend class node;
  friend struct node_parts_access;
  [[nodiscard]] const foreign_place& network() const;
  void add_route(std::string actor, std::vector<packet_rule> codes, outbox<from_net> heard,
                 inbox<to_net> said, code_range whose);
  template <class Actor, class Heard, class Says>
  void route_as(code_range whose, const std::vector<packet_rule>& codes, const ref<Actor>& who,
                Heard Actor::ports::*heard, Says Actor::ports::*said) {
    const auto& io = network();
    auto in = graph.feed_from(io, topology::port(who, heard), room().net);
    auto out = graph.sink_to(topology::port(who, said), io, room().net);
    add_route(who->where->name(), codes, std::move(in), std::move(out), whose);
  }
  /// Names that are also those of the other end, which peer_net has, are told apart by their
  /// direction.
  template <class Actor>
  void connect_named(const ref<Actor>& who, code_range whose) {
    using ports = typename Actor::ports;
    if constexpr (requires {
                    requires carry_the_same<decltype(ports::asks), inbox<command_call>>;
                  }) {
      connect_caller(who);
    } else if constexpr (requires { &ports::asks, &ports::heard; }) {
      connect_to_notary(who, &ports::asks, &ports::heard);
    }
    if constexpr (requires { requires out_port<decltype(ports::directives)>; }) {
      connect_to_peer_net(who, &ports::directives);
    }
    if constexpr (requires {
                    requires in_port<decltype(ports::questions)>;
                    &ports::verdicts;
                  }) {
      connect_inspector(who, &ports::questions, &ports::verdicts);
    }
    if constexpr (requires { Actor::commands::of(std::string{}); }) {
      connect_commands(who);
    }
    if constexpr (requires { typename Actor::packets::message; }) {
      route_as(whose, rules_of<typename Actor::packets>(), who, &ports::net_in, &ports::net_out);
    }
  }

  struct call_ends {
    open_end<command_call> calls;
    open_end<command_reply> replies;
  };
  void join(const call_ends& caller, const call_ends& answerer) {
    // The calls first: a new life of who answers is then known there when its replies tell it.
    graph.connect(caller.calls, answerer.calls, room().calls);
    graph.connect(answerer.replies, caller.replies, room().calls);
  }

  std::vector<call_ends> answerers_; ///< in the order of `commands`
  std::vector<call_ends> callers_;
  std::unique_ptr<preset_parts> parts_;
};

} // namespace caucus
