#pragma once

#include "runtime/base/ring.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

/// An edge's two ends: an `outbox` for its one producer, an `inbox` for its one consumer, typed by
/// what the edge carries. The topology makes the ring; the ends are leases on it. Each end is used
/// by one thread at a time; it may change threads through its lease.
///
/// A port that takes several edges is an `outboxes` or `inboxes`; an end that several threads share
/// is a `shared_outbox`.
///
/// Lives: when the actor at one end has a new life, `restarted()` of the other end is true once,
/// and the actor there forgets what it assumed of the former life. An inbox answers true exactly
/// between the last item of the former life and the first item of the new one: ask before each
/// drain, and never inside a handler. Items that were pushed for a consumer's former life go to its
/// next one. If the producer keeps lives apart, a life hears nothing from before its own beginning.

namespace caucus {

/// The producer's end. Default-constructed or moved from: unconnected, and only to be assigned to.
template <class T, when_full Policy = when_full::pause>
class outbox {
public:
  using item_type = T;
  static constexpr when_full policy = Policy;

  outbox() = default;
  explicit outbox(std::shared_ptr<ring<T>> of)
      : ring_{take(of, of->outbox_held_)}, reader_life_{reader_life()} {}

  [[nodiscard]] bool connected() const { return ring_ != nullptr; }
  [[nodiscard]] static bool held(const ring<T>& of) { return of.outbox_held_.load(); }

  /// For the topology: a life of the producing actor begins here.
  void begin_life() {
    auto& r = *ring_;
    CAUCUS_ASSERT(r.opened_life_.load(std::memory_order_relaxed) == ring<T>::any_life);
    if (r.writer_lives_.fetch_add(1, std::memory_order_relaxed) > 0) {
      r.marks_.add(r.tail_.load(std::memory_order_relaxed));
      r.ring_consumer(); // also for what the former life pushed quietly
    }
  }

  /// True once for each new life of the consumer; lives that nobody asked about count as one. The
  /// items in the ring go to the new life; if lives are kept apart, they are dropped. Items that
  /// the former life had taken out are lost.
  [[nodiscard]] bool restarted() {
    const auto newest = reader_life();
    return std::exchange(reader_life_, newest) != newest;
  }
  /// restarted() would say so: for idle(), as the doorbell rings for it.
  [[nodiscard]] bool has_restarted() const { return reader_life() != reader_life_; }

