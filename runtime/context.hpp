#pragma once

#include "messages/time.hpp"
#include "runtime/base/doorbell.hpp"
#include "runtime/random.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>

/// What a shell may ask of the place it lives in. Free of CAF, so a test can drive a shell by hand,
/// with rings and a clock of its own (runtime/base/virtual_clock.hpp). Used by the actor's turns
/// only; good for one life.

namespace caucus {

class context {
public:
  /// Steady time, wall-clock time, and the bell that gives the actor a turn. A test may leave out
  /// what its actor does not ask for.
  explicit context(
    std::function<time_point()> clock, std::function<wall_ms()> wall = [] { return wall_ms{0}; },
    std::shared_ptr<doorbell> bell = std::make_shared<doorbell>([] {}),
    std::function<std::uint64_t()> random = system_random)
      : clock_{std::move(clock)}, wall_{std::move(wall)}, bell_{std::move(bell)}, random_{std::move(
                                                                                    random)} {}

  /// Steady; the zero is the clock's own affair.
  [[nodiscard]] time_point now() const { return clock_(); }
  /// May jump either way. For headers and people, never for a time-out.
  [[nodiscard]] wall_ms wall_now() const { return wall_(); }

  /// 64 bits that nobody can foretell, other ones each time.
  [[nodiscard]] std::uint64_t random() const { return random_(); }

  /// Asks for a turn at `when` or soon after. Other turns may come before it: in each turn the
  /// actor compares now() with what is due. Timers cannot be cancelled; a turn may find nothing
  /// due.
  void wake_at(time_point when) { wanted_.insert(when); }

  /// A hint: the node is shutting down. The turns that still come are for what is in the inboxes;
  /// the life ends with the first turn that finds nothing to do, or at its deadline.
  [[nodiscard]] bool stopping() const { return stopping_; }

  /// The doorbell of the actor's place, for helpers that wake the actor, such as a worker pool. Any
  /// thread may ring it.
  [[nodiscard]] const std::shared_ptr<doorbell>& bell() const { return bell_; }

  // -- for the host, or a test in its place -------------------------------------------------------

  /// The earliest time still to come. Forgets the times that have passed.
  [[nodiscard]] std::optional<time_point> next_wake() {
    wanted_.erase(wanted_.begin(), wanted_.upper_bound(now()));
    return wanted_.empty() ? std::nullopt : std::optional{*wanted_.begin()};
  }
  void say_stopping() { stopping_ = true; }

private:
  std::function<time_point()> clock_;
  std::function<wall_ms()> wall_;
  std::shared_ptr<doorbell> bell_;
  std::function<std::uint64_t()> random_;
  std::set<time_point> wanted_;
  bool stopping_ = false;
};

} // namespace caucus
