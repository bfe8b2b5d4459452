#pragma once

#include "runtime/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

/// A queue that keeps its memory: a lane fills and empties many times a second, and a deque would
/// take a chunk and give it back each time.
/// Pure.

namespace caucus {

template <class T>
class waiting_queue {
public:
  /// What an empty queue keeps at most: 56 KiB of waiting frames.
  static constexpr std::size_t kept_max = 1'024;

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::size_t size() const { return count_; }
  /// Precondition: not empty.
  [[nodiscard]] const T& front() const { return slots_[first_]; }

  /// Amortized O(1).
  void push_back(T what) {
    if (count_ == slots_.size()) {
      grow();
    }
    slots_[(first_ + count_) & (slots_.size() - 1)] = std::move(what);
    ++count_;
  }
  /// Precondition: not empty.
  T pop_front() {
    CAUCUS_ASSERT(count_ > 0);
    T out = std::exchange(slots_[first_], T{});
    first_ = (first_ + 1) & (slots_.size() - 1);
    if (--count_ == 0 && slots_.size() > kept_max) {
      slots_ = {};
      first_ = 0;
    }
    return out;
  }
  void clear() {
    while (!empty()) {
      static_cast<void>(pop_front());
    }
  }

private:
  void grow() {
    std::vector<T> more(std::max<std::size_t>(slots_.size() * 2, 16));
    for (std::size_t i = 0; i < count_; ++i) {
      more[i] = std::move(slots_[(first_ + i) & (slots_.size() - 1)]);
    }
    slots_ = std::move(more);
    first_ = 0;
  }

  std::vector<T> slots_; ///< size 0 or a power of two
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

} // namespace caucus
