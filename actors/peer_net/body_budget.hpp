#pragma once

#include "messages/bytes.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/doorbell.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

/// What consumers still hold of the bodies that came over one link. When that is too much the link
/// stops reading, it alone; the last reference's release rings whoever reads.
/// The link's thread takes and asks, any thread gives back.
///
/// Bodies of some kilobytes cost no allocation once a link is busy: a body lies in a slot with its
/// counts, and the slot with its memory comes back when the last reference goes. Measured with
/// frames of 64 bytes, the allocator, which sees memory taken by one thread and freed by another,
/// was the largest single cost; with 4 KiB, of which it gave pages back to the kernel and took them
/// again, slots bring a sixth more frames.

namespace caucus {

/// A body costs at least its bookkeeping: a flood of empty frames is bounded too.
inline constexpr std::size_t body_overhead_size = 192;
/// Larger bodies cost more to copy and to encrypt than to allocate.
inline constexpr std::size_t pooled_body_size_max = 8'192;
/// An edge's ring.
inline constexpr std::size_t pooled_bodies_max = 8'192;
/// Bytes of bodies in slots, in use or not, which the link holds while it has use for them.
inline constexpr std::size_t pooled_size_max = 4 * 1024 * 1024;

/// Whether `memory` serves a body of `size` bytes. Memory that is much larger does not: small
/// bodies would be counted for it.
[[nodiscard]] inline bool serves_body(const bytes& memory, std::size_t size) {
  constexpr std::size_t small = 512;
  return memory.capacity() >= size && memory.capacity() <= std::max(small, 2 * size);
}

class body_budget : public std::enable_shared_from_this<body_budget> {
public:
  body_budget(std::size_t size_max, std::shared_ptr<doorbell> bell)
      : size_max_{size_max}, bell_{std::move(bell)} {}
  body_budget(const body_budget&) = delete;
  body_budget& operator=(const body_budget&) = delete;
  ~body_budget() = default; // no slot is left: each keeps us

  /// True: too much is held, and the bell will ring when half of it is back.
  /// Dekker with give_back(): each side stores its own atomic and then loads the other's, all
  /// seq_cst, so at least one sees the other. What was taken does not change meanwhile.
  [[nodiscard]] bool exhausted() {
    if (held() < size_max_) {
      return false;
    }
    enough_back_.store(taken_ - size_max_ / 2, std::memory_order_relaxed);
    starved_.store(true, std::memory_order_seq_cst);
    return taken_ - back_.load(std::memory_order_seq_cst) > size_max_ / 2;
  }
  [[nodiscard]] std::size_t held() const { return taken_ - back_.load(std::memory_order_relaxed); }

  /// The body, counted against this until its last reference goes; then it may be used for another.
  /// `spare`: gets memory for the next body, where there is some.
  [[nodiscard]] shared_bytes count(bytes body, bytes& spare) {
    const auto size = body.capacity() + body_overhead_size;
    taken_ += size;
    auto* const where =
      body.capacity() <= pooled_body_size_max ? take_slot(body.capacity()) : nullptr;
    if (where == nullptr) {
      auto made = std::make_shared<counted>(std::move(body), shared_from_this(), size);
      return {made, &made->body};
    }
    spare = std::exchange(where->body, std::move(body));
    where->size = size;
    return {&where->body, leave{where}, counts_in_slot<bytes>{where}};
  }

  /// Now and then: a link that since the last call had use for less than a quarter of its slots
  /// gives back those that are free.
  void trim() {
    if (std::exchange(uses_, 0) * 4 < slots_) {
      drop(std::exchange(own_, nullptr));
      drop(back_slots_.exchange(nullptr, std::memory_order_acquire));
    }
  }
  /// The link is no more; bodies may still be held. Nothing is counted after this.
  void close() {
    drop(std::exchange(own_, nullptr));
    drop(back_slots_.exchange(&closed(), std::memory_order_acq_rel));
  }

private:
  struct slot {
    bytes body;
    std::size_t size = 0; ///< counted for it
    std::shared_ptr<body_budget> budget;
    slot* next = nullptr;
    /// The shared pointer's counts and what it releases with: 40 bytes in libstdc++ and libc++.
    alignas(std::max_align_t) std::array<std::byte, 64> counts{};
  };
  /// The last reference to a body in a slot is gone.
  struct leave {
    caucus::body_budget::slot* slot;
    void operator()(const bytes* /*body*/) const { slot->budget->give_back(slot->size); }
  };
  /// And now nobody looks at its counts any more.
  template <class T>
  struct counts_in_slot {
    using value_type = T;
    slot* where;

