#pragma once

#include "runtime/base/mailbox.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

/// A producer's end of an edge that loses nothing. If the ring is full, an item waits behind it, in
/// order, and push() returns false: the owner then takes in nothing more, so the items that wait
/// are bounded by what one turn of the owner makes.
/// The producer's thread.

namespace caucus {

/// Which items for a consumer's former life its new life hears.
enum class former_life : std::uint8_t {
  goes_on, ///< those in the ring, and those that wait behind it
  is_over, ///< none
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

  /// False: it waits; bring no more before empty(). Quiet: ring() or flush() afterwards.
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
  /// False: no room, and nothing happened. Quiet, as push().
  template <class Item>
  [[nodiscard]] bool offer(Item&& item) {
    return !connected() || (waiting_.empty() && to_.try_push_quietly(std::forward<Item>(item)));
  }
  /// Sends waiting items as far as there is room, and rings for them and for all items pushed
  /// before. True: at least one went.
  bool flush() {
    const auto before = waiting_.size();
    while (!waiting_.empty() && to_.try_push_quietly(std::move(waiting_.front()))) {
      waiting_.pop_front();
    }
    ring();
    return waiting_.size() < before;
  }
  void clear() { waiting_.clear(); }
  void ring() {
    if (connected()) {
      to_.ring_bell();
    }
  }
  /// True once for each new life of the consumer. Under `is_over` the waiting items are dropped,
  /// and the new life hears only what is pushed from here on.
  [[nodiscard]] bool restarted() {
    if (!connected() || !to_.restarted()) {
      return false;
    }
    if (former_ == former_life::is_over) {
      waiting_.clear();
      to_.open_life();
    }
    return true;
  }
  /// restarted() would say so: for idle().
  [[nodiscard]] bool has_restarted() const { return connected() && to_.has_restarted(); }
  /// For idle(): nothing to do but wait.
  [[nodiscard]] bool idle() { return waiting_.empty() || to_.full(); }
  /// For idle() of an owner that waits to offer more.
  [[nodiscard]] bool full() { return connected() && to_.full(); }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
  outbox<T> to_;
  former_life former_ = former_life::goes_on;
  std::deque<T> waiting_;
};

} // namespace caucus
