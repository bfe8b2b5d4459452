#pragma once

#include "actors/peer_net/peer_net_actor.hpp"
#include "actors/peer_net/transport.hpp"
#include "runtime/archive/frame_header.hpp"
#include "runtime/clock.hpp"
#include "runtime/identity.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/tls.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/every_packet.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// A node's networking in one process: a real transport on its own I/O thread, and peer_net's
/// actor, consensus' and notary's ends held by the test's thread, which gives the actor its turns.

namespace caucus::test {

/// Deadline of everything that is waited for: only a broken test ever reaches it.
inline constexpr std::chrono::seconds patience{20};

inline std::shared_ptr<doorbell> deaf_bell() {
  return std::make_shared<doorbell>([] {});
}

template <class T>
std::shared_ptr<ring<T>> make_edge(std::shared_ptr<doorbell> from, std::shared_ptr<doorbell> to,
                                   std::size_t capacity = 1024) {
  return std::make_shared<ring<T>>(capacity, std::move(from), std::move(to));
}

inline network_id network_named(unsigned number) {
  network_id out;
  out.raw.front() = static_cast<std::byte>(number);
  return out;
}

struct node_options {
  peer_net_config net{};
  network_id network = network_named(1);
  std::vector<wanted_peer> members{};
  std::filesystem::path book{};
  std::size_t capacity = 1024;
  std::optional<key_seed> seed{}; ///< none: a random identity
  std::function<result<std::vector<std::string>>(const std::string&)> find_name{};
};

class node {
public:
  explicit node(node_options options)
      : key_{options.seed ? secret_key{*options.seed} : std::move(*make_identity())},
        events_{make_edge<link_event>(io_.bell(), deaf_bell())}, commands_{make_edge<link_command>(
                                                                   deaf_bell(), io_.bell())},
        heard_{make_edge<from_net>(io_.bell(), deaf_bell(), options.capacity)},
        said_{make_edge<to_net>(deaf_bell(), io_.bell())}, notary_heard_{make_edge<from_net>(
                                                             io_.bell(), deaf_bell())},
        directives_{make_edge<directive>(deaf_bell(), deaf_bell())},
        asked_{make_edge<command_call>(deaf_bell(), deaf_bell())}, told_{make_edge<command_reply>(
                                                                     deaf_bell(), deaf_bell())} {
    settings_.manager.self = key_.id();
    settings_.manager.network = options.network;
    settings_.manager.net = options.net;
    settings_.manager.members = options.members;
    settings_.book_path = options.book;
    const auto x509 = make_x509(key_);
    transport_settings its;
    its.net = options.net;
    its.network = options.network;
    its.agent = "test";
    its.find_name = options.find_name;
    its.server = std::move(*make_tls_context(key_, *x509, tls_side::server));
    its.client = std::move(*make_tls_context(key_, *x509, tls_side::client));
    transport_.emplace(
      io_, std::move(its),
      transport_ports{outbox<link_event>{events_}, inbox<link_command>{commands_}});
    const auto own = code_range::node;
    REQUIRE(transport_->route(rules_of<consensus_packets, node_state_packets>(),
                              {outbox<from_net>{heard_}, inbox<to_net>{said_}}, own));
    REQUIRE(
      transport_->route(rules_of<notary_packets>(), {outbox<from_net>{notary_heard_}, {}}, own));
    const auto opened = transport_->start();
    REQUIRE(opened.has_value());
    io_.start();
    live();
    take_ends();
  }
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  ~node() {
    transport_->stop();
    io_.stop();
    io_.join();
  }

  [[nodiscard]] const peer_id& id() const { return key_.id(); }
  [[nodiscard]] const secret_key& key() const { return key_; }
  [[nodiscard]] std::uint16_t port() const { return transport_->port(); }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
  [[nodiscard]] transport& net() { return *transport_; }
  [[nodiscard]] io_thread& io() { return io_; }
  [[nodiscard]] std::shared_ptr<ring<from_net>>& heard_edge() { return heard_; }
  [[nodiscard]] std::shared_ptr<ring<link_event>>& events_edge() { return events_; }

  /// The actor's turns, and what came for consensus goes to `heard`.
  void run() {
    if (actor_) {
      while (actor_->step()) {
      }
    }
    if (reads) {
      if (inbox_.drain(256, [this](from_net item) { heard.push_back(std::move(item)); }) > 0) {
        note_links();
      }
    }
  }

  /// Another life of the actor.
  void restart_actor() {
    actor_.reset();
    live();
  }
  void kill_actor() { actor_.reset(); }
  /// Another life of the consumer, which has heard nothing yet.
  void restart_consumer() {
    inbox_ = {};
    outbox_ = {};
    heard.clear();
    noted_ = 0;
    live_consumer();
  }

