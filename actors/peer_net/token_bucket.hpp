#pragma once

#include "messages/time.hpp"

#include <algorithm>
#include <cstdint>

/// How much of something a peer is given over time.
/// Pure. What is taken may run into debt once: whoever must take whole frames waits afterwards.

namespace caucus {

class token_bucket {
public:
  /// `rate` a second, > 0; a quiet second's worth can be taken at once. Full at `now`.
  token_bucket(std::uint64_t rate, time_point now)
      : rate_{static_cast<std::int64_t>(rate)}, scaled_{rate_ * scale}, at_{now} {}

  void take(std::uint64_t count) { scaled_ -= static_cast<std::int64_t>(count) * scale; }

  /// Refills. When the debt, if any, is paid; `now` if there is none.
  [[nodiscard]] time_point ready_at(time_point now) {
    // Time that fills it, and no more: the product stays in range however long it was quiet.
    const auto enough = (rate_ * scale - scaled_ + rate_ - 1) / rate_;
    const auto passed = std::clamp<std::int64_t>((now - at_).count(), 0, enough);
    at_ = std::max(at_, now);
    scaled_ = std::min(scaled_ + passed * rate_, rate_ * scale);
    return scaled_ >= 0 ? now : now + duration{(-scaled_ + rate_ - 1) / rate_};
  }

  /// As if nothing had ever been taken.
  [[nodiscard]] bool full(time_point now) {
    static_cast<void>(ready_at(now));
    return scaled_ == rate_ * scale;
  }

private:
  /// Microseconds in a second: a token is `scale` small ones, and `rate` of those come a
  /// microsecond.
  static constexpr std::int64_t scale = 1'000'000;

  std::int64_t rate_;   ///< tokens a second; <= 2^32, so that a second's worth fits
  std::int64_t scaled_; ///< tokens x scale; <= rate_ x scale
  time_point at_;       ///< refilled up to
};

} // namespace caucus
