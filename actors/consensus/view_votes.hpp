#pragma once

#include "actors/consensus/consensus_limits.hpp"
#include "actors/consensus/own_votes.hpp"
#include "messages/block.hpp"
#include "messages/committee.hpp"
#include "messages/evidence.hpp"
#include "messages/ids.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

/// All that was said in one view: votes, proposals, and the certificates that came of them.
/// Pure.
/// A vote is taken unchecked, as it came over its signer's own link, but counts only when checked,
/// and only as many are checked as a quorum needs. A member that signs two different votes counts
/// for both: two quorums share an honest member whatever liars sign, and so a liar that
/// contradicts himself holds nothing back.

namespace caucus::voting {

enum class check_state : std::uint8_t { no, asked, good }; // in this order

struct kept_vote {
  caucus::vote vote;
  check_state state = check_state::no;
};

struct kept_proposal {
  std::shared_ptr<const caucus::proposal> proposal;
  digest id;
  check_state state = check_state::no;
};

class view_votes {
public:
  enum class added : std::uint8_t {
    fresh,    ///< kept
    repeated, ///< held already
    surplus,  ///< the member has said enough in this view
  };

  /// O(votes kept). A vote that is known to be good is added as such (`state`).
  added add(const vote& what, check_state state);
  /// Unchecked votes on `on` that a quorum still lacks, and those that contradict another vote of
  /// `from`; marked as asked. Empty for the first kind once `on` is certified.
  [[nodiscard]] std::vector<vote> take_unchecked(const subject& on, member_index from,
                                                 std::size_t needed, bool certified);
  /// A bad one is forgotten.
  void settle(const vote& what, bool good);
  /// Whether this very vote was found good.
  [[nodiscard]] bool is_good(const vote& what) const;
  [[nodiscard]] std::size_t good_count(const subject& on) const;
  /// Members whose vote on `on` is good or being checked.
  [[nodiscard]] std::size_t hopeful_count(const subject& on) const;
  [[nodiscard]] bool any_asked(const subject& on) const;
  /// Good votes on `on`, ascending by member, one each.
  [[nodiscard]] std::vector<vote> good_votes(const subject& on, std::size_t count_max) const;
  /// The first two good votes of `from` that an honest member never signs both; once a member.
  [[nodiscard]] std::optional<conflicting_votes> take_conflict(member_index from);
  [[nodiscard]] bool empty() const { return votes_.empty(); }
  // -- the leader's proposals ---------------------------------------------------------------------
  [[nodiscard]] const std::vector<kept_proposal>& proposals() const { return proposals_; }
  [[nodiscard]] const kept_proposal* find_proposal(const digest& id) const;
  /// The first whose signature is good. Null: none.
  [[nodiscard]] const kept_proposal* good_proposal() const;
  /// Asserts that it is not held, and that there is room.
  void add_proposal(kept_proposal fresh);
  [[nodiscard]] bool has_room() const { return proposals_.size() < proposals_per_view_max; }
  /// A bad one is forgotten. Null: it is, or was.
  const kept_proposal* settle_proposal(const digest& id, bool good);
  /// Another good one beside `id`, which proves that the leader lied; told once.
  [[nodiscard]] const kept_proposal* take_rival(const digest& id);
  /// What this replica proposed as the leader; null: nothing.
  [[nodiscard]] const std::shared_ptr<const proposal>& own_proposal() const { return proposed_; }
  /// Asserts that it proposed nothing yet.
  void set_own_proposal(std::shared_ptr<const proposal> made);

  // -- what this replica signed, what the group decided -------------------------------------------
  [[nodiscard]] const own_votes& own() const { return own_; }
  /// An own vote counts as good. Asserts rules 1 to 3.
  void sign(const vote& mine);
  /// Of a former life. False: it contradicts another one.
  [[nodiscard]] bool restore(const vote& mine);
  [[nodiscard]] const certificate* notarization() const {
    return notarized_ ? &notarized_->certificate : nullptr;
  }
  [[nodiscard]] const certificate* nullification() const {
    return nullification_ ? &*nullification_ : nullptr;
  }
  [[nodiscard]] const certificate* certificate_of(vote_kind kind) const;
  /// The newest of them, by which a view is left; null: none.
  [[nodiscard]] const certificate* outcome() const {
    return notarized_ ? notarization() : nullification();
  }
  /// A notarization or nullification. Asserts that there is none of its kind.
  void certify(const certificate& what);
  /// If it is notarized, and the roots that its block names not compared with ours: `compared` says
  /// of the notarization whether they now were.
  template <class Compared>
  void compare(Compared compared) {
    if (notarized_ && !notarized_->compared) {
      notarized_->compared = compared(notarized_->certificate);
    }
  }

  /// Leaves certificates and own votes alone.
  void trim();
  /// Asserts rules 1 to 3, 6 and 10. O(votes kept).
  void check(view which, const committee& voters, std::optional<member_index> self) const;

private:
  /// Bit i: member i has a vote on `on` of that state or a better one.
  [[nodiscard]] std::uint64_t signers_of(const subject& on, check_state least) const;

  struct notarized {
    caucus::certificate certificate;
    bool compared = false; ///< the roots that its block names, with ours
  };

  std::vector<kept_vote> votes_;         ///< in the order they came
  std::uint64_t conflicts_told_ = 0;     ///< bit i: member i's
  std::vector<kept_proposal> proposals_; ///< of the view's leader; <= proposals_per_view_max
  std::shared_ptr<const proposal> proposed_;
  bool rival_told_ = false;
  own_votes own_;
  std::optional<notarized> notarized_;
  std::optional<certificate> nullification_;
};

} // namespace caucus::voting
