#pragma once

#include "actors/peer_net/limits.hpp"
#include "messages/net.hpp"
#include "runtime/base/mailbox.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

/// An edge out of the transport that loses nothing: what finds the ring full waits behind it, and
/// whoever brings more is told to pause.
/// The I/O thread's.

namespace caucus {

/// What a consumer's new life hears of what was sent to its former one.
enum class former_life : std::uint8_t {
  goes_on, ///< what is in the ring
  is_over, ///< nothing
};

template <class T>
class delivery {
public:
  delivery() = default;
  explicit delivery(outbox<T> to, former_life former = former_life::goes_on)
      : to_{std::move(to)}, former_{former} {
    if (connected() && former_ == former_life::is_over) {
      to_.keep_lives_apart();
    }
  }

  [[nodiscard]] bool connected() const { return to_.connected(); }

  /// False: it waits; bring no more before flush() says so. Quiet: ring() afterwards.
  bool push(T item) {
    if (!connected()) {
      return true;
    }
    if (waiting_.empty() && to_.try_push_quietly(std::move(item))) {
      return true;
    }
    // A push that failed has left the item as it was. NOLINTNEXTLINE(bugprone-use-after-move)
    waiting_.push_back(std::move(item));
    return false;
  }
  /// False: no room, and nothing happened.
  [[nodiscard]] bool try_push(T& item) {
    return !connected() || (waiting_.empty() && to_.try_push_quietly(std::move(item)));
  }
  /// True: nothing waits any more, having waited before.
  bool flush() {
    if (waiting_.empty()) {
      return false;
    }
    while (!waiting_.empty() && to_.try_push_quietly(std::move(waiting_.front()))) {
      waiting_.pop_front();
    }
    return waiting_.empty();
  }
  void ring() {
    if (connected()) {
      to_.ring_bell();
    }
  }
  /// True once for each new life of the consumer, which hears what is pushed from here on; what waited
  /// for the former one is dropped.
  [[nodiscard]] bool restarted() {
    if (!connected() || !to_.restarted()) {
      return false;
    }
    waiting_.clear();
    if (former_ == former_life::is_over) {
      to_.open_life();
    }
    return true;
  }
  /// For idle(): nothing to do but wait.
  [[nodiscard]] bool idle() { return waiting_.empty() || to_.full(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
  outbox<T> to_;
  former_life former_ = former_life::goes_on;
  std::deque<T> waiting_;
};

} // namespace caucus
