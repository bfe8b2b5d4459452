#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

/// Lets a consumer sleep without missing an item. One a consumer, however many rings it reads.
/// Any thread may ring; only the consumer's own turn may sleep. Never blocks, no fences.
///
/// Why nothing is missed: both sides *exchange* one flag, and exchanges of one flag have one order.
/// Either the ringer's comes after the sleeper's, finds `false` and wakes it; or before, then the
/// sleeper reads what the ringer wrote, and with it sees everything that the ringer did before. So
/// the look at the inboxes, which follows the sleeper's exchange, finds the item. Every access is
/// therefore an exchange: a plain store would tear the chain.
/// (A plain load on the ringer's side would do if its push were stored with seq_cst: measured, that
/// costs a single producer 40 %. It may pay where many producers push one item at a time.)

namespace caucus {

class doorbell {
public:
  /// `wake` makes the consumer take a turn soon. Called on the ringer's thread, at times on two at
  /// once; a wake too many must do no harm. A consumer is awake until it first falls asleep.
  explicit doorbell(std::function<void()> wake) : wake_{std::move(wake)} {}

  /// Ring after the push. Costs one exchange while the consumer is awake. True: it was asleep.
  bool ring() {
    if (awake_.exchange(true, std::memory_order_seq_cst)) {
      return false;
    }
    wakes_.fetch_add(1, std::memory_order_relaxed);
    wake_();
    return true;
  }

  /// True: the consumer may stop until it is woken. False: something came in; take another turn.
  /// `idle()` says whether there is nothing to do, having looked at every inbox (and, for a stage
  /// that waits for space, at that outbox).
  template <class Idle>
  [[nodiscard]] bool try_sleep(Idle&& idle) {
    awake_.exchange(false, std::memory_order_seq_cst);
    if (std::forward<Idle>(idle)()) {
      return true;
    }
    // Where a ringer was faster, its wake is on the way: let that be the next turn.
    return awake_.exchange(true, std::memory_order_seq_cst);
  }

  /// Between two lives of a consumer: it counts as awake, so that nobody wakes the dead.
  void hold_awake() { awake_.exchange(true, std::memory_order_seq_cst); }

  [[nodiscard]] std::uint64_t wakes() const { return wakes_.load(std::memory_order_relaxed); }

private:
  std::function<void()> wake_;
  std::atomic<bool> awake_{true};
  std::atomic<std::uint64_t> wakes_{0}; ///< times that `wake` was called
};

} // namespace caucus
