#pragma once

#include "actors/consensus/chain.hpp"
#include "actors/consensus/clock_watch.hpp"
#include "actors/consensus/consensus_config.hpp"
#include "actors/consensus/consensus_io.hpp"
#include "actors/consensus/fetcher.hpp"
#include "actors/consensus/height_watch.hpp"
#include "actors/consensus/link_table.hpp"
#include "actors/consensus/lives.hpp"
#include "actors/consensus/mempool.hpp"
#include "actors/consensus/outlet.hpp"
#include "actors/consensus/pacemaker.hpp"
#include "actors/consensus/progress_watch.hpp"
#include "actors/consensus/signature_checks.hpp"
#include "actors/consensus/view_window.hpp"
#include "actors/consensus/voter.hpp"
#include "messages/control.hpp"
#include "runtime/base/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// One replica, or follower, of one group: Simplex. The protocol, what differs from the paper, and
/// why it is safe: README.md.
/// Pure: no clock, socket, thread, file or randomness. Equal events give equal actions.
/// Whatever peers say is hostile: it never fails an assertion, and what is held of it is bounded by
/// consensus_limits.hpp. The rules by number are asserted after each step. It is the order of moves
/// between its parts, each of which keeps its own invariants: what is known of views (view_window),
/// what is signed (voter), what is being verified (signature_checks), what is asked for (fetcher).

namespace caucus {

namespace voting {

/// What the core of one epoch leaves to that of the next, so that answers to the one are none to
/// the other.
struct legacy {
  std::uint64_t checks = 0;        ///< tokens of check_signatures up to it are taken
  std::uint64_t requests = 0;      ///< tags likewise
  std::optional<duration> delta{}; ///< as it had become; none: the config's
  bool height_known = false;       ///< `group_height` was told
  bool older_told = false;         ///< `folder_is_older` was
  voting::lives lives{};           ///< this one, and what others said of theirs
};

} // namespace voting

class consensus {
public:
  using event = voting::event;
  using action = voting::action;
  using tick = voting::tick;

  /// `key` outlives this, and may be null for a follower. `journal`: all records of this epoch, in
  /// the order written; `cut`: its end was damaged and cut off. A member with an empty journal, or
  /// with one that was cut, votes only when others have told how far the group had come
  /// (doubt.hpp). Asserts the ranges of the config.
  consensus(consensus_config config, const voting::signer* key,
            std::vector<voting::consensus_record> journal = {}, bool cut = false,
            const voting::legacy& from = {});

  /// What a peer did wrong is an `accuse`. Nothing is done before the notary's ledger_tip but to
  /// note links and batches.
  void step(event what, const turn<action>& now);
  /// Nothing is done in bulk.
  void finish_turn(const turn<action>& /*now*/) {}
  /// When a `tick` is wanted.
  [[nodiscard]] std::optional<time_point> next_wake() const { return wake_; }

  [[nodiscard]] consensus_status status() const;
  /// Why it votes no more in this life: our own state is not the group's, or the group is broken.
  /// Empty: all is well.
  [[nodiscard]] const std::string& broken() const { return voter_.broken(); }
  /// It does not know all that it signed, and does not vote until it does.
  [[nodiscard]] bool in_doubt() const { return voter_.doubts().is_open(); }
  /// And as far as it knows it is not just new: an operator wants to hear of it.
  [[nodiscard]] bool is_forgetful() const { return in_doubt() && !voter_.doubts().may_be_new(); }
  [[nodiscard]] view current() const { return view_; }
  /// Enough others have said what they know of its former lives; or it is asked for none.
  [[nodiscard]] bool is_told() const { return lives_.is_known(); }
  /// Members whose clocks are off.
  [[nodiscard]] std::vector<clock_off> clocks() const { return clocks_.off(); }
  /// Views of which anything is held: those above the newest final one, and few of them.
  [[nodiscard]] std::size_t held_view_count() const { return window_.size(); }
  /// Nothing became final in so many views that no more is kept: no votes until something is final.
  [[nodiscard]] bool full() const;
  /// What a journal rewritten now must hold: nothing that a later life still needs is left out.
  [[nodiscard]] std::vector<voting::consensus_record> live_records() const;
  [[nodiscard]] voting::legacy leave() const;
  /// Whose signatures are known here, of this epoch's members; empty: of nobody.
  [[nodiscard]] std::vector<peer_id> heard_members() const;
  [[nodiscard]] const committee& voters() const { return config_.voters; }

private:
  using outlet = voting::outlet;

