#pragma once

#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <optional>
#include <vector>

/// The time of views: when a view's timers started, how long they are, who is silent.
/// Pure: time is handed in.

namespace caucus::voting {

struct pace {
  duration delta;     ///< the first guess; the least
  duration delta_max; ///< the most
  duration skip_timeout;
};

class pacemaker {
public:
  /// `delta`: where it begins, within the pace's bounds; none: with the first guess.
  pacemaker(pace its_pace, std::size_t members, std::optional<duration> delta = {});

  void enter(time_point now);
  [[nodiscard]] time_point entered_at() const { return entered_at_; }

  /// Starts the timers of this view, unless they run.
  void start(time_point now);
  void stop() { started_at_.reset(); }
  [[nodiscard]] bool running() const { return started_at_.has_value(); }
  /// The proposal must be here by then: 2 deltas. Precondition: running().
  [[nodiscard]] time_point leader_due() const { return *started_at_ + 2 * delta_; }
  /// It must be certified by then: 3 deltas. Precondition: running().
  [[nodiscard]] time_point advance_due() const { return *started_at_ + 3 * delta_; }
  /// A leader without payload waits until then for the tip to be final: the least delta, as
  /// another's leader_due() is two of its own, which may be that of one that has just begun.
  [[nodiscard]] time_point wait_due() const { return entered_at_ + pace_.delta; }

  [[nodiscard]] duration delta() const { return delta_; }
  /// A block is final: delta shrinks towards its least.
  void passed();
  /// A view was nullified. The second in a row without a final block, and each after it, makes
  /// delta longer: one dead leader alone does not.
  void failed();

  /// Views nullified since the last final block.
  [[nodiscard]] std::size_t failures() const { return failures_; }

  /// Time counts for silence only while the group is busy: nobody talks in an idle group.
  void count(bool busy, time_point now);
  void heard(member_index who);
  /// `who` said nothing for skip_timeout of busy time, but `needed` members (this one too) did.
  [[nodiscard]] bool silent(member_index who, std::optional<member_index> self,
                            std::size_t needed) const;
  /// Who is not silent, this one too.
  [[nodiscard]] std::size_t talking(std::optional<member_index> self) const;

private:
  [[nodiscard]] bool talks(std::size_t index) const {
    return busy_ - heard_at_[index] <= pace_.skip_timeout;
  }

  pace pace_;
  duration delta_;
  time_point entered_at_{};
  std::optional<time_point> started_at_;
  std::size_t failures_ = 0; ///< views nullified since the last final block
  duration busy_{0};         ///< time in which the group was busy
  bool counting_ = false;
  time_point counted_to_{};
  std::vector<duration> heard_at_; ///< by member, in busy time
};

} // namespace caucus::voting
