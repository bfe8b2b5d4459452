#pragma once

#include "messages/ordering.hpp"
#include "messages/time.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

/// Whether the group passes heights, and since when it does not.
/// Pure: time is handed in.

namespace caucus::voting {

class progress_watch {
public:
  explicit progress_watch(duration standstill_after) : after_{standstill_after} {}

  void became_final(time_point now) { final_at_ = now; }
  /// When the tip became final here.
  [[nodiscard]] time_point final_at() const { return final_at_; }
  void link_came() { refused_.clear(); }
  void link_refused(std::string why) { refused_ = std::move(why); }
  /// Why the last node that was dialled refused a link; empty: a link came since.
  [[nodiscard]] const std::string& refused() const { return refused_; }
  [[nodiscard]] bool stands() const { return standstill_.active; }

  void note(bool is_busy, bool is_linked, time_point now) {
    since(busy_from_, is_busy, now);
    since(alone_from_, !is_linked, now);
  }
  /// When it stands still, if nothing changes: busy without a final block for long, or without
  /// links: long enough for links to be made anew at a start; then there is nothing to wait for.
  [[nodiscard]] std::optional<time_point> busy_due() const {
    return busy_from_ ? std::optional{std::max(*busy_from_, final_at_) + after_} : std::nullopt;
  }
  [[nodiscard]] std::optional<time_point> alone_due() const {
    return alone_from_ ? std::optional{*alone_from_ + after_ / 4} : std::nullopt;
  }
  /// What is to be told, if it changed.
  [[nodiscard]] std::optional<standstill> changed(bool stands, std::string why) {
    if (stands == standstill_.active && why == standstill_.reason) {
      return std::nullopt;
    }
    standstill_ = {stands, std::move(why)};
    return standstill_;
  }

private:
  static void since(std::optional<time_point>& from, bool is, time_point now) {
    if (!is) {
      from.reset();
    } else if (!from) {
      from = now;
    }
  }

  duration after_;
  time_point final_at_{};
  std::optional<time_point> busy_from_;
  std::optional<time_point> alone_from_;
  standstill standstill_; ///< as told last
  std::string refused_;
};

} // namespace caucus::voting
