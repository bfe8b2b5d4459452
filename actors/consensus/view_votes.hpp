#pragma once

#include "actors/consensus/consensus_limits.hpp"
#include "messages/block.hpp"
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
  vote what;
  check_state state = check_state::no;
};

struct kept_proposal {
  std::shared_ptr<const proposal> what;
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
  /// Leaves certificates and own votes alone.
  void trim();

  // What this replica signed.
  std::optional<vote> notarized;
  std::optional<vote> nullified;
  std::optional<vote> finalized;

  std::optional<certificate> notarization;
  std::optional<certificate> nullification;

  std::vector<kept_proposal> proposals; ///< of the view's leader; <= proposals_per_view_max
  std::shared_ptr<const proposal> own_proposal;
  bool proposals_conflict = false; ///< told already

private:
  /// Bit i: member i has a vote on `on` of that state or a better one.
  [[nodiscard]] std::uint64_t signers_of(const subject& on, check_state least) const;

  std::vector<kept_vote> votes_;     ///< in the order they came
  std::uint64_t conflicts_told_ = 0; ///< bit i: member i's
};

/// An honest member signs at most one of the two.
[[nodiscard]] bool contradict(const subject& a, const subject& b);

} // namespace caucus::voting
