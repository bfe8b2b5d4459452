#pragma once

#include "actors/consensus/chain.hpp"
#include "actors/consensus/clock_watch.hpp"
#include "actors/consensus/consensus_config.hpp"
#include "actors/consensus/consensus_io.hpp"
#include "actors/consensus/doubt.hpp"
#include "actors/consensus/link_table.hpp"
#include "actors/consensus/mempool.hpp"
#include "actors/consensus/pacemaker.hpp"
#include "actors/consensus/view_votes.hpp"
#include "messages/control.hpp"
#include "runtime/base/turn.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

/// One replica, or follower, of one group: Simplex. The protocol, what differs from the paper, and
/// why it is safe: README.md.
/// Pure: no clock, socket, thread, file or randomness. Equal events give equal actions.
/// Whatever peers say is hostile: it never fails an assertion, and what is held of it is bounded by
/// consensus_limits.hpp.

namespace caucus {

class consensus {
public:
  using event = voting::event;
  using action = voting::action;
  using tick = voting::tick;

  /// `key` outlives this, and may be null for a follower. `journal`: all records of former lives,
  /// in the order written; `cut`: its end was damaged and cut off. A member with an empty journal, or with
  /// one that was cut, votes only when others have told how far the group had come (doubt.hpp). Asserts the
  /// ranges of the config.
  consensus(consensus_config config, const voting::signer* key,
            std::vector<voting::journal_record> journal = {}, bool cut = false);

  /// Applies `what`, appends what is to be done to `out`, in order. What a peer did wrong is an
  /// `accuse`. Nothing is done before the notary's ledger_tip but to note links and batches.
  /// `now` never goes back.
  void step(voting::event what, time_point now, wall_ms wall, voting::actions& out);
  void step(voting::event what, const turn<action>& now) {
    step(std::move(what), now.now, now.wall, now.out);
  }
  /// Nothing is done in bulk.
  void finish_turn(const turn<action>& /*now*/) {}
  [[nodiscard]] std::optional<time_point> next_wake() const { return wake_; }

  [[nodiscard]] consensus_status status() const;
  /// Why it votes no more in this life: our own state is not the group's, or the group is broken.
  /// Empty: all is well.
  [[nodiscard]] const std::string& broken() const { return broken_; }
  /// It does not know all that it signed, and does not vote until it does.
  [[nodiscard]] bool in_doubt() const { return doubt_.is_open(); }
  /// And as far as it knows it is not just new: an operator wants to hear of it.
  [[nodiscard]] bool is_forgetful() const { return doubt_.is_open() && !doubt_.may_be_new(); }
  [[nodiscard]] view current() const { return view_; }
  /// Members whose clocks are off.
  [[nodiscard]] std::vector<clock_off> clocks() const { return clocks_.off(); }
  /// Views of which anything is held: those above the newest final one, and few of them.
  [[nodiscard]] std::size_t held_view_count() const { return views_.size(); }
  /// Nothing became final in so many views that no more is kept: no votes until something is final.
  [[nodiscard]] bool full() const;
  /// What a journal rewritten now must hold: nothing that a later life still needs is left out.
  [[nodiscard]] std::vector<voting::journal_record> live_records() const;

private:
  // -- consensus.cpp: what happens, and the order of moves ------------------------------------------
  void on(const voting::tick&) {}
  void on(voting::heard& what);
  void on(const link_up& what);
  void on(const link_down& what);
  void on(const link_refused& what);
  void on(const request_ended& what);
  void on(const voting::checked& what);
  void on(const voting::journal_state& what);
  void on(const ledger_tip& what);
  void on(const batch_held& what);
  void on(const batch_gone& what);
  void on(const executed& what);
  void on(const ledger_advanced& what);
  void on(const state_diverged& what);
  void on(const finalize_bound_wanted& what); ///< consensus_bound.cpp
  /// No vote any more in this life; the first reason counts.
  void stop_for_good(std::string why);
  void restore(const voting::journal_record& what);
  void restore(const vote& mine);
  void restore(const voting::seen_block& what);
  void restore(const certificate& what);
  /// What is known of a view is restored: if it is notarized, its block is.
  void mark_notarized(const voting::view_votes& there);
  /// Does all that has become possible.
  void drive();
  void watch_progress();
  void wake_at(time_point when);
  [[nodiscard]] bool linked() const;
  [[nodiscard]] std::string why_it_stands() const;

  // -- consensus_doubt.cpp: what a new life must be told before it signs ----------------------------
  /// Of the journal's records: those that are no view's.
  void restore_doubt();
  /// Something that these members signed was seen, and verified.
  void hear_of(std::uint64_t members);
  void judge_lone_journal();
  void ask_views();
  void ask_views_of(voting::peer_link& who);
  void hear_view(voting::peer_link& from, view_response& what);
  void settled_view(member_index who, const view_response& what, bool good);
  void settle_doubt();
  void end_doubt(view silent_to);
  [[nodiscard]] std::string doubt_text() const;
  void hear(voting::peer_link& from, const view_request& what, std::uint64_t msg_id);
  /// A member answered a tip_request; `newest`: the final view that it named, or 0.
  void note_tip(member_index who, view newest);
  void learn_height();
  void ask_tips();