  // -- consensus.cpp: what happens, and the order of moves ----------------------------------------
  void on(const voting::tick&, const outlet&) {}
  void on(voting::heard& what, const outlet& out);
  void on(const link_up& what, const outlet& out);
  void on(const link_down& what, const outlet& out);
  void on(const link_refused& what, const outlet& out);
  void on(const request_ended& what, const outlet& out);
  void on(const voting::checked& what, const outlet& out);
  void on(const voting::journal_state& what, const outlet& out);
  void on(const ledger_tip& what, const outlet& out);
  void on(const batch_held& what, const outlet& out);
  void on(const batch_gone& what, const outlet& out);
  void on(const executed& what, const outlet& out);
  void on(const ledger_advanced& what, const outlet& out);
  void on(const state_diverged& what, const outlet& out);
  void on(const own_lie_found& what, const outlet& out);
  void on(const finalize_bound_wanted& what, const outlet& out);
  void restore(const voting::consensus_record& what);
  void restore(const vote& mine);
  void restore(const voting::seen_block& what);
  void restore(const certificate& what);
  /// A group of one has nobody to be told by: what its journal rests on is in its ledger, or is
  /// lost.
  void judge_lone_journal();
  /// A journal may end between the vote of a group of one and the certificate that it made. Nobody
  /// repeats a vote to it, so that certificate is made here; elsewhere votes that come make it.
  void certify_restored(const outlet& out);
  /// Does all that has become possible.
  void drive(const outlet& out);
  /// One round of moves. True: something changed, so more may be possible.
  [[nodiscard]] bool move(const outlet& out);
  void forget_passed();
  void ask(const outlet& out);
  void ask_life(const voting::peer_link& of, const outlet& out);
  [[nodiscard]] bool judge_lives(const outlet& out);
  void resend(const outlet& out);
  [[nodiscard]] std::vector<voting::message> open_messages() const;
  [[nodiscard]] bool anything_open() const;
  void watch_progress(const outlet& out);
  [[nodiscard]] std::string why_it_stands(bool is_busy) const;
  [[nodiscard]] bool linked() const;
  /// Asserts rules 9 and 10, and those of the parts.
  void check(time_point now);

  // -- consensus_hear.cpp: what peers say, and what the group has decided -------------------------
  void hear(voting::peer_link& from, proposal what, const outlet& out);
  void hear(voting::peer_link& from, const vote& what, const outlet& out);
  void hear(voting::peer_link& from, const proposal_request& what, std::uint64_t msg_id,
            const outlet& out);
  void hear(voting::peer_link& from, const certificate_request& what, std::uint64_t msg_id,
            const outlet& out);
  void hear(voting::peer_link& from, const tip_request& what, std::uint64_t msg_id,
            const outlet& out);
  void hear(voting::peer_link& from, const view_request& what, std::uint64_t msg_id,
            const outlet& out);
  void hear(voting::peer_link& from, const life_request& what, std::uint64_t msg_id,
            const outlet& out);
  void hear_response(voting::peer_link& from, std::uint64_t tag, voting::message& what,
                     const outlet& out);
  void hear_block(const voting::peer_link& from, const digest& id, std::optional<proposal> what,
                  const outlet& out);
  void hear_tip(const voting::peer_link& from, tip_response& what, const outlet& out);
  void hear_view(const voting::peer_link& from, view_response& what, const outlet& out);
  void hear_life(voting::peer_link& from, const life_response& what, const outlet& out);
  /// Of the epoch that is now. Whoever is behind is helped, and who is ahead is asked.
  [[nodiscard]] bool is_now(voting::peer_link& from, epoch of, const outlet& out);
  /// Likewise of what was asked for: who is behind asks himself.
  [[nodiscard]] bool is_answer_of_now(const voting::peer_link& from, epoch of);
  [[nodiscard]] bool may_ask(voting::peer_link& who, time_point now) const;
  void note_word(const vote& of);
  void note_words(const certificate& of);
  void help(voting::peer_link& behind, view seen, const outlet& out);
  void check_votes(const subject& on, member_index from, const outlet& out);
  /// A certified block beside another proposal of its leader: evidence, if he signed both.
  void suspect(const proposal& certified, const digest& id, const outlet& out);
  void settled(const vote& what, bool good, const outlet& out);
  void settled(const voting::proposal_check& what, bool good, const outlet& out);
  void settled(const voting::view_check& what, bool good, const outlet& out);
  void settled_page(bool good, const outlet& out);
  void offer(const voting::peer_link& from, certificate what, std::shared_ptr<const proposal> block,
             const outlet& out);
  /// It would change nothing.
  [[nodiscard]] bool useless(const subject& on) const;
  /// Whether this replica's own vote on it may be still to come.
  [[nodiscard]] bool may_join(const subject& on) const;
  [[nodiscard]] bool check_candidates(const outlet& out);
  /// True: it was taken.
  bool settled_candidate(const subject& on, std::uint64_t token, bool good, const outlet& out);
  /// Makes a certificate of the votes on it, if they are enough.
  void certify(const subject& on, const outlet& out);
  void accept(const certificate& what, bool own, const outlet& out);
  void notarized(const certificate& what);
  void enter(view next, std::optional<certificate> by, const outlet& out);
  /// True: something became final.
  bool try_target(const outlet& out);
  /// None: blocks are missing. Else whether something became final.
  std::optional<bool> commit(const certificate& what, const outlet& out);
  void committed(const outlet& out);
  [[nodiscard]] bool tell_notarized(const outlet& out);