  /// For a foreign thread, which has no lives, before anything is pushed: from now on a life of the
  /// consumer hears only what is pushed after open_life() for it. The rest is dropped by its drain.
  void keep_lives_apart() {
    CAUCUS_ASSERT(ring_->writer_lives_.load() == 0 && ring_->tail_.load() == 0);
    open_life();
  }
  /// After restarted(), and before what the new life is to hear first.
  void open_life() {
    auto& r = *ring_;
    r.opened_at_.store(r.tail_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    r.opened_life_.store(reader_life_, std::memory_order_release);
  }

  /// False: full, and `item` is as it was. Under `pause` the producer's doorbell rings once half of
  /// the ring is free; a producer without a doorbell just tries again.
  template <class Item>
  requires std::assignable_from<T&, Item&&>
  [[nodiscard]] bool try_push(Item&& item) {
    if (!try_push_quietly(std::forward<Item>(item))) {
      return false;
    }
    ring_->ring_consumer();
    return true;
  }

  /// The same, but the consumer is not rung: after many quiet pushes the producer calls ring_bell()
  /// once. If the ring is full, the push rings for the earlier ones, and so does full().
  template <class Item>
  requires std::assignable_from<T&, Item&&>
  [[nodiscard]] bool try_push_quietly(Item&& item) {
    auto& r = *ring_;
    const auto tail = r.tail_.load(std::memory_order_relaxed);
    if (tail - r.head_seen_ > r.mask_ && full()) {
      r.turned_away_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    r.slots_[tail & r.mask_] = std::forward<Item>(item);
    r.tail_.store(tail + 1, std::memory_order_release);
    r.quiet_ = true;
    return true;
  }

  /// Tells the consumer of what was pushed quietly; does nothing if nothing was.
  void ring_bell() {
    if (ring_->quiet_) {
      ring_->ring_consumer();
    }
  }

  /// Sends the item, or drops and counts it. False: dropped.
  bool push_or_drop(T item) requires(Policy == when_full::drop) {
    return try_push(std::move(item));
  }

  /// True: no space, and (under `pause`) the doorbell will ring when there is. A stage that waits
  /// asks this in idle(), after its doorbell cleared `awake`; hence it registers anew each time.
  [[nodiscard]] bool full() {
    ring_bell();
    auto& r = *ring_;
    // Dekker with inbox::batch: each side stores its own atomic and then loads the other's, all
    // seq_cst, so at least one of us sees the other.
    if constexpr (Policy == when_full::pause) {
      r.starved_.store(true, std::memory_order_seq_cst);
    }
    r.head_seen_ = r.head_.load(std::memory_order_seq_cst);
    return r.tail_.load(std::memory_order_relaxed) - r.head_seen_ > r.mask_;
  }

  /// Items that can be pushed now; more, maybe, by the time one tries.
  [[nodiscard]] std::size_t space() {
    auto& r = *ring_;
    r.head_seen_ = r.head_.load(std::memory_order_acquire);
    return r.slots_.size() - (r.tail_.load(std::memory_order_relaxed) - r.head_seen_);
  }

private:
  /// From 1, so that a consumer that begins its first life after us has not restarted.
  [[nodiscard]] std::uint64_t reader_life() const {
    return std::max<std::uint64_t>(ring_->reader_lives_.load(std::memory_order_acquire), 1);
  }

  lease<T> ring_;
  std::uint64_t reader_life_ = 1;
};

/// The consumer's end. Default-constructed or moved from: unconnected, and only to be assigned to.
template <class T>
class inbox {
public:
  using item_type = T;

  inbox() = default;
  explicit inbox(std::shared_ptr<ring<T>> of) : ring_{take(of, of->inbox_held_)} {}

  [[nodiscard]] bool connected() const { return ring_ != nullptr; }
  [[nodiscard]] static bool held(const ring<T>& of) { return of.inbox_held_.load(); }

  /// For the topology: a life of the consuming actor begins here.
  void begin_life() {
    if (ring_->reader_lives_.fetch_add(1, std::memory_order_release) > 0
        && ring_->from_ != nullptr) {
      ring_->from_->ring();
    }
  }

  /// An item for a former life, which drain will drop, counts too: drain, and ask again.
  [[nodiscard]] bool empty() const {
    return ring_->tail_.load(std::memory_order_acquire)
           == ring_->head_.load(std::memory_order_relaxed);
  }

  /// True once for each new life of the producer, after the last item of the former life is taken.
  /// Lives that pushed nothing count as one with the next. The doorbell rings for a new life.
  [[nodiscard]] bool restarted() {
    if (ring_->marks_.next() != ring_->head_.load(std::memory_order_relaxed)) {
      return false;
    }
    ring_->marks_.pass();
    offered_ = life_marks::none;
    return true;
  }

  /// restarted() would say so: for idle().
  [[nodiscard]] bool has_restarted() const {
    return ring_->marks_.next() == ring_->head_.load(std::memory_order_relaxed);
  }

  /// True: a newer life of the producer has begun, and all items until restarted() is true are of a
  /// former life. Ask after the drain.
  [[nodiscard]] bool superseded() const { return ring_->marks_.next() != life_marks::none; }

  /// Hands at most `budget` items to `handle(T&&)`, oldest first; returns how many. The drain stops
  /// where a new life of the producer begins, so that the caller can ask restarted(): it may return
  /// 0 though there are items. If the caller does not ask, the next drain goes on with the new
  /// life's items. An item is out of the ring before its handler runs: one that throws loses
  /// exactly that item (counted as poisoned), those behind it stay, and the exception goes on to
  /// the caller.
  template <class Handler>
  std::size_t drain(std::size_t budget, Handler&& handle) {
    std::size_t done = 0;
    while (done < budget) {
      auto& r = *ring_;
      const auto tail = r.tail_.load(std::memory_order_acquire);
      drop_former(tail);
      const auto head = r.head_.load(std::memory_order_relaxed);
      // After the tail: a life's mark is set before its first item is published.
      const auto mark = r.marks_.next();
      if (mark == head) {
        // The mark may have come after restarted() was asked. So stop here once, even with nothing
        // done, and pass only if nobody has asked by the next drain.
        if (done > 0 || std::exchange(offered_, mark) != mark) {
          offered_ = mark;
          break;
        }
        r.marks_.pass();
        continue;
      }
      const auto count = std::min({tail - head, mark - head, budget - done, batch_max});
      if (count == 0) {
        break;
      }
      batch taken{r, head};
      for (std::size_t i = 0; i < count; ++i) {
        T item = std::move(r.slots_[taken.head & r.mask_]);
        ++taken.head;
        handle(std::move(item));
      }
      taken.whole = true;
      done += count;
    }
    return done;
  }

private:
  /// Publishes what was taken, also while an exception passes.
  struct batch {
    caucus::ring<T>& ring;
    std::size_t head;
    bool whole = false;

    batch(caucus::ring<T>& r, std::size_t h) : ring{r}, head{h} {}
    batch(const batch&) = delete;
    batch& operator=(const batch&) = delete;
    ~batch() {
      if (!whole) {
        ring.poisoned_.fetch_add(1, std::memory_order_relaxed);
        if (ring.on_poison_) {
          ring.on_poison_();
        }
      }
      ring.head_.store(head, std::memory_order_seq_cst);
      // At half of the ring: else producer and consumer of a full ring would wake each other for
      // each item.
      if (ring.starved_.load(std::memory_order_seq_cst)
          && ring.tail_.load(std::memory_order_acquire) - head <= ring.slots_.size() / 2
          && ring.starved_.exchange(false, std::memory_order_seq_cst) && ring.from_ != nullptr) {
        ring.from_->ring();
      }
    }
  };

  /// Drops the items for a former life of this consumer, if the producer keeps lives apart.
  void drop_former(std::size_t tail) {
    auto& r = *ring_;
    // After the tail: a life is opened before its first item is published.
    const auto opened = r.opened_life_.load(std::memory_order_acquire);
    if (opened == ring<T>::any_life) {
      return;
    }
    const auto mine = std::max<std::uint64_t>(r.reader_lives_.load(std::memory_order_relaxed), 1);
    // It may have been opened since the tail was read, and then begins after it.
    const auto until =
      opened == mine ? std::min(r.opened_at_.load(std::memory_order_relaxed), tail) : tail;
    const auto head = r.head_.load(std::memory_order_relaxed);
    if (head >= until) {
      return;
    }
    batch dropped{r, head};
    for (; dropped.head != until; ++dropped.head) {
      r.slots_[dropped.head & r.mask_] = T{};
    }
    dropped.whole = true;
  }

  lease<T> ring_;
  std::size_t offered_ = life_marks::none; ///< the mark at which a drain last stopped
};

// -- ports of several edges -----------------------------------------------------------------------

/// A port of any number of outboxes, in the order in which the topology connected them: where a
/// port of requests and one of answers are connected pairwise, one index means one client in both.
template <class T, when_full Policy = when_full::pause>
class outboxes {
public:
  using item_type = T;
  using end_type = outbox<T, Policy>;
  static constexpr when_full policy = Policy;

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] end_type& operator[](std::size_t index) { return ends_[index]; }
  [[nodiscard]] auto begin() { return ends_.begin(); }
  [[nodiscard]] auto end() { return ends_.end(); }
  void add(end_type one) { ends_.push_back(std::move(one)); }

  /// Asks all edges, so that under `pause` the doorbell rings for each edge that has space again.
  [[nodiscard]] bool any_full() {
    bool any = false;
    for (auto& one : ends_) {
      any |= one.full();
    }
    return any;
  }
  /// Tells every consumer of what was pushed to it quietly.
  void ring_bell() {
    for (auto& one : ends_) {
      one.ring_bell();
    }
  }

private:
  std::vector<end_type> ends_;
};

/// A port of any number of inboxes; the index says who spoke.
template <class T>
class inboxes {
public:
  using item_type = T;
  using end_type = inbox<T>;

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] end_type& operator[](std::size_t index) { return ends_[index]; }
  [[nodiscard]] auto begin() { return ends_.begin(); }
  [[nodiscard]] auto end() { return ends_.end(); }
  void add(end_type one) { ends_.push_back(std::move(one)); }

