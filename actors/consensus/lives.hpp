#pragma once

#include "actors/consensus/journal_record.hpp"
#include "actors/consensus/outlet.hpp"
#include "messages/committee.hpp"
#include "messages/ids.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

/// The starts of members' nodes, numbered: whose folder was set back, or runs twice, is told so by
/// others before it votes.
/// Pure. Time: O(members) a call.
///
/// A copy of a folder knows nothing of what was signed after it was made; the others do. So a start
/// takes the next number, makes it durable, and says it, signed, to each member. Each keeps the
/// latest of every other in its own journal, and answers with what it knows: a life that is not
/// below the asker's, and the newest vote that the asker signed. Before a start's first vote q - 1
/// others have answered, and this node is as far as they said: as many are needed for a quorum
/// anyway, so it costs a round trip and no liveness. The rest are waited for, for a moment: who
/// heard its last vote may be one of them. In each epoch anew: who was set back may have
/// signed in a later epoch than that in which it was told.

namespace caucus::voting {

class lives {
public:
  /// Starts are not numbered, and nobody is asked.
  lives() = default;
  /// The life after those that the journal tells of. `salt`: drawn at random.
  lives(std::uint64_t salt, const std::vector<consensus_record>& journal);

  /// An epoch begins, or the process: all is asked anew.
  void follow(const committee& voters, bool is_member);
  /// A member's: its number is in the journal before it is said. Once.
  void begin(const outlet& out);
  [[nodiscard]] bool has_begun() const { return begun_; }
  [[nodiscard]] const life& mine() const { return mine_; }

  /// What this member knows of former lives is told: the latest that is not below this one; its
  /// newest final view.
  void answered(member_index who, const std::optional<life>& later, view final_view);
  /// Enough have answered, and some know of a later life: it takes a number above all of these, and
  /// asks all anew. True: it did.
  [[nodiscard]] bool go_beyond(const outlet& out);
  /// `final_view`: of this node; `is_late`: who has not answered yet is waited for no more. True,
  /// once: now enough have.
  [[nodiscard]] bool learn(view final_view, bool is_late);
  /// Enough others have said what they know of former lives; or nobody is asked.
  [[nodiscard]] bool is_known() const { return told_ || needed_ == 0; }
  [[nodiscard]] std::size_t answer_count() const { return answers_.size(); }
  [[nodiscard]] std::size_t needed() const { return needed_; }

  /// A member says its life: kept, if it is the latest. Returns the one that is known and not below
  /// it, if that is another.
  [[nodiscard]] std::optional<signed_life> heard(const peer_id& who, const signed_life& said,
                                                 const committee& voters, const outlet& out);
  /// It would be kept, as it is not known, or later.
  [[nodiscard]] bool is_later(const peer_id& who, const signed_life& said) const;
  /// For a journal that is rewritten now.
  [[nodiscard]] std::vector<consensus_record> records() const;

private:
  bool counts_ = false;
  bool begun_ = false;
  bool told_ = false;
  bool was_told_ = false; ///< in this epoch, or one before
  life mine_;
  std::size_t needed_ = 0;
  std::size_t others_in_epoch_ = 0;
  std::map<member_index, view> answers_;
  std::optional<life> later_;             ///< the latest that an answer told of
  std::map<peer_id, signed_life> others_; ///< <= lives_kept_max: members, and who was one
};

} // namespace caucus::voting
