#pragma once

#include "messages/block.hpp"
#include "messages/control.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Whose clock is off and by how much, by the times of the headers that leaders propose. No packet
/// asks for it: a leader's header has his own clock's time wherever that is later than its
/// parent's.
/// Pure: the own wall clock is handed in.

namespace caucus::voting {

class clock_watch {
public:
  explicit clock_watch(std::size_t members) : seen_(members) {}

  /// A proposal just heard from `leader` himself, its signature good; `wall`: now, on the own
  /// clock. A header that came late makes its leader's clock look slow, so only the second such in
  /// a row counts. One with its parent's time tells how far the leader is behind at least.
  void heard(member_index leader, const block_header& header, wall_ms parent, wall_ms wall);

  /// Of members further than clock_off_min from ours, ascending.
  [[nodiscard]] std::vector<clock_off> off() const;

private:
  struct reading {
    std::optional<wall_ms> ahead; ///< none: not off, or nothing is known
    bool late_once = false;       ///< the last header looked slow, the one before it did not
  };
  std::vector<reading> seen_; ///< by member
};

/// How far the own clock is ahead of the others' (negative: behind), where most of all others
/// differ from it in one direction and there are two of them at least: then it is our own that is
/// off. Else none.
[[nodiscard]] std::optional<wall_ms> own_clock_ahead(std::span<const clock_off> off,
                                                     std::size_t members);
/// For people; `names`: by member. Empty: no clock is off.
[[nodiscard]] std::string clock_text(std::span<const clock_off> off,
                                     std::span<const std::string> names);

} // namespace caucus::voting