  /// No inbox has an item.
  [[nodiscard]] bool empty() const {
    return std::all_of(ends_.begin(), ends_.end(), [](const auto& one) { return one.empty(); });
  }

  /// Hands at most `budget` items to `handle(index, T&&)`; returns how many. Round robin: each
  /// inbox in turn gives at most its share, and another one begins each time. Throws as
  /// inbox::drain does.
  template <class Handler>
  std::size_t drain(std::size_t budget, Handler&& handle) {
    std::size_t done = 0;
    const auto share = ends_.empty() ? 0 : std::max<std::size_t>(budget / ends_.size(), 1);
    first_ = ends_.empty() ? 0 : (first_ + 1) % ends_.size();
    for (std::size_t i = 0; i < ends_.size() && done < budget; ++i) {
      const auto index = (first_ + i) % ends_.size();
      done += ends_[index].drain(std::min(share, budget - done),
                                 [&handle, index](T&& item) { handle(index, std::move(item)); });
    }
    return done;
  }

private:
  std::vector<end_type> ends_;
  std::size_t first_ = 0; ///< whose turn it was to begin
};

// -- an end for many threads ----------------------------------------------------------------------

/// An outbox behind a mutex, where callers are foreign threads: about 10 ns a push. Any thread.
template <class T, when_full Policy = when_full::refuse>
class shared_outbox {
public:
  explicit shared_outbox(outbox<T, Policy> of) : outbox_{std::move(of)} {}

  /// False: full, and `item` is as it was.
  template <class Item>
  requires std::assignable_from<T&, Item&&>
  [[nodiscard]] bool try_push(Item&& item) {
    const std::lock_guard lock{guard_};
    return outbox_.try_push(std::forward<Item>(item));
  }

private:
  std::mutex guard_;
  outbox<T, Policy> outbox_;
};

} // namespace caucus