  void tell(directive what) { REQUIRE(directives_out_.try_push(std::move(what))); }
  void send(to_net what) { REQUIRE(try_send(std::move(what))); }
  /// False: the I/O thread is behind.
  [[nodiscard]] bool try_send(to_net what) { return outbox_.try_push(std::move(what)); }

  [[nodiscard]] peer_net_status status() {
    REQUIRE(asked_out_.try_push(command_call{call_opened{7, command_of(control_status{})}}));
    peer_net_status out;
    run();
    told_in_.drain(8, [&out](const command_reply& one) {
      CHECK(one.tag == 7);
      out = *one.value->as<peer_net_status>();
    });
    return out;
  }

  /// The newest link to `to` that is up.
  [[nodiscard]] std::optional<link_id> link_to(const peer_id& to) const {
    for (auto at = up.rbegin(); at != up.rend(); ++at) {
      if (at->peer == to) {
        return at->id;
      }
    }
    return std::nullopt;
  }
  template <class T>
  [[nodiscard]] std::vector<T> all() const {
    std::vector<T> out;
    for (const auto& one : heard) {
      if (const auto* const it = std::get_if<T>(&one)) {
        out.push_back(*it);
      }
    }
    return out;
  }

  std::vector<from_net> heard; ///< all that consensus was told, in order
  std::vector<link_info> up;   ///< links that are up, in order
  bool reads = true;           ///< consensus takes what comes

private:
  void live() {
    actor_.reset();
    peer_net_actor::ports ports;
    ports.events = inbox<link_event>{events_};
    ports.events.begin_life();
    ports.commands = outbox<link_command>{commands_};
    ports.commands.begin_life();
    ports.directives.add(inbox<directive>{directives_});
    ports.calls.add(inbox<command_call>{asked_});
    ports.replies.add(outbox<command_reply>{told_});
    actor_ = std::make_unique<peer_net_actor>(std::move(ports), around_, settings_);
  }
  void take_ends() {
    live_consumer();
    directives_out_ = outbox<directive>{directives_};
    asked_out_ = outbox<command_call>{asked_};
    told_in_ = inbox<command_reply>{told_};
  }
  /// In the topology's order.
  void live_consumer() {
    outbox_ = outbox<to_net>{said_};
    outbox_.begin_life();
    inbox_ = inbox<from_net>{heard_};
    inbox_.begin_life();
  }
  void note_links() {
    for (; noted_ < heard.size(); ++noted_) {
      if (const auto* const came = std::get_if<link_up>(&heard[noted_])) {
        std::erase_if(up, [&](const link_info& one) { return one.id == came->info.id; });
        up.push_back(came->info);
      } else if (const auto* const gone = std::get_if<link_down>(&heard[noted_])) {
        std::erase_if(up, [&](const link_info& one) { return one.id == gone->id; });
      }
    }
  }

  secret_key key_;
  io_thread io_{"test"};
  std::shared_ptr<ring<link_event>> events_;
  std::shared_ptr<ring<link_command>> commands_;
  std::shared_ptr<ring<from_net>> heard_;
  std::shared_ptr<ring<to_net>> said_;
  std::shared_ptr<ring<from_net>> notary_heard_;
  std::shared_ptr<ring<directive>> directives_;
  std::shared_ptr<ring<command_call>> asked_;
  std::shared_ptr<ring<command_reply>> told_;
  peer_net_settings settings_;
  context around_{steady_now, system_now};
  std::optional<transport> transport_;
  std::unique_ptr<peer_net_actor> actor_;
  inbox<from_net> inbox_;
  outbox<to_net> outbox_;
  outbox<directive> directives_out_;
  outbox<command_call> asked_out_;
  inbox<command_reply> told_in_;
  std::size_t noted_ = 0;
};

/// Gives all nodes their turns until it holds. False: patience ran out.
inline bool until(const std::vector<node*>& nodes, const std::function<bool()>& holds) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < give_up) {
    for (auto* const one : nodes) {
      one->run();
    }
    if (holds()) {
      return true;
    }
    std::this_thread::yield();
  }
  return false;
}

inline node_options local() {
  node_options out;
  out.net.hostname = "127.0.0.1";
  out.net.port = 0;
  out.net.redial_min = std::chrono::milliseconds{20};
  out.net.redial_max = std::chrono::milliseconds{200};
  return out;
}

/// A vote's body means nothing to the transport.
inline to_net vote_frame(link_id to, std::uint32_t number) {
  bytes body(4);
  for (std::size_t i = 0; i < 4; ++i) {
    body[i] = static_cast<std::byte>(number >> (8 * i));
  }
  return {to, {code_of<vote>, group_id{1}, std::make_shared<const bytes>(std::move(body))}};
}
inline std::uint32_t number_in(const frame_in& frame) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    out |= std::to_integer<std::uint32_t>(frame.body->at(i)) << (8 * i);
  }
  return out;
}

} // namespace caucus::test
