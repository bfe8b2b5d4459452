#include "actors/consensus/consensus.hpp"

#include "actors/consensus/rules.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

void check(const consensus_config& config) {
  CAUCUS_ASSERT(config.voters.size() > 0);
  CAUCUS_ASSERT(!config.self || config.voters.has(*config.self));
  CAUCUS_ASSERT(config.delta > duration{0} && config.delta_max >= config.delta);
  CAUCUS_ASSERT(config.heartbeat > duration{0} && config.retry_interval > duration{0});
  CAUCUS_ASSERT(config.request_timeout > duration{0} && config.skip_timeout > duration{0});
  CAUCUS_ASSERT(config.standstill_after > duration{0} && config.lull >= duration{0});
  CAUCUS_ASSERT(config.undecided_views_max > 0 && config.undecided_blocks_max > 0);
}

consensus_config config_of(const genesis& from, const peer_id& own) {
  consensus_config out;
  out.group = from.group;
  out.voters = committee_of(from);
  out.self = out.voters.index_of(own);
  out.delta = from.consensus.delta;
  out.delta_max = std::max<duration>(out.delta * 16, out.delta);
  out.heartbeat = from.consensus.heartbeat;
  out.retry_interval = std::max<duration>(out.delta, duration{50'000});
  out.standstill_after = std::max<duration>(out.delta * 8, duration{1'000'000});
  return out;
}

consensus::consensus(consensus_config config, const voting::signer* key,
                     std::vector<consensus_record> journal, bool cut, const legacy& from)
    : config_{std::move(config)}, key_{key}, former_{std::move(journal), cut, std::nullopt},
      window_{config_.voters, config_.self}, voter_{config_.voters, config_.self, config_.keeps,
                                                    key},
      lives_{from.lives}, checks_{config_.voters, from.checks}, fetcher_{config_.voters,
                                                                         {config_.retry_interval,
                                                                          config_.request_timeout},
                                                                         from.requests},
      pace_{{config_.delta, config_.delta_max, config_.skip_timeout},
            config_.voters.size(),
            from.delta},
      clocks_{config_.voters.size()}, height_{config_.voters, config_.self.has_value(),
                                              from.height_known},
      older_told_{from.older_told}, progress_{config_.standstill_after} {
  caucus::check(config_);
  const auto all = config_.voters.size();
  const auto quorum = config_.voters.quorum();
  CAUCUS_ASSERT_RULE(6, quorum <= all && 3 * (all - quorum) < all);
  CAUCUS_ASSERT_RULE(6, 2 * quorum > all + config_.voters.liars());
  lives_.follow(config_.voters, config_.self.has_value());
}

void consensus::step(event what, const turn<action>& now) {
  if (wake_ && *wake_ <= now.now) {
    wake_.reset();
  }
  const outlet out{now, links_, wake_};
  std::visit([&](auto& one) { on(one, out); }, what);
  if (started_) {
    drive(out);
    check(now.now);
  }
}

void consensus::drive(const outlet& out) {
  std::size_t moves = 0;
  while (move(out)) {
    ++moves;
    CAUCUS_ASSERT(moves < moves_max);
  }
  forget_passed();
  if (!older_told_ && voter_.is_older()) {
    older_told_ = true;
    out.tell(folder_is_older{});
  }
  if (lives_.is_known() && height_.learn(chain_.tip().header.view)) {
    out.tell(group_height{chain_.tip().header.height});
  }
  ask(out);
  resend(out);
  watch_progress(out);
}

bool consensus::move(const outlet& out) {
  bool moved = judge_lives(out);
  moved = voter_.settle_doubt(config_.vote_above, out) || moved;
  moved = try_target(out) || moved;
  moved = tell_notarized(out) || moved;
  moved = check_candidates(out) || moved;
  compare_certified();
  moved = cast_finalizes(out) || moved;
  moved = run_clock(out) || moved;
  moved = skip_silent(out) || moved;
  moved = propose(out) || moved;
  moved = judge_proposals(out) || moved;
  moved = fire_timers(out) || moved;
  return moved;
}

void consensus::check(time_point now) {
  const auto& tip = chain_.tip();
  CAUCUS_ASSERT_RULE(9, view_ > tip.header.view);
  CAUCUS_ASSERT_RULE(9, window_.over() >= tip.header.view);
  CAUCUS_ASSERT_RULE(9, !entered_by_ || entered_by_->subject.view < view_);
  CAUCUS_ASSERT_RULE(9, !target_ || target_->subject.kind == vote_kind::finalize);
  CAUCUS_ASSERT_RULE(8, !can_vote() || view_ > voter_.silent_to());
  CAUCUS_ASSERT(!wake_ || *wake_ > now);
  window_.check(view_);
  voter_.check(view_);
  fetcher_.check(now);
}

// -- the start -----------------------------------------------------------------------------------

void consensus::on(const ledger_tip& what, const outlet& out) {
  if (started_) {
    return;
  }
  chain_.start(what, config_.voters.in_epoch());
  started_ = true;
  progress_.became_final(out.now());
  view_ = chain_.tip().header.view;
  window_.set_final(view_);
  closed_by_ = what.closed_by;
  if (view_ != view{}) { // else the certificate, if there is one, is of the epoch before
    entered_by_ = what.finalization;
    if (entered_by_) {
      note_words(*entered_by_);
    }
  }
  voter_.restore_doubt(former_.journal, former_.cut, out);
  if (config_.self) {
    lives_.begin(out); // behind a doubt: a journal of nothing else would be taken for an old one
  }
  voter_.has_signed(what.own_signed, out);
  for (const auto& each : former_.journal) {
    restore(each);
  }
  former_.journal.clear();
  auto next = view_.next();
  auto by = entered_by_;
  if (former_.finalization && former_.finalization->subject.view >= next) {
    by = former_.finalization;
    next = by->subject.view.next();
    target_ = by;
  }
  if (const auto* const newest = window_.newest_outcome(next)) {
    by = *newest;
    next = by->subject.view.next();
  }
  voter_.start(what.header.height, chain_.tip().header.view);
  window_.count_restored();
  chain_.count_restored();
  enter(next, by, out);
  judge_lone_journal();
  certify_restored(out);
  for (std::uint64_t i = 0; const auto to = links_.nth_server(i); ++i) {
    fetcher_.ask_tip(*to, what.header.height, out);
  }
  lives_due_ = out.now();
  lives_late_ = out.now() + 2 * config_.retry_interval;
}

void consensus::restore(const consensus_record& what) {
  const auto in_view = [&](const auto& record) {
    if (config_.self && view_of(what) > chain_.tip().header.view) { // what is over binds nobody
      voter_.restore_live(what);
      restore(record);
    }
  };
  std::visit(
    overloaded{[&](const ceiling& top) { voter_.restore(top); },
               ignored<doubted, heard_of, own_life, other_life>{}, // they were looked at before
               [&](const voted& mine) { in_view(mine.vote); },
               [&](const seen_block& held) { in_view(held); },
               [&](const seen_certificate& seen) { in_view(seen.certificate); }},
    what);
}

void consensus::restore(const certificate& what) {
  if (!config_.voters.check_shape(what)) {
    voter_.stop_for_good("consensus.journal holds a certificate that this group never made: it is "
                         "of another group. Put this node's own newest one back");
  } else if (what.subject.kind == vote_kind::finalize) {
    if (!former_.finalization || former_.finalization->subject.view < what.subject.view) {
      former_.finalization = what;
    }
  } else if (const auto* const there = window_.find(what.subject.view);
             there == nullptr || there->certificate_of(what.subject.kind) == nullptr) {
    if (what.subject.kind == vote_kind::notarize) {
      notarized(what);
    } else {
      window_.certify(what);
    }
  }
}

void consensus::restore(const vote& mine) {
  if (mine.signer != *config_.self || mine.subject.epoch != config_.voters.in_epoch()
      || (mine.subject.kind == vote_kind::nullify) != mine.subject.digest.is_zero()
      || !window_.open(mine.subject.view).restore(mine)) {
    voter_.stop_for_good(
      "consensus.journal holds votes that no honest replica casts: two folders were mixed, or the "
      "file was changed. Put this node's own newest one back; without it, make the folder anew, as "
      "after a lost disk");
  }
}

void consensus::restore(const seen_block& what) {
  const auto in = what.proposal->block.header.view;
  const auto id = digest_of(what.proposal->block.header);
  chain_.insert(id, what.proposal);
  if (in <= voter_.silent_to() && voter_.keeps_each()) {
    return; // kept for its descendants
  }
  auto& there = window_.open(in);
  if (config_.voters.leader_of(in) == *config_.self && there.own_proposal() == nullptr) {
    there.set_own_proposal(what.proposal);
  }
  if (there.find_proposal(id) == nullptr && there.has_room()) {
    there.add_proposal({what.proposal, id, check_state::good});
  }
  if (there.notarization() != nullptr) {
    chain_.notarized(there.notarization()->subject.digest);
  }
}

void consensus::judge_lone_journal() {
  if (!config_.voters.is_alone() || !config_.self || !voter_.keeps_each()) {
    return;
  }
  const auto lacks = [this](const certificate& of) {
    return chain_.path_to(of.subject.digest).missing.has_value();
  };
  const auto& notarized_views = window_.notarized();
  const bool ahead = view_ <= voter_.silent_to() || (target_ && lacks(*target_))
                     || std::any_of(notarized_views.begin(), notarized_views.end(),
                                    [&](view in) { return lacks(window_.notarization_of(in)); });
  if (ahead) {
    voter_.stop_for_good(
      "consensus.journal is ahead of ledger.log, which ends at height "
      + std::to_string(chain_.tip().header.height.value())
      + ": the ledger lost its end, or the folder was copied while its node ran. A group of "
        "one has nobody to fetch blocks from: put back a ledger.log that is as new as "
        "the journal");
  }
}

void consensus::certify_restored(const outlet& out) {
  const auto* const here = window_.find(view_);
  if (here == nullptr || !broken().empty()) {
    return;
  }
  const auto own = here->own();
  for (const auto* const mine : {own.notarize(), own.nullify()}) {
    if (mine != nullptr) {
      certify(mine->subject, out);
    }
  }
}

// -- links ---------------------------------------------------------------------------------------

void consensus::on(const link_up& what, const outlet& out) {
  const auto member = config_.voters.index_of(what.info.peer);
  if (member && member == config_.self) {
    return;
  }
  links_.up(what.info, member);
  progress_.link_came();
  if (!started_) {
    return;
  }
  if (member && in_doubt()) {
    fetcher_.ask_view(what.info.id, out);
  }
  if (member) {
    ask_life(*links_.find(what.info.id), out);
  }
  if (member || what.info.mode == node_mode::server) {
    fetcher_.ask_tip(what.info.id, chain_.tip().header.height, out);
  }
  if (member && config_.self && voter_.journal_works()) {
    for (auto& each : open_messages()) {
      out.to_link(what.info.id, std::move(each));
    }
  }
}

/// A program from before cannot answer: it counts as one that knows nothing.
void consensus::ask_life(const peer_link& of, const outlet& out) {
  if (!config_.self || !lives_.has_begun() || !of.member) {
    return;
  }
  if (of.info.protocol < protocol_version_with_lives) {
    lives_.answered(*of.member, std::nullopt, view{});
  } else {
    const auto& mine = lives_.mine();
    fetcher_.ask_life(of.info.id, {{mine, key_->sign(mine)}, config_.voters.in_epoch()}, out);
  }
}

bool consensus::judge_lives(const outlet& out) {
  if (lives_.go_beyond(out)) {
    fetcher_.forget_lives(); // what is still answered is of the number of before
    voter_.has_lived(out);
    lives_due_ = out.now();
    return true;
  }
  return lives_.learn(chain_.tip().header.view, out.now() >= lives_late_);
}

void consensus::on(const link_down& what, const outlet& /*out*/) {
  checks_.link_down(what.id);
  links_.down(what.id);
}

void consensus::on(const link_refused& what, const outlet& /*out*/) {
  progress_.link_refused(to_string(error{what.code, what.detail.substr(0, address_size_max)}));
}

void consensus::on(const request_ended& what, const outlet& /*out*/) {
  static_cast<void>(fetcher_.end(what.tag));
}

// -- from the shell and the notary ---------------------------------------------------------------

void consensus::on(const voting::checked& what, const outlet& out) {
  const auto asked = checks_.take(what.token);
  if (!asked) {
    return;
  }
  std::visit(
    overloaded{
      [&](const vote& cast) { settled(cast, what.good, out); },
      [&](const subject& on) { settled_candidate(on, what.token, what.good, out); },
      [&](const proposal_check& said) { settled(said, what.good, out); },
      [&](const conflicting_proposals& lie) {
        if (what.good) { // else whoever sent the block made its signature up, and nobody lied twice
          out.tell(evidence_found{lie});
        }
      },
      [&](const view_check& told) { settled(told, what.good, out); },
      [&](const page_check&) { settled_page(what.good, out); }},
    *asked);
}

void consensus::on(const voting::journal_state& what, const outlet& /*out*/) {
  voter_.set_journal_works(what.works);
}

void consensus::on(const batch_held& what, const outlet& /*out*/) {
  mempool_.held(what, !chain_.recently_listed(what.id));
  awaited_.missing.erase(what.id);
}

void consensus::on(const batch_gone& what, const outlet& /*out*/) {
  mempool_.gone(what.id);
}

void consensus::on(const executed& what, const outlet& /*out*/) {
  chain_.set_result(what);
}

void consensus::on(const ledger_advanced& what, const outlet& /*out*/) {
  voter_.ledger_advanced(what.height);
}

void consensus::on(const state_diverged& what, const outlet& /*out*/) {
  voter_.stop_for_good(what.reason);
}

void consensus::on(const own_lie_found& what, const outlet& /*out*/) {
  voter_.stop_for_good(what.reason);
}

/// Up to where this replica may have signed `finalize`, for members' word in fresh reads. A
/// finalize vote is only ever cast for a notarized block that is held, so the newest one of those
/// is a bound of this life's. Of former lives the journal has the votes above the ledger, and a
/// ceiling where it does not: this replica says nothing while it does not know a notarized or final
/// block at or above both. What it has signed and not sent yet, as the disk is slow, counts too.
void consensus::on(const finalize_bound_wanted& what, const outlet& out) {
  finalize_bound said{what.tag, std::nullopt, std::nullopt, config_.voters.in_epoch()};
  if (config_.self && started_ && broken().empty() && !in_doubt() && lives_.is_known()) {
    const auto& tip = chain_.tip();
    const auto* const newest = window_.newest_held(chain_);
    const auto& header =
      newest == nullptr ? tip.header : chain_.find(newest->subject.digest)->proposal->block.header;
    const auto& shown = newest == nullptr ? tip.finalization : std::optional{*newest};
    // Who may have signed for the end of the epoch cannot tell what the next one has ordered since.
    const bool ends = newest == nullptr ? tip.ended : chain_.closes(header.parent);
    if (!ends && header.view >= voter_.silent_to() && window_.bounds_own_finalizes(header.view)
        && (shown || tip.as_signed.view == view{})) { // the genesis block's
      said.bound = newest == nullptr ? tip.as_signed : header;
      said.shown = shown;
    }
  }
  out.tell(std::move(said));
}

// -- what goes, what is asked for, what is sent again --------------------------------------------

void consensus::forget_passed() {
  window_.trim(view_);
  if (const auto floor = window_.higher_floor(chain_)) {
    window_.raise_floor(*floor, view_);
    voter_.raise_floor(*floor, chain_);
    checks_.forget(chain_.tip().header.view, window_.over());
  }
}

void consensus::ask(const outlet& out) {
  if (in_doubt()) {
    fetcher_.ask_views(links_, out);
  }
  if (!lives_.is_known() && out.now() >= lives_due_) {
    lives_due_ = out.now() + config_.retry_interval;
    for (const auto to : links_.members()) {
      ask_life(*links_.find(to), out);
    }
  }
  if (!lives_.is_known()) {
    out.wake_at(lives_due_);
    out.wake_at(lives_late_);
  }
  if (!height_.is_known() || !lives_.is_known()) {
    fetcher_.ask_tips(chain_.tip().header.height, links_, out);
  }
  fetcher_.ask({chain_, window_, target_ ? &*target_ : nullptr, voter_.durable()}, links_, out);
}

bool consensus::anything_open() const {
  if (!config_.self || !voter_.journal_works()) {
    return false;
  }
  const auto* const here = window_.find(view_);
  return pace_.running() || !window_.notarized().empty()
         || (here != nullptr && !here->own().empty());
}

std::vector<voting::message> consensus::open_messages() const {
  std::vector<voting::message> out;
  const auto add = [&out](const auto* held) {
    if (held != nullptr) {
      out.emplace_back(*held);
    }
  };
  if (entered_by_) {
    out.emplace_back(*entered_by_);
  }
  const auto& notarized_views = window_.notarized();
  std::size_t views = 0;
  for (auto at = notarized_views.rbegin(); at != notarized_views.rend() && views < resend_views_max;
       ++at, ++views) {
    const auto& there = *window_.find(*at);
    if (!entered_by_ || *there.notarization() != *entered_by_) {
      out.emplace_back(*there.notarization());
    }
    add(there.own().finalize());
  }
  if (const auto* const here = window_.find(view_)) {
    add(here->own_proposal().get());
    add(here->own().notarize());
    add(here->own().nullify());
  }
  return out;
}

void consensus::resend(const outlet& out) {
  if (!anything_open()) {
    return;
  }
  if (out.now() >= resend_due_) {
    resend_due_ = out.now() + config_.retry_interval;
    for (auto& each : open_messages()) {
      out.to_members(std::move(each));
    }
  }
  out.wake_at(resend_due_);
}

// -- how it goes ---------------------------------------------------------------------------------

bool consensus::linked() const {
  return config_.self ? links_.member_count() + 1 >= config_.voters.quorum()
                      : links_.nth_server(0).has_value();
}

std::string consensus::why_it_stands(bool is_busy) const {
  const auto needed = config_.voters.quorum();
  const auto all = std::to_string(config_.voters.size());
  const auto refusal = progress_.refused().empty()
                         ? ""
                         : "; the last node that was dialled refuses us: " + progress_.refused();
  if (!config_.self) {
    return links_.nth_server(0) ? "a server is linked, but brings no new block"
                                : "no server of the group is linked" + refusal;
  }
  // One with a link may be silent; who is heard is counted only while there is something to say.
  const auto here = is_busy ? std::min(links_.member_count() + 1, pace_.talking(*config_.self))
                            : links_.member_count() + 1;
  if (here < needed) {
    return "too few members answer: " + std::to_string(here) + " of " + all + ", "
           + std::to_string(needed) + " are needed" + refusal;
  }
  return std::to_string(here) + " of " + all + " members answer, which is enough"
         + (clocks_.off().empty() ? "" : ", but their clocks differ")
         + ": see what their status says";
}

void consensus::watch_progress(const outlet& out) {
  const bool is_busy = busy(out.now());
  pace_.count(is_busy, out.now());
  progress_.note(is_busy, linked(), out.now());
  bool stands = false;
  for (const auto due : {progress_.busy_due(), progress_.alone_due()}) {
    if (due) {
      stands = stands || out.now() >= *due;
      out.wake_at(*due);
    }
  }
  if (auto news = progress_.changed(stands, stands ? why_it_stands(is_busy) : std::string{})) {
    out.tell(std::move(*news));
  }
  if (config_.self) {
    out.wake_at(progress_.final_at() + config_.heartbeat);
  }
}

bool consensus::full() const {
  return window_.is_full(config_.undecided_views_max)
         || chain_.is_full(config_.undecided_blocks_max);
}

consensus_status consensus::status() const {
  consensus_status out;
  out.epoch = config_.voters.in_epoch();
  out.view = view_;
  out.final_height = chain_.tip().header.height;
  out.standstill = progress_.stands();
  out.clocks = clocks_.off();
  out.delta = pace_.delta();
  if (started_) {
    out.leader = config_.voters.leader_of(view_);
  }
  out.votes = can_vote();
  if (!broken().empty()) {
    out.problem = broken();
  } else if (fetcher_.nobody_keeps_next(out.final_height)) {
    out.standstill = false; // not of the group, as far as is known here
    out.problem =
      "no peer gives the block of height " + std::to_string(out.final_height.next().value())
      + ", which is next here: as it seems they keep none so old (node.keep_blocks). "
        "It goes on by itself from their state, once that is fetched; `notary.snapshot` "
        "of `caucus status --json` tells how far that is. Where nobody gives it, or "
        "node.fetch_snapshot is false: stop this node, move ledger*.log, epochs.log and "
        "state.sqlite* out of its "
        "folder (not the journals), and put the state of another into it: `caucus "
        "snapshot save` there, `caucus snapshot load` here";
  } else if (in_doubt()) {
    out.problem = voter_.doubt_text(view_);
  } else if (config_.self && !voter_.journal_works()) {
    out.problem = "the journal cannot be written, so nothing is signed";
  } else if (started_ && !lives_.is_known()) {
    out.problem = "it votes once " + std::to_string(lives_.needed())
                  + " other members have said what they know of its former starts, and it is as "
                    "far as they are; "
                  + std::to_string(lives_.answer_count()) + " have";
  } else if (config_.self && started_ && view_ <= voter_.silent_to()) {
    out.problem =
      "a former life may have voted in the views up to "
      + std::to_string(voter_.silent_to().value())
      + " (durability = \"memory\", or the ledger or the journal was taken away): silent "
        "until the group has passed them";
  } else if (full()) {
    out.problem = "no block became final in " + std::to_string(window_.size())
                  + " views, and no more are kept: no votes until one is final. See what the "
                    "others' status says; restarting this node lets it try as many views again";
  }
  return out;
}

std::vector<consensus_record> consensus::live_records() const {
  if (!started_) {
    return former_.journal;
  }
  auto out = voter_.live_records();
  const auto lives = lives_.records();
  out.insert(out.end(), lives.begin(), lives.end());
  return out;
}

legacy consensus::leave() const {
  return {checks_.last_token(), fetcher_.last_tag(), pace_.delta(),
          height_.is_known(),   older_told_,         lives_};
}

std::vector<peer_id> consensus::heard_members() const {
  auto out = config_.voters.peers();
  std::size_t index = 0;
  std::erase_if(out, [&](const peer_id&) {
    return !voter_.has_heard_of(member_index{static_cast<std::uint16_t>(index++)});
  });
  return out;
}

} // namespace caucus