  // -- consensus_votes.cpp: what this replica says ------------------------------------------------
  // The moves return whether something changed.
  enum class verdict : std::uint8_t { wait, good, bad };
  [[nodiscard]] bool can_vote() const;
  [[nodiscard]] bool is_leader() const;
  [[nodiscard]] bool busy(time_point now) const;
  [[nodiscard]] bool view_started() const;
  [[nodiscard]] bool run_clock(const outlet& out);
  [[nodiscard]] bool skip_silent(const outlet& out);
  [[nodiscard]] bool propose(const outlet& out);
  [[nodiscard]] std::optional<digest> choose_parent();
  [[nodiscard]] std::vector<digest> choose_batches(const digest& parent) const;
  [[nodiscard]] bool judge_proposals(const outlet& out);
  [[nodiscard]] verdict judge(const voting::kept_proposal& what, const outlet& out);
  [[nodiscard]] verdict judge_parent(const block_header& header);
  [[nodiscard]] verdict judge_batches(const voting::kept_proposal& what, const outlet& out);
  [[nodiscard]] bool fire_timers(const outlet& out);
  /// Whether what was executed here is what this certified header says of its parent; true also
  /// while that is not known. If not, this replica stops for good.
  bool compare(const block_header& certified);
  void compare_certified();
  [[nodiscard]] bool cast_finalizes(const outlet& out);
  bool nullify(const outlet& out);
  void cast(const subject& on, const outlet& out);
  /// Assert rules 4 and 5 of what is about to be signed.
  void check_parent(const block& what) const;
  void check_result(const block_header& header) const;
  [[nodiscard]] subject on_view(vote_kind kind, view in, const digest& of = {}) const {
    return {kind, config_.voters.in_epoch(), in, of};
  }

  consensus_config config_;
  const voting::signer* key_;
  struct former_lives {
    std::vector<voting::consensus_record> journal; ///< empty once started
    bool cut = false;
    std::optional<certificate> finalization; ///< the newest by which one entered a view
  } former_;
  bool started_ = false;
  view view_;
  std::optional<certificate> entered_by_;
  std::optional<certificate> closed_by_; ///< what ended the epoch before this one, if it is known
  std::optional<certificate> target_;    ///< a finalization whose blocks are not all held
  voting::chain chain_;
  voting::view_window window_;
  voting::voter voter_;
  voting::lives lives_;
  std::map<member_index, vote> last_words_; ///< the newest that each member said in this epoch
  voting::signature_checks checks_;
  voting::fetcher fetcher_;
  voting::mempool mempool_;
  voting::link_table links_;
  voting::pacemaker pace_;
  voting::clock_watch clocks_;
  voting::height_watch height_;
  bool older_told_; ///< `folder_is_older` was
  voting::progress_watch progress_;
  struct awaited_batches {
    digest block; ///< the proposal that is judged
    std::set<digest> missing;
  } awaited_;
  time_point resend_due_{};
  time_point lives_due_{};
  time_point lives_late_{}; ///< who has not answered by then is not waited for
  std::optional<time_point> wake_;
};

} // namespace caucus
