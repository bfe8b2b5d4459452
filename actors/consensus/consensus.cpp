#include "actors/consensus/consensus.hpp"

#include "actors/consensus/certificate.hpp"
#include "messages/quorum.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

void check(const consensus_config& config) {
  CAUCUS_ASSERT(!config.members.empty() && config.members.size() <= members_max);
  CAUCUS_ASSERT(!config.self || config.self->value() < config.members.size());
  CAUCUS_ASSERT(config.delta > duration{0} && config.delta_max >= config.delta);
  CAUCUS_ASSERT(config.heartbeat > duration{0} && config.retry_interval > duration{0});
  CAUCUS_ASSERT(config.request_timeout > duration{0} && config.skip_timeout > duration{0});
  CAUCUS_ASSERT(config.standstill_after > duration{0} && config.lull >= duration{0});
}

consensus_config config_of(const genesis& from, const peer_id& own) {
  consensus_config out;
  out.group = from.group;
  out.delta = from.consensus.delta;
  out.delta_max = std::max<duration>(out.delta * 16, out.delta);
  out.heartbeat = from.consensus.heartbeat;
  out.retry_interval = std::max<duration>(out.delta, duration{50'000});
  out.standstill_after = std::max<duration>(out.delta * 8, duration{1'000'000});
  for (std::size_t i = 0; i < from.members.size(); ++i) {
    out.members.push_back(from.members[i].peer);
    out.names.push_back(from.members[i].name);
    if (from.members[i].peer == own) {
      out.self = member_index{static_cast<std::uint16_t>(i)};
    }
  }
  return out;
}

consensus::consensus(consensus_config config, const voting::signer* key,
                     std::vector<journal_record> journal, bool cut)
    : config_{std::move(config)}, key_{key}, journal_{std::move(journal)},
      pace_{{config_.delta, config_.delta_max, config_.skip_timeout}, config_.members.size()},
      clocks_{config_.members.size()}, cut_{cut} {
  check(config_);
  CAUCUS_ASSERT(!config_.self || key_ != nullptr);
}

std::size_t consensus::quorum_size() const {
  return quorum(static_cast<std::uint16_t>(members()));
}

view_votes* consensus::find_view(view in) {
  const auto found = views_.find(in);
  return found == views_.end() ? nullptr : &found->second;
}

const view_votes* consensus::find_view(view in) const {
  const auto found = views_.find(in);
  return found == views_.end() ? nullptr : &found->second;
}

void consensus::step(voting::event what, time_point now, wall_ms wall, voting::actions& out) {
  now_ = std::max(now, now_);
  wall_ = wall;
  out_ = &out;
  if (wake_ && *wake_ <= now_) {
    wake_.reset();
  }
  std::visit([this](auto& one) { on(one); }, what);
  if (started_) {
    drive();
  }
  out_ = nullptr;
}

void consensus::drive() {
  std::size_t moves = 0;
  do {
    moved_ = false;
    settle_doubt();
    try_target();
    tell_notarized();
    check_candidates();
    compare_certified();
    cast_finalizes();
    run_clock();
    skip_silent();
    propose();
    judge_proposals();
    fire_timers();
  } while (moved_ && ++moves < moves_max);
  CAUCUS_ASSERT(moves < moves_max);
  forget_passed();
  learn_height();
  ask();
  resend();
  watch_progress();
  CAUCUS_ASSERT(view_ > chain_.tip().header.in);
  CAUCUS_ASSERT(views_.empty() || views_.begin()->first > over());
}

void consensus::wake_at(time_point when) {
  if (when > now_ && (!wake_ || when < *wake_)) {
    wake_ = when;
    out_->push_back(voting::wake{when});
  }
}

// -- the start -----------------------------------------------------------------------------------

void consensus::on(const ledger_tip& what) {
  if (started_) {
    return;
  }
  chain_.start(what);
  started_ = true;
  durable_ = what.header.at;
  final_at_ = now_;
  view_ = what.header.in;
  entered_by_ = what.finalization;
  restore_doubt();
  for (const auto& one : journal_) {
    restore(one);
  }
  journal_.clear();
  auto next = view_.next();
  auto by = entered_by_;
  if (restored_final_ && restored_final_->on.in >= next) {
    next = restored_final_->on.in.next();
    by = restored_final_;
    target_ = restored_final_;
  }
  for (const auto& [in, there] : views_) {
    if (in >= next && (there.notarization || there.nullification)) {
      next = in.next();
      by = there.notarization ? there.notarization : there.nullification;
    }
  }
  ceiling_ = silent_to_;
  if (config_.keeps == vote_keeping::each) {
    // The records up to the tip are dropped: this stands for them if the ledger is taken away.
    ceiling_ = std::max(ceiling_, chain_.tip().header.in);
  }
  restored_views_ = views_.size();
  restored_blocks_ = chain_.size();
  wants_changed_ = true;
  enter(next, by);
  judge_lone_journal();
  for (std::uint64_t i = 0; const auto to = links_.nth_server(i); ++i) {
    tip_tags_.insert(request(*to, tip_request{chain_.tip().header.at}));
  }
}

void consensus::restore(const journal_record& what) {
  const auto in_view = [&](const auto& record) {
    if (config_.self && view_of(what) > chain_.tip().header.in) { // what is over binds nobody
      live_.push_back(what);
      restore(record);
    }
  };
  std::visit(overloaded{[&](const ceiling& top) { silent_to_ = std::max(silent_to_, top.top); },
                        ignored<doubted, heard_of>{}, // see restore_doubt()
                        [&](const voted& mine) { in_view(mine.what); },
                        [&](const seen_block& held) { in_view(held); },
                        [&](const seen_certificate& seen) { in_view(seen.what); }},
             what);
}

void consensus::restore(const certificate& what) {
  if (what.on.kind == vote_kind::finalize) {
    if (!restored_final_ || restored_final_->on.in < what.on.in) {
      restored_final_ = what;
    }
    return;
  }
  if (what.on.kind == vote_kind::notarize) {
    on_notarization(what);
  } else {
    views_[what.on.in].nullification = what;
  }
  mark_notarized(views_[what.on.in]);
}

void consensus::restore(const vote& mine) {
  auto& there = views_[mine.on.in];
  const auto kind = mine.on.kind;
  auto& slot = kind == vote_kind::notarize  ? there.notarized
               : kind == vote_kind::nullify ? there.nullified
                                            : there.finalized;
  if ((slot && *slot != mine) || mine.from != *config_.self) {
    stop_for_good("the journal holds votes that no honest replica casts");
  }
  slot = mine;
  there.add(mine, check_state::good);
  mark_notarized(there);
}

void consensus::restore(const seen_block& what) {
  const auto in = what.what->what.header.in;
  const auto id = digest_of(what.what->what.header);
  chain_.insert(id, what.what);
  if (in <= silent_to_ && config_.keeps == vote_keeping::each) {
    return; // kept for its descendants
  }
  auto& there = views_[in];
  if (leader_of(in) == *config_.self) {
    there.own_proposal = what.what;
  }
  const bool known = std::any_of(there.proposals.begin(), there.proposals.end(),
                                 [&id](const auto& one) { return one.id == id; });
  if (!known) {
    there.proposals.push_back({what.what, id, check_state::good});
  }
  mark_notarized(there);
}

void consensus::mark_notarized(const view_votes& there) {
  if (there.notarization) {
    chain_.notarized(there.notarization->on.of);
  }
}

// -- links ---------------------------------------------------------------------------------------

void consensus::on(const link_up& what) {
  const auto at = std::find(config_.members.begin(), config_.members.end(), what.who.peer);
  std::optional<member_index> member;
  if (at != config_.members.end()) {
    member = member_index{static_cast<std::uint16_t>(at - config_.members.begin())};
  }
  if (member && member == config_.self) {
    return;
  }
  links_.up(what.who, member);
  refused_.clear();
  if (!started_) {
    return;
  }
  if (member && doubt_.is_open()) {
    ask_views_of(*links_.find(what.who.id));
  }
  if (member || what.who.mode == node_mode::server) {
    tip_tags_.insert(request(what.who.id, tip_request{chain_.tip().header.at}));
  }
  if (member && config_.self && journal_works_) {
    for (auto& one : open_messages()) {
      to_link(what.who.id, std::move(one));
    }
  }
}

void consensus::on(const link_down& what) {
  for (auto& [of, waiting] : candidates_) {
    // The first is being checked, and good news whoever brought it.
    for (std::size_t i = waiting.size(); i > 1; --i) {
      if (waiting[i - 1].from == what.id) {
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i - 1));
      }
    }
  }
  links_.down(what.id);
}