  // -- consensus_hear.cpp: what peers say -----------------------------------------------------------
  void hear(voting::peer_link& from, std::shared_ptr<const proposal> what);
  /// A certified block beside another proposal of its leader: evidence, if he signed both.
  void suspect(const proposal& certified, const digest& id);
  void hear(voting::peer_link& from, const vote& what);
  void hear(voting::peer_link& from, const proposal_request& what, std::uint64_t msg_id);
  void hear(voting::peer_link& from, const certificate_request& what, std::uint64_t msg_id);
  void hear(voting::peer_link& from, const tip_request& what, std::uint64_t msg_id);
  void check_votes(const subject& on, member_index from);
  void settled(const vote& what, bool good);
  void settled_proposal(view in, const digest& id, bool good);
  void help(voting::peer_link& behind, view seen);
  void blame_link(const voting::peer_link& whom, errc why, std::string detail);
  [[nodiscard]] bool may_ask(voting::peer_link& who);

  // -- consensus_votes.cpp: what this replica says --------------------------------------------------
  enum class verdict : std::uint8_t { wait, good, bad };
  [[nodiscard]] bool can_vote() const;
  [[nodiscard]] member_index leader_of(view in) const;
  [[nodiscard]] bool busy() const;
  [[nodiscard]] bool view_started() const;
  void run_clock();
  void skip_silent();
  void propose();
  [[nodiscard]] std::optional<digest> choose_parent();
  void judge_proposals();
  [[nodiscard]] verdict judge(const voting::kept_proposal& what);
  [[nodiscard]] verdict judge_parent(const block_header& header);
  [[nodiscard]] verdict judge_batches(const voting::kept_proposal& what);
  void fire_timers();
  /// Whether what was executed here is what this certified header says of its parent; true also while
  /// that is not known. If not, this replica stops for good.
  bool compare(const block_header& certified);
  void compare_certified();
  void cast_finalizes();
  void nullify();
  void cast(vote_kind kind, view in, const digest& of);
  void write(voting::journal_record what);
  void certify(const subject& on);
  void enter(view next, std::optional<certificate> by);

  // -- consensus_certificates.cpp: what the group has decided ---------------------------------------
  void offer(voting::peer_link& from, certificate what, std::shared_ptr<const proposal> block);
  [[nodiscard]] bool useless(const subject& on) const;
  [[nodiscard]] bool may_join(const subject& on) const;
  void check_candidates();
  void check_candidate(const subject& on);
  void settled_candidate(const subject& on, std::uint64_t token, bool good);
  void drop_candidates(const subject& on);
  void accept(const certificate& what, bool own);
  void on_notarization(const certificate& what);
  void on_finalization(const certificate& what);
  /// False: blocks are missing.
  bool commit(const certificate& what);
  void after_commit();
  void tell_notarized();
  void try_target();

  // -- consensus_memory.cpp: what is kept of views that are not final ------------------------------
  /// Views up to it are over: final, or below a notarized block that all of ours descends from.
  [[nodiscard]] view over() const { return std::max(chain_.tip().header.in, floor_); }
  /// Votes and proposals of this view may still decide something.
  [[nodiscard]] bool votable(view in) const;
  void forget_passed();
  void raise_floor(view to);

  // -- consensus_bound.cpp: up to where this replica may have signed `finalize` --------------------
  /// False: not a member, or not one that may say anything of its former lives.
  [[nodiscard]] bool can_tell_finalize_bound() const;
  /// Of those whose block is held, else the tip; and what shows it, null where nothing is at hand.
  [[nodiscard]] std::pair<const block_header*, const certificate*> newest_notarized() const;
  /// No life of this replica signed `finalize` for a header of a view above it.
  [[nodiscard]] bool bounds_own_finalizes(const block_header& what) const;

  // -- consensus_catch_up.cpp: what is missing, and what is sent again ------------------------------
  struct want {
    std::uint64_t tag = 0; ///< of the request on its way; 0: none
    std::uint64_t attempts = 0;
    time_point due{};
    std::uint64_t first = 0; ///< the server asked first; then each in turn
  };
  void list_wants();
  void ask();
  void ask_chain();
  void ask_certificates();
  void hear_response(voting::peer_link& from, std::uint64_t tag, voting::message& what);
  void hear_certificates(voting::peer_link& from, certificate_page& held);
  void hear_tip(voting::peer_link& from, tip_response& what);
  void hear_block(voting::peer_link& from, digest id, std::optional<proposal> what);
  void hear_page(voting::peer_link& from, chain_page& what);
  void settled_page(bool good);
  void request_over(std::uint64_t tag);
  void resend();
  [[nodiscard]] std::vector<voting::message> open_messages() const;
  [[nodiscard]] bool anything_open() const;

