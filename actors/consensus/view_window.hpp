#pragma once

#include "actors/consensus/chain.hpp"
#include "actors/consensus/view_votes.hpp"
#include "messages/committee.hpp"
#include "messages/ids.hpp"
#include "messages/vote.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

/// The views of which anything is held: those above the newest final one, and above the floor.
/// Pure.
/// What is kept stays bounded while nothing becomes final. Let p be the newest notarized block
/// whose ancestors are all held. Blocks from the tip to p, and certificates of p and of the views
/// above it, are all that anybody needs to go on: a block on p, or above it, rests on no view
/// below; and a member that does not know p is sent its certificate within a retry interval. So all
/// below p, and a margin for late votes, goes: the *floor*. Rules 1 and 2 hold there as nothing is
/// signed there any more, also in a later life (`ceiling`). Above p each view is nullified, and a
/// later proposal on p rests on each of those certificates: they stay.

namespace caucus::voting {

class view_window {
public:
  view_window(committee voters, std::optional<member_index> self)
      : voters_{std::move(voters)}, self_{self} {}

  /// Views up to it are over: final, or below the floor.
  [[nodiscard]] view over() const { return std::max(final_, floor_); }
  [[nodiscard]] std::size_t size() const { return views_.size(); }
  [[nodiscard]] bool empty() const { return views_.empty(); }
  /// Null: nothing is held of it.
  [[nodiscard]] const view_votes* find(view which) const;
  /// To change it. Null: nothing is held of it.
  [[nodiscard]] view_votes* edit(view which);
  /// To change it. Asserts that it is not over.
  [[nodiscard]] view_votes& open(view which);
  /// To read it, though nothing may be held of it yet. Asserts that it is not over.
  [[nodiscard]] const view_votes& hold(view which);

  /// Asserts that it is a notarization or nullification, and the first of its view.
  view_votes& certify(const certificate& what);
  /// Views that are notarized and not over, ascending.
  [[nodiscard]] const std::set<view>& notarized() const { return notarized_; }
  /// Precondition: notarized() has it.
  [[nodiscard]] const certificate& notarization_of(view which) const;
  /// What was certified of [first, last], whole views, up to `count_max` certificates.
  [[nodiscard]] std::vector<certificate> certificates(view first, view last,
                                                      std::size_t count_max) const;
  /// The newest of the views above the tip by whose certificate one leaves it; null: none from
  /// `least` on.
  [[nodiscard]] const certificate* newest_outcome(view least) const;
  /// Of the notarized views whose block is held, the newest one's; null: none is.
  [[nodiscard]] const certificate* newest_held(const chain& blocks) const;
  /// No view above it has an own finalize vote.
  [[nodiscard]] bool bounds_own_finalizes(view which) const;

  // -- rule 4 -------------------------------------------------------------------------------------
  /// The first view between the two, exclusive, that is not nullified. O(views between).
  [[nodiscard]] std::optional<view> first_gap(view parent, view child) const;
  /// Computed apart from first_gap(): so many views between the two, exclusive, are nullified.
  [[nodiscard]] std::size_t nullified_count(view parent, view child) const;

  /// Of the notarized views whose block's parent's roots were not compared with ours: `compared`
  /// says whether they now were.
  template <class Compared>
  void compare(Compared compared) {
    for (const auto which : notarized_) {
      views_.find(which)->second.compare(compared);
    }
  }

  // -- what goes ----------------------------------------------------------------------------------
  /// What is held now was restored: it does not count for is_full().
  void count_restored() { restored_count_ = views_.size(); }
  [[nodiscard]] bool is_full(std::size_t count_max) const {
    return views_.size() >= restored_count_ + count_max;
  }
  /// Votes and proposals of this view may still decide something.
  [[nodiscard]] bool is_votable(view which, view current) const;
  /// Of views far behind the current one certificates and own votes alone stay, but of notarized
  /// ones all.
  void trim(view current);
  /// Where the floor may rise to: all ancestors of a notarized block above it are held. None: it
  /// stays.
  [[nodiscard]] std::optional<view> higher_floor(const chain& blocks) const;
  /// Asserts that it rises, below the current view.
  void raise_floor(view to, view current);
  void set_final(view newest);

  /// Asserts what must hold of the views that changed since the last call, and of the bounds.
  /// O(what changed).
  void check(view current);

private:
  void forget_over();
  void touch(view which);

  committee voters_;
  std::optional<member_index> self_;
  std::map<view, view_votes> views_; ///< above over(); no votes above the current one's next
  std::set<view> notarized_;         ///< those of them; few, as the floor follows the newest
  view final_;
  view floor_;
  view trimmed_; ///< views below it hold certificates and own votes alone, but for notarized ones
  std::size_t restored_count_ = 0;
  std::vector<view>
    touched_; ///< since the last check; kept, so that a step allocates nothing for it
};

} // namespace caucus::voting
