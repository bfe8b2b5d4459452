#pragma once

#include "runtime/base/assert.hpp"
#include "runtime/base/doorbell.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

/// What lies under an edge: a bounded lock-free ring from one producer to one consumer. Used
/// through its two ends, see mailbox.hpp. Any thread may read counts().
/// Source: Lamport's single-producer single-consumer ring, with the other side's index cached.

namespace caucus {

/// What the producer does when the ring is full. Part of the outbox's type, as the producer's code
/// must be written for it.
enum class when_full : std::uint8_t {
  pause,  ///< keep the item and stop taking in more; the doorbell rings when there is space
  drop,   ///< drop the item and count it
  refuse, ///< return the item to the caller, which may try again
};

/// What an edge has seen since it was made. A snapshot: each number is right at its own moment.
struct edge_counts {
  std::uint64_t pushed = 0;
  std::uint64_t turned_away = 0;  ///< pushes that found the ring full; under `drop`, items lost
  std::uint64_t poisoned = 0;     ///< items whose handler threw
  std::size_t depth = 0;          ///< items now in the ring; [0, capacity]
  std::uint64_t wakes = 0;        ///< rings of this edge that found its consumer asleep
  std::uint64_t writer_lives = 0; ///< lives of the producer that began; a foreign thread has none
  std::uint64_t reader_lives = 0; ///< lives of the consumer that began
};

/// 2^20: far above any measured gain (64 Ki slots were the fastest), and bounds an edge's memory.
inline constexpr std::size_t capacity_max = std::size_t{1} << 20U;
/// Items handled before the producer is told of the space: the indices travel between the two cores
/// once a batch, not once an item.
inline constexpr std::size_t batch_max = 64;
/// Apart, so that producer and consumer do not write the same cache line; 64 bytes on x86 and ARM.
inline constexpr std::size_t cache_line_size = 64;

/// The positions in a ring where the producer's lives after the first begin. A mutex guards them,
/// as a life begins rarely; the consumer's hot path reads one atomic. Each position has at most one
/// mark, so there are at most as many marks as slots, and one more.
class life_marks {
public:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  /// Producer: a life begins at `position`. What it pushes later is published after this.
  void add(std::size_t position) {
    const std::lock_guard lock{guard_};
    if (marks_.empty() || marks_.back() != position) {
      marks_.push_back(position);
    }
    next_.store(marks_.front(), std::memory_order_release);
  }
  /// Consumer: the oldest mark not yet passed.
  [[nodiscard]] std::size_t next() const { return next_.load(std::memory_order_acquire); }
  /// Consumer: goes past it. There must be one.
  void pass() {
    const std::lock_guard lock{guard_};
    marks_.pop_front();
    next_.store(marks_.empty() ? none : marks_.front(), std::memory_order_release);
  }

private:
  std::atomic<std::size_t> next_{none};
  std::mutex guard_;
  std::deque<std::size_t> marks_; ///< ascending
};

template <class T>
class ring {
  static_assert(std::default_initializable<T> && std::is_nothrow_move_constructible_v<T>);

public:
  /// `capacity` in items: a power of two, [2, capacity_max]. `to` is rung when an item comes,
  /// `from`, where there is one, when a waiting producer has space again. `on_poison`, where there
  /// is one, is called on the consumer's thread for an item whose handler threw; must not throw.
  ring(std::size_t capacity, std::shared_ptr<doorbell> from, std::shared_ptr<doorbell> to,
       std::function<void()> on_poison = {})
      : slots_(capacity), mask_{capacity - 1}, from_{std::move(from)}, to_{std::move(to)},
        on_poison_{std::move(on_poison)} {
    CAUCUS_ASSERT(std::has_single_bit(capacity) && capacity >= 2 && capacity <= capacity_max);
    CAUCUS_ASSERT(to_ != nullptr);
  }

  [[nodiscard]] std::size_t capacity() const { return slots_.size(); }

  [[nodiscard]] edge_counts counts() const {
    const auto head = head_.load(std::memory_order_acquire); // first, or depth could underflow
    const auto tail = tail_.load(std::memory_order_acquire);
    return {.pushed = tail,
            .turned_away = turned_away_.load(std::memory_order_relaxed),
            .poisoned = poisoned_.load(std::memory_order_relaxed),
            .depth = std::min(tail - head, slots_.size()),
            .wakes = wakes_.load(std::memory_order_relaxed),
            .writer_lives = writer_lives_.load(std::memory_order_relaxed),
            .reader_lives = reader_lives_.load(std::memory_order_relaxed)};
  }

private:
  template <class, when_full>
  friend class outbox;
  template <class>
  friend class inbox;

  static constexpr std::uint64_t any_life = 0; ///< lives count from 1

  void ring_consumer() {
    quiet_ = false;
    if (to_->ring()) {
      wakes_.fetch_add(1, std::memory_order_relaxed);
    }
  }

  std::vector<T> slots_;
  std::size_t mask_;
  std::shared_ptr<doorbell> from_;
  std::shared_ptr<doorbell> to_;
  std::function<void()> on_poison_;
  std::atomic<bool> outbox_held_{false};
  std::atomic<bool> inbox_held_{false};
  std::atomic<std::uint64_t> writer_lives_{0};
  std::atomic<std::uint64_t> reader_lives_{0};
  life_marks marks_;
  /// The consumer's life for which the items from opened_at_ on are; any_life: all items are for
  /// any life.
  std::atomic<std::uint64_t> opened_life_{any_life};
  std::atomic<std::size_t> opened_at_{0};
  alignas(cache_line_size) std::atomic<std::size_t> tail_{0}; ///< items ever pushed; producer's
  std::size_t head_seen_ = 0;                                 ///< the producer's copy of head_
  bool quiet_ = false;                        ///< producer's: pushed, and not rung since
  std::atomic<std::uint64_t> turned_away_{0}; ///< producer's
  std::atomic<std::uint64_t> wakes_{0};       ///< producer's
  alignas(cache_line_size) std::atomic<std::size_t> head_{0}; ///< items ever taken; consumer's
  std::atomic<std::uint64_t> poisoned_{0};                    ///< consumer's
  alignas(cache_line_size) std::atomic<bool> starved_{false}; ///< the producer waits for space
};

/// Holds one end of a ring and gives it back when it goes. Move-only; keeps the ring alive, so that
/// no order of shutdown leaves it dangling.
template <class T>
struct give_back {
  std::shared_ptr<ring<T>> keep;
  std::atomic<bool>* held = nullptr;
  void operator()(ring<T>*) const { held->store(false, std::memory_order_release); }
};
template <class T>
using lease = std::unique_ptr<ring<T>, give_back<T>>;

template <class T>
[[nodiscard]] lease<T> take(std::shared_ptr<ring<T>> of, std::atomic<bool>& held) {
  CAUCUS_ASSERT(!held.exchange(true, std::memory_order_acquire)); // one holder at a time
  auto* const raw = of.get();
  return lease<T>{raw, give_back<T>{std::move(of), &held}};
}

} // namespace caucus
