#pragma once

#include "messages/net.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/context.hpp"
#include "runtime/turns.hpp"
#include "test/sim/group/users.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

/// A node's users as its actors: what they ask goes over the edges of an application.

namespace caucus::sim {

/// What the users of a node are about to ask; outlives its crashes.
struct user_desk {
  users* whose = nullptr; ///< never null
  std::deque<notary_request> to_ask;
  std::shared_ptr<doorbell> bell; ///< of people_actor's place, in this life of the node
};

/// Proposes and reads.
class people_actor {
public:
  static constexpr const char* name = "people";
  struct ports {
    inbox<notary_answer> heard;
    outbox<notary_request> asks;
    void each(auto&& visit) {
      visit("heard", heard);
      visit("asks", asks);
    }
  };

  people_actor(ports its_ports, context& around, user_desk* at);
  bool step() { return turns_.step(); }
  [[nodiscard]] bool idle() { return turns_.idle(); }

private:
  void forsake();

  inbox<notary_answer> heard_;
  delivery<notary_request> asks_;
  user_desk& at_;
  turns turns_;
  time_point round_at_;
};

/// Hears what is committed, and takes its time.
class listener_actor {
public:
  static constexpr const char* name = "listener";
  using ports = people_actor::ports;

  /// `takes`: how long the next block does.
  listener_actor(ports its_ports, context& around, users* whose, std::function<duration()> takes);
  bool step() { return turns_.step(); }
  [[nodiscard]] bool idle() { return turns_.idle(); }

private:
  void subscribe();
  void hear(const notary_answer& what);

  inbox<notary_answer> heard_;
  delivery<notary_request> asks_;
  context& around_;
  users& whose_;
  std::function<duration()> takes_;
  std::deque<std::pair<time_point, request_tag>> taking_; ///< ascending
  turns turns_;
};

/// Hears whom the node's actors blame.
class watcher_actor {
public:
  static constexpr const char* name = "watcher";
  struct ports {
    inbox<peer_news> news;
    void each(auto&& visit) { visit("news", news); }
  };

  watcher_actor(ports its_ports, context& around, std::function<void(blame)> then);
  bool step() { return turns_.step(); }
  [[nodiscard]] bool idle() { return turns_.idle(); }

private:
  inbox<peer_news> news_;
  turns turns_;
};

} // namespace caucus::sim
