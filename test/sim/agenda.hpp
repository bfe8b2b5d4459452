#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <utility>
#include <vector>

/// Virtual time, what is to happen when, and the dice of a world. Equal seeds give equal runs.
/// One thread.

namespace caucus::sim {

class agenda {
public:
  explicit agenda(std::uint64_t seed) : dice_{seed} {}
  agenda(const agenda&) = delete;
  agenda& operator=(const agenda&) = delete;

  [[nodiscard]] time_point now() const { return now_; }
  /// Since the beginning.
  [[nodiscard]] duration passed() const { return now_ - begin; }

  /// Not before now; things of one time happen in the order in which they were put down.
  void at(time_point when, std::function<void()> what) {
    queue_.push({when < now_ ? now_ : when, ++order_, std::move(what)});
  }
  void in(duration span, std::function<void()> what) { at(now_ + span, std::move(what)); }

  /// Lets the next thing happen, if it is due by `until`; else it is `until`, and false.
  bool step(time_point until) {
    if (queue_.empty() || queue_.top().when > until) {
      now_ = until > now_ ? until : now_;
      return false;
    }
    auto next = std::move(const_cast<due&>(queue_.top())); // popped at once
    queue_.pop();
    now_ = next.when;
    ++happened_;
    next.what();
    return true;
  }

  /// Uniform enough, and the same with every standard library. `limit` > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return dice_() % limit; }
  [[nodiscard]] std::uint64_t random() { return dice_(); }
  [[nodiscard]] duration at_random(duration most) {
    return duration{static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most.count()) + 1))};
  }

  /// FNV-1a over what happened: equal runs have equal hashes.
  void trace(std::uint64_t what) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      trace_ = (trace_ ^ ((what >> shift) & 0xffU)) * 0x100000001b3U;
    }
  }
  [[nodiscard]] std::uint64_t trace() const { return trace_; }
  [[nodiscard]] std::uint64_t happened() const { return happened_; }

private:
  struct due {
    time_point when;
    std::uint64_t order;
    std::function<void()> what;
    friend bool operator<(const due& a, const due& b) {
      return std::pair{b.when, b.order} < std::pair{a.when, a.order};
    }
  };
  /// Not zero, which shells take for "never".
  static constexpr time_point begin{duration{1'000'000'000}};

  time_point now_ = begin;
  std::priority_queue<due> queue_;
  std::uint64_t order_ = 0;
  std::mt19937_64 dice_;
  std::uint64_t trace_ = 0xcbf29ce484222325; ///< FNV-1a's offset basis
  std::uint64_t happened_ = 0;
};

} // namespace caucus::sim
