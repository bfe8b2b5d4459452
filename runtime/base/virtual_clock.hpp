#pragma once

#include "messages/time.hpp"

#include <functional>

/// Time that passes when it is told to: for tests that drive a shell by hand, and for simulation.
/// One thread. Must outlive the functions it gives out.

namespace caucus {

class virtual_clock {
public:
  explicit virtual_clock(time_point now = time_point{}, wall_ms wall = wall_ms{1'700'000'000'000})
      : now_{now}, wall_{wall} {}

  [[nodiscard]] time_point now() const { return now_; }
  [[nodiscard]] wall_ms wall_now() const {
    return std::chrono::floor<wall_ms>(wall_ + now_.time_since_epoch());
  }

  void advance(duration by) { now_ += by; }
  /// Never back.
  void advance_to(time_point when) { now_ = when < now_ ? now_ : when; }

  [[nodiscard]] std::function<time_point()> steady() const {
    return [this] { return now(); };
  }
  [[nodiscard]] std::function<wall_ms()> wall() const {
    return [this] { return wall_now(); };
  }

private:
  time_point now_;
  wall_ms wall_; ///< at time_point{}
};

} // namespace caucus
