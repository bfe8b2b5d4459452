#pragma once

#include "runtime/base/ring.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The one table of all actors and edges of a node, for status, metrics and documents. Free of CAF.
/// Filled while the topology is composed, fixed from its start on; the numbers in it may be read by
/// any thread at any time.

namespace caucus {

/// An actor's restarts and last error, over all its lives. Any thread.
class actor_health {
public:
  void begin_life() { lives_.fetch_add(1, std::memory_order_relaxed); }
  void fail(std::string why) {
    const std::lock_guard lock{guard_};
    last_error_ = std::move(why);
  }
  /// Before the start. Called once, by the first turn that the actor takes in any life.
  void on_first_turn(std::function<void()> then) { first_turn_ = std::move(then); }
  /// A turn is done.
  void took_turn() {
    if (!up_.exchange(true) && first_turn_) {
      first_turn_();
    }
  }
  /// Lives after the first.
  [[nodiscard]] std::uint64_t restarts() const {
    const auto lives = lives_.load(std::memory_order_relaxed);
    return lives == 0 ? 0 : lives - 1;
  }
  /// Why the latest failed life failed; empty: none has failed.
  [[nodiscard]] std::string last_error() const {
    const std::lock_guard lock{guard_};
    return last_error_;
  }

private:
  std::atomic<std::uint64_t> lives_{0};
  std::atomic<bool> up_{false};
  std::function<void()> first_turn_;
  mutable std::mutex guard_;
  std::string last_error_;
};

struct actor_row {
  std::string name;
  std::string group; ///< empty: none but the root
  std::shared_ptr<const actor_health> life;
};

struct edge_row {
  std::string producer;     ///< actor.port, or the name of a foreign thread
  std::string consumer;     ///< likewise
  std::string type;         ///< of the items
  std::size_t capacity = 0; ///< items
  when_full policy = when_full::pause;
  std::function<edge_counts()> counts; ///< any thread
};

struct topology_table {
  std::vector<actor_row> actors; ///< in the order of start
  std::vector<edge_row> edges;   ///< in the order of connection
};

[[nodiscard]] std::string_view to_string(when_full policy);

/// A type's name as we write it, without our namespace.
template <class T>
[[nodiscard]] std::string item_name() {
  std::string_view text = __PRETTY_FUNCTION__; // "... [with T = name; ...]", "... [T = name]"
  text.remove_prefix(text.find("T = ") + 4);
  text = text.substr(0, text.find_first_of(";]"));
  std::string name{text};
  for (const std::string_view ours : {"caucus::", "(anonymous namespace)::", "{anonymous}::"}) {
    for (auto at = name.find(ours); at != std::string::npos; at = name.find(ours)) {
      name.erase(at, ours.size());
    }
  }
  return name;
}

} // namespace caucus
