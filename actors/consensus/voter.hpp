#pragma once

#include "actors/consensus/chain.hpp"
#include "actors/consensus/consensus_config.hpp"
#include "actors/consensus/doubt.hpp"
#include "actors/consensus/journal_record.hpp"
#include "actors/consensus/outlet.hpp"
#include "actors/consensus/view_votes.hpp"
#include "messages/committee.hpp"
#include "messages/ids.hpp"
#include "messages/vote.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What this replica signs, and what its journal must hold of it: whether it may sign at all, in
/// which views, and that each word is in the journal before it is said. It does not judge what is
/// worth a vote.
/// Pure.

namespace caucus::voting {

class voter {
public:
  /// `key` outlives this, and is null only for a follower.
  voter(committee voters, std::optional<member_index> self, vote_keeping keeps, const signer* key);

  // -- whether it may sign ------------------------------------------------------------------------
  [[nodiscard]] bool is_member() const { return self_.has_value(); }
  /// False also while the journal takes nothing, or after stop_for_good(), or in doubt.
  [[nodiscard]] bool may_sign() const;
  /// No vote in views up to it: a former life may have voted there, or they are over.
  [[nodiscard]] view silent_to() const { return silent_to_; }
  [[nodiscard]] bool journal_works() const { return journal_works_; }
  void set_journal_works(bool works) { journal_works_ = works; }
  /// No vote any more in this life; the first reason counts.
  void stop_for_good(std::string why);
  [[nodiscard]] const std::string& broken() const { return broken_; }
  /// Every vote is in the journal, and what led to it.
  [[nodiscard]] bool keeps_each() const { return keeps_ == vote_keeping::each; }

  // -- signing ------------------------------------------------------------------------------------
  /// Its vote, which is in the journal's records before. Asserts rules 1 to 3, 7 and 8.
  vote sign(const subject& on, view_votes& there, view current, const outlet& out);
  /// Likewise a proposal, by its header's digest.
  [[nodiscard]] std::shared_ptr<const proposal> sign(block made, const digest& id, view current,
                                                     const outlet& out);
  /// A block that is about to be voted for.
  void keep(std::shared_ptr<const proposal> block, view current, const outlet& out);
  /// A certificate that leads to a vote or into a view.
  void keep(const certificate& seen, view current, const outlet& out);

  // -- the journal --------------------------------------------------------------------------------
  /// At the start, of the records of former lives. `cut`: the journal's end was cut off.
  void restore_doubt(const std::vector<consensus_record>& former, bool cut, const outlet& out);
  void restore(const ceiling& former) { silent_to_ = std::max(silent_to_, former.top); }
  /// A former life's record on a view above the ledger.
  void restore_live(const consensus_record& what) { live_.push_back(what); }
  /// What is in the ledger at the start.
  void start(height durable, view final_view);
  void block_final(height number, view which);
  void ledger_advanced(height durable);
  /// No vote up to `to` any more; what is in the journal of those views goes, but for blocks that
  /// lead on.
  void raise_floor(view to, const chain& blocks);
  [[nodiscard]] height durable() const { return durable_; }
  /// What a journal rewritten now must hold: nothing that a later life still needs is left out.
  [[nodiscard]] std::vector<consensus_record> live_records() const;

  // -- a journal that is gone, was cut, or is older -----------------------------------------------
  [[nodiscard]] const doubt& doubts() const { return doubt_; }
  void answered(member_index who, const doubt::word& said) { doubt_.answered(who, said); }
  /// This certificate, or block, is verified. If this member signed something of its view that no
  /// record tells of, the journal is older than what it signed: it is in doubt from now on.
  void was_shown(const certificate& what, const outlet& out);
  void was_shown(const block_header& what, const outlet& out);
  /// The same of something that it signed in this view.
  void has_signed(view in, const outlet& out);
  /// Others know of a later start of it, of which no record tells.
  void has_lived(const outlet& out);
  /// What this folder knows of its own votes and starts is not all there was.
  [[nodiscard]] bool is_older() const { return was_told_ || doubt_.why() == doubt::cause::older; }
  /// True: the doubt is over. `vote_above`: its operator's word, which is none if something was
  /// signed above it.
  bool settle_doubt(std::optional<view> vote_above, const outlet& out);
  [[nodiscard]] std::string doubt_text(view current) const;
  /// Something that these members signed was seen, and verified.
  void hear_of(std::uint64_t members, const outlet& out);
  /// Something that this member signed was seen, in this life or before.
  [[nodiscard]] bool has_heard_of(member_index who) const { return (heard_of_ & bit_of(who)) != 0; }

  /// Asserts rules 7 and 8.
  void check(view current) const;

private:
  void check_may_sign() const;
  void doubt_older(const outlet& out);
  void write(consensus_record what, view current, const outlet& out);
  void end_doubt(view silent_to, const outlet& out);
  [[nodiscard]] std::string lost_text() const;

  committee voters_;
  std::optional<member_index> self_;
  vote_keeping keeps_;
  const signer* key_;
  bool journal_works_ = true;
  std::string broken_; ///< its own state is not the group's, or the group is broken
  view silent_to_;
  view ceiling_;       ///< vote_keeping::ceiling: no vote above it
  view last_notarize_; ///< of this life: each is in a later view
  view last_nullify_;
  view recorded_to_;      ///< the newest view in which it signed, or may have, say all its records
  bool was_told_ = false; ///< of a later start, in this life
  view shown_to_;         ///< and the newest above that of which others hold something it signed
  std::deque<consensus_record> live_; ///< on views above the newest durable block's
  std::deque<std::pair<height, view>> undurable_;
  height durable_;
  doubt doubt_;
  std::uint64_t heard_of_ = 0; ///< bit i: member i
};

} // namespace caucus::voting