  // -- sending --------------------------------------------------------------------------------------
  void to_members(voting::message what);
  void to_link(link_id to, voting::message what);
  void respond(link_id to, std::uint64_t msg_id, voting::message what);
  [[nodiscard]] std::uint64_t request(link_id to, voting::message what);
  void tell(to_notary what);

  [[nodiscard]] voting::view_votes* find_view(view in);
  [[nodiscard]] const voting::view_votes* find_view(view in) const;
  [[nodiscard]] std::size_t members() const { return config_.members.size(); }
  [[nodiscard]] std::size_t quorum_size() const;

  consensus_config config_;
  const voting::signer* key_;
  std::vector<voting::journal_record> journal_; ///< of former lives; empty once started

  // The step that runs.
  time_point now_{};
  wall_ms wall_{0};
  voting::actions* out_ = nullptr;
  bool moved_ = false; ///< something was done: look again what has become possible

  bool started_ = false;
  bool journal_works_ = true;
  std::string broken_; ///< our own state is not the group's, or the group is broken: no votes
  view view_;
  std::optional<certificate> entered_by_;
  view ceiling_;   ///< vote_keeping::ceiling: no vote above it
  view silent_to_; ///< no vote in views up to it: a former life may have voted there, or it is over
  view floor_;     ///< see raise_floor()
  view trimmed_;   ///< views below it hold certificates and own votes alone, but for notarized ones
  std::size_t restored_views_ = 0;
  std::size_t restored_blocks_ = 0;
  std::map<view, voting::view_votes> views_; ///< above the tip's view; no votes above view_ + 1
  std::set<view> to_finalize_;               ///< notarized, not yet finalized or nullified by us
  std::set<view> uncompared_; ///< notarized, the parent's roots not compared with ours
  std::set<view> notarized_;  ///< notarized views, none final
  voting::chain chain_;
  voting::mempool mempool_;
  voting::link_table links_;
  voting::pacemaker pace_;
  voting::clock_watch clocks_;
  std::optional<certificate> target_; ///< a finalization whose blocks are not all held

  // Batches of the judged proposal that are not held yet.
  digest awaited_for_;
  std::set<digest> awaited_;

  // Checks on their way.
  struct proposal_check {
    view in;
    digest id;
  };
  struct page_check {};
  struct view_check {
    member_index who;
    link_id from;
    view_response what;
  };
  using pending =
    std::variant<vote, subject, proposal_check, page_check, conflicting_proposals, view_check>;
  std::unordered_map<std::uint64_t, pending> checks_;
  struct candidate {
    certificate what;
    link_id from;
    std::shared_ptr<const proposal> block; ///< null: none came along
    std::uint64_t token = 0;               ///< of its check; 0: not asked for
  };
  /// The first of each is checked, but while the votes that are here may make the same certificate.
  std::map<subject, std::deque<candidate>> candidates_;
  struct page {
    link_id from;
    std::vector<std::shared_ptr<const proposal>> blocks;
    std::vector<digest> ids;
    certificate finalization;
  };
  std::optional<page> page_; ///< being checked
  std::uint64_t tokens_ = 0; ///< tokens and tags ever given

  // Requests on their way.
  std::map<digest, want> wants_;
  bool wants_changed_ = false;
  std::uint64_t chain_tag_ = 0;
  time_point chain_due_{};
  std::uint64_t certificates_tag_ = 0;
  time_point certificates_due_{};
  std::optional<std::pair<view, view>> lack_; ///< views whose certificates a judgement lacks
  std::set<std::uint64_t> tip_tags_;
  std::set<std::uint64_t> view_tags_;
  // Servers take turns, for each kind of request on its own: with one round for all, two kinds that
  // alternate could each find the same liar again and again.
  std::uint64_t round_ = 0;
  std::uint64_t chain_round_ = 0;
  std::uint64_t certificates_round_ = 0;
  std::uint64_t chain_failed_ = 0; ///< since a request last brought something
  std::uint64_t certificates_failed_ = 0;

  // What a new life is told.
  voting::doubt doubt_;
  std::uint64_t heard_of_ =
    0; ///< bit i: something that member i signed was seen, in this life or before
  bool cut_ = false;
  time_point views_due_{};
  std::optional<certificate> restored_final_; ///< by which a former life entered a view
  std::map<member_index, view> tips_;         ///< the newest final views that members named
  bool height_known_ = false;                 ///< and the notary was told
  time_point tips_due_{};

  // Time.
  time_point resend_due_{};
  time_point final_at_{};               ///< when the tip became final here
  std::optional<time_point> busy_from_; ///< the group is busy since
  std::optional<time_point> alone_from_;
  standstill standstill_; ///< as told last
  std::string refused_;   ///< why the last who refused a link did; empty: a link came since
  std::optional<time_point> wake_;

  // What the journal must keep: views above the newest durable block's.
  std::deque<voting::journal_record> live_;
  std::deque<std::pair<height, view>> undurable_;
  height durable_;
};

} // namespace caucus