void consensus::on(const link_refused& what) {
  refused_ = to_string(error{what.why, what.detail.substr(0, address_size_max)});
}

void consensus::on(const request_ended& what) {
  request_over(what.tag);
}

// -- from the shell and the notary ---------------------------------------------------------------

void consensus::on(const voting::checked& what) {
  const auto found = checks_.find(what.token);
  if (found == checks_.end()) {
    return;
  }
  const auto asked = std::move(found->second);
  checks_.erase(found);
  std::visit(
    overloaded{
      [&](const vote& cast) { settled(cast, what.good); },
      [&](const subject& on) { settled_candidate(on, what.token, what.good); },
      [&](const proposal_check& said) { settled_proposal(said.in, said.id, what.good); },
      [&](const conflicting_proposals& lie) {
        if (what.good) { // else whoever sent the block made its signature up, and nobody lied twice
          tell(evidence_found{lie});
        }
      },
      [&](const view_check& told) { settled_view(told.who, told.what, what.good); },
      [&](const page_check&) { settled_page(what.good); }},
    asked);
}

void consensus::on(const voting::journal_state& what) {
  journal_works_ = what.works;
}

void consensus::on(const batch_held& what) {
  mempool_.held(what, !chain_.recently_listed(what.id));
  awaited_.erase(what.id);
}