    explicit counts_in_slot(slot* in) : where{in} {}
    template <class Other> // NOLINTNEXTLINE(google-explicit-constructor): a rebind
    counts_in_slot(const counts_in_slot<Other>& other) : where{other.where} {}
    [[nodiscard]] T* allocate(std::size_t count) {
      static_assert(sizeof(T) <= sizeof(slot::counts));
      CAUCUS_ASSERT(count == 1);
      return reinterpret_cast<T*>(where->counts.data());
    }
    void deallocate(T* /*what*/, std::size_t /*count*/) { where->budget->put_back(where); }
    template <class Other>
    bool operator==(const counts_in_slot<Other>& other) const {
      return where == other.where;
    }
  };
  /// One that lies in no slot.
  struct counted {
    bytes body;
    std::shared_ptr<body_budget> budget;
    std::size_t size;

    counted(bytes of, std::shared_ptr<body_budget> from, std::size_t its_size)
        : body{std::move(of)}, budget{std::move(from)}, size{its_size} {}
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { budget->give_back(size); }
  };

  void give_back(std::size_t size) {
    const auto back = back_.fetch_add(size, std::memory_order_seq_cst) + size;
    if (starved_.load(std::memory_order_seq_cst)
        && back >= enough_back_.load(std::memory_order_relaxed)
        && starved_.exchange(false, std::memory_order_seq_cst)) {
      static_cast<void>(bell_->ring());
    }
  }

  /// For a body of `size` bytes, which are accounted for. Null: there are enough.
  [[nodiscard]] slot* take_slot(std::size_t size) {
    ++uses_;
    if (own_ == nullptr) {
      own_ = back_slots_.exchange(nullptr, std::memory_order_acquire);
    }
    // Slots of smaller bodies make room: what is sent now has other sizes than what was.
    while (own_ != nullptr) {
      const auto others = slots_size_ - own_->body.capacity();
      if (others + size <= pooled_size_max) {
        slots_size_ = others + size;
        return std::exchange(own_, own_->next);
      }
      drop_first(own_);
    }
    if (slots_ == pooled_bodies_max || slots_size_ + size > pooled_size_max) {
      return nullptr;
    }
    ++slots_;
    slots_size_ += size;
    auto made = std::make_unique<slot>();
    made->budget = shared_from_this();
    return made.release();
  }
  /// Any thread. All are taken out at once, never one, so nothing else is needed against reuse.
  void put_back(slot* what) {
    what->next = back_slots_.load(std::memory_order_relaxed);
    while (what->next != &closed()) {
      if (back_slots_.compare_exchange_weak(what->next, what, std::memory_order_release,
                                            std::memory_order_relaxed)) {
        return;
      }
    }
    const std::unique_ptr<slot> gone{what}; // and we with it, maybe
  }
  void drop(slot* first) {
    while (first != nullptr) {
      drop_first(first);
    }
  }
  void drop_first(slot*& of) {
    const std::unique_ptr<slot> gone{std::exchange(of, of->next)};
    slots_size_ -= gone->body.capacity();
    --slots_;
  }
  /// Stands for: nothing is put back any more.
  [[nodiscard]] static slot& closed() {
    static slot mark;
    return mark;
  }

  std::size_t size_max_; ///< bytes
  std::shared_ptr<doorbell> bell_;
  std::size_t taken_ = 0;      ///< bytes ever; the link's thread's, as are the next four
  slot* own_ = nullptr;        ///< free
  std::size_t slots_ = 0;      ///< free or not
  std::size_t slots_size_ = 0; ///< bytes of the bodies in them; <= pooled_size_max
  std::size_t uses_ = 0;       ///< of slots, since the last trim()
  std::atomic<std::size_t> enough_back_{0}; ///< what back_ must reach to ring, while starved
  std::atomic<bool> starved_{false};
  alignas(64) std::atomic<std::size_t> back_{0}; ///< bytes ever; <= taken_
  std::atomic<slot*> back_slots_{nullptr};       ///< free, from any thread
};

} // namespace caucus