void consensus::on(const batch_gone& what) {
  mempool_.gone(what.id);
}

void consensus::on(const executed& what) {
  chain_.set_result(what.id, {what.state_root, what.receipts_root}, what.room);
}

void consensus::on(const ledger_advanced& what) {
  durable_ = std::max(durable_, what.at);
  std::optional<view> upto;
  while (!undurable_.empty() && undurable_.front().first <= durable_) {
    upto = undurable_.front().second;
    undurable_.pop_front();
  }
  if (upto) {
    if (config_.keeps == vote_keeping::each) {
      ceiling_ = std::max(ceiling_, *upto); // binds even if the ledger is taken away
    }
    std::erase_if(live_, [&](const auto& one) { return view_of(one) <= *upto; });
  }
}

void consensus::on(const state_diverged& what) {
  stop_for_good(what.why);
}

void consensus::stop_for_good(std::string why) {
  if (broken_.empty()) {
    broken_ = std::move(why);
  }
}

// -- how it goes ---------------------------------------------------------------------------------

bool consensus::linked() const {
  return config_.self ? links_.member_count() + 1 >= quorum_size()
                      : links_.nth_server(0).has_value();
}

std::string consensus::why_it_stands() const {
  const auto needed = quorum_size();
  const auto all = std::to_string(members());
  const auto refusal =
    refused_.empty() ? "" : "; the last node that was dialled refuses us: " + refused_;
  if (!config_.self) {
    return links_.nth_server(0) ? "a server is linked, but brings no new block"
                                : "no server of the group is linked" + refusal;
  }
  // One with a link may be silent; who is heard is counted only while there is something to say.
  const auto here = busy() ? std::min(links_.member_count() + 1, pace_.talking(*config_.self))
                           : links_.member_count() + 1;
  if (here < needed) {
    return "too few members answer: " + std::to_string(here) + " of " + all + ", "
           + std::to_string(needed) + " are needed" + refusal;
  }
  return std::to_string(here) + " of " + all + " members answer, which is enough"
         + (clocks_.off().empty() ? "" : ", but their clocks differ")
         + ": see what their status says";
}

void consensus::watch_progress() {
  const bool is_busy = busy();
  pace_.count(is_busy, now_);
  if (!is_busy) {
    busy_from_.reset();
  } else if (!busy_from_) {
    busy_from_ = now_;
  }
  if (linked()) {
    alone_from_.reset();
  } else if (!alone_from_) {
    alone_from_ = now_;
  }
  bool stands = false;
  if (busy_from_) {
    const auto due = std::max(*busy_from_, final_at_) + config_.standstill_after;
    stands = now_ >= due;
    wake_at(due);
  }
  if (alone_from_) {
    // Long enough for links to be made anew at a start; then there is nothing to wait for.
    const auto due = *alone_from_ + config_.standstill_after / 4;
    stands = stands || now_ >= due;
    wake_at(due);
  }
  auto why = stands ? why_it_stands() : std::string{};
  if (stands != standstill_.is || why != standstill_.why) {
    standstill_ = {stands, std::move(why)};
    tell(standstill_);
  }
  if (config_.self) {
    wake_at(final_at_ + config_.heartbeat);
  }
}

consensus_status consensus::status() const {
  consensus_status out;
  out.in = view_;
  out.final_height = chain_.tip().header.at;
  out.standstill = standstill_.is;
  out.clocks = clocks_.off();
  out.delta = pace_.delta();
  if (started_) {
    out.leader = leader_of(view_);
  }
  out.votes = can_vote();
  if (!broken_.empty()) {
    out.problem = broken_;
  } else if (doubt_.is_open()) {
    out.problem = doubt_text();
  } else if (config_.self && !journal_works_) {
    out.problem = "the journal cannot be written, so nothing is signed";
  } else if (config_.self && started_ && view_ <= silent_to_) {
    out.problem =
      "a former life may have voted in the views up to " + std::to_string(silent_to_.value())
      + " (durability = \"memory\", or the ledger or the journal was taken away): silent "
        "until the group has passed them";
  } else if (full()) {
    out.problem = "no block became final in " + std::to_string(views_.size())
                  + " views, and no more are kept: no votes until one is final. See what the "
                    "others' status says; restarting this node lets it try as many views again";
  }
  return out;
}

std::vector<journal_record> consensus::live_records() const {
  if (!started_) {
    return journal_;
  }
  std::vector<journal_record> out;
  out.emplace_back(ceiling{ceiling_}); // also 0: a journal without any record is a lost one
  if (doubt_.is_open()) {
    out.emplace_back(doubted{doubt_.why() == doubt::cause::blank});
  }
  out.emplace_back(heard_of{heard_of_});
  out.insert(out.end(), live_.begin(), live_.end());
  return out;
}

} // namespace caucus
