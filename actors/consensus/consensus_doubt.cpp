#include "actors/consensus/certificate.hpp"
#include "actors/consensus/consensus.hpp"
#include "messages/quorum.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <string>
#include <utility>

/// What a new life must be told before it signs: how far the group had come, if the journal does not say
/// what it signed (doubt.hpp); and the group's height, below which its notary numbers no batch.

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

// -- a journal that is gone, or was cut ------------------------------------------------------------

void consensus::restore_doubt() {
  if (!config_.self) {
    return;
  }
  std::optional<doubted> former;
  std::optional<std::uint64_t> heard;
  bool began_blank = journal_.empty();
  for (const auto& one : journal_) {
    std::visit(overloaded{[&](const doubted& lost) {
                            former = lost;
                            began_blank = began_blank || lost.blank;
                          },
                          [&](const ceiling&) { former.reset(); },
                          [&](const heard_of& known) { heard = known.members; },
                          ignored<voted, seen_block, seen_certificate>{}},
               one);
  }
  // A journal of before says nothing of it: whoever asks is taken for one that was heard.
  heard_of_ = heard.value_or(began_blank ? 0 : ~std::uint64_t{0});
  if (former) {
    doubt_.open(former->blank ? doubt::cause::blank : doubt::cause::cut);
  }
  // Of a group that bears no fault a disk that lost what it had synced is none: a cut end binds nobody.
  const bool bears_faults = liars_max(static_cast<std::uint16_t>(members())) > 0;
  if (journal_.empty() || (cut_ && bears_faults)) {
    doubt_.open(journal_.empty() ? doubt::cause::blank : doubt::cause::cut);
    out_->push_back(voting::record{doubted{doubt_.why() == doubt::cause::blank}});
  }
}

void consensus::hear_of(std::uint64_t members) {
  if (!config_.self || (heard_of_ | members) == heard_of_ || !started_) {
    return;
  }
  heard_of_ |= members;
  out_->push_back(voting::record{heard_of{heard_of_}});
}

/// A group of one has nobody to be told by: what its journal rests on is in its ledger, or is lost.
void consensus::judge_lone_journal() {
  if (members() != 1 || !config_.self || config_.keeps != vote_keeping::each) {
    return;
  }
  const auto& tip = chain_.tip();
  const bool ahead =
    view_ <= silent_to_ || std::any_of(notarized_.begin(), notarized_.end(), [&](view in) {
      return chain_.path_to(views_.at(in).notarization->on.of).missing.has_value();
    });
  if (ahead || (target_ && chain_.path_to(target_->on.of).missing)) {
    stop_for_good(
      "consensus.journal is ahead of ledger.log, which ends at height "
      + std::to_string(tip.header.at.value())
      + ": the ledger lost its end, or the folder was copied while its node ran. A group of "
        "one has nobody to fetch blocks from: put back a ledger.log that is as new as "
        "the journal");
  }
}

void consensus::ask_views_of(peer_link& who) {
  view_tags_.insert(request(who.who.id, view_request{}));
}

void consensus::ask_views() {
  if (!doubt_.is_open()) {
    return;
  }
  if (now_ >= views_due_) {
    views_due_ = now_ + config_.retry_interval;
    for (const auto to : links_.members()) {
      ask_views_of(*links_.find(to));
    }
  }
  wake_at(views_due_);
}

void consensus::hear(peer_link& from, const view_request&, std::uint64_t msg_id) {
  if (!config_.self || !may_ask(from)) {
    return;
  }
  const bool heard = from.member && (heard_of_ & bit_of(*from.member)) != 0;
  respond(from.who.id, msg_id,
          view_response{entered_by_, doubt_.why() == doubt::cause::blank, heard});
}

void consensus::hear_view(peer_link& from, view_response& what) {
  if (!doubt_.is_open() || !from.member) {
    return;
  }
  if (what.entered_by && !check_shape(*what.entered_by, members())) {
    blame_link(from, errc::bad_certificate, "the certificate by which it entered its view");
    return;
  }
  // What shows no more than is proven already needs no check: it changes nothing but who answered.
  if (!what.entered_by || what.entered_by->on.in.next() <= doubt_.highest()) {
    settled_view(*from.member, {std::nullopt, what.blank, what.heard}, true);
    return;
  }
  const auto token = ++tokens_;
  out_->push_back(voting::check_signatures{token, claims_of(*what.entered_by)});
  checks_.emplace(token, view_check{*from.member, from.who.id, std::move(what)});
}

void consensus::settled_view(member_index who, const view_response& what, bool good) {
  if (!good) {
    if (const auto link = links_.of(who)) {
      blame_link(*links_.find(*link), errc::bad_certificate,
                 "the certificate by which it entered its view");
    }
    return;
  }
  doubt_.answered(
    who, {what.entered_by ? what.entered_by->on.in.next() : view{1}, what.blank, what.heard});
  moved_ = true;
  // It is taken as well: whoever loses a journal next is told of this view by this member too.
  if (what.entered_by && !useless(what.entered_by->on)) {
    accept(*what.entered_by, false);
  }
}

void consensus::settle_doubt() {
  if (!doubt_.is_open() || !journal_works_) {
    return;
  }
  if (config_.vote_above) {
    end_doubt(*config_.vote_above);
    return;
  }
  if (const auto silent_to = doubt_.over(members())) {
    end_doubt(*silent_to);
  }
}

void consensus::end_doubt(view silent_to) {
  if (doubt_.why() == doubt::cause::blank && !doubt_.is_new(members())) {
    hear_of(~std::uint64_t{0}); // whom it had heard of it has forgotten too
  }
  doubt_.close();
  silent_to_ = std::max(silent_to_, silent_to);
  ceiling_ = std::max(ceiling_, silent_to);
  out_->push_back(voting::record{ceiling{ceiling_}});
  moved_ = true;
}

std::string consensus::doubt_text() const {
  if (doubt_.may_be_new()) {
    return "it has no journal, as at a first start: it votes once "
           + std::to_string(quorum(static_cast<std::uint16_t>(members())) - 1)
           + " other members have said that they never heard of it; "
           + std::to_string(doubt_.answer_count()) + " have";
  }
  if (doubt_.needs_operator(members())) {
    return "consensus.journal is new: what this member signed before is not known, and a group of "
           + std::to_string(members())
           + " bears the loss of none. Put the newest consensus.journal back; without it, set "
             "node.vote_above in node.toml to one below the view that all others are in, "
           + std::to_string(view_.value() - 1)
           + " if that is this one's too, and only if no other copy of this node runs";
  }
  const auto needed = doubt::needed(members());
  const auto heard = doubt_.heard();
  std::string missing;
  for (std::size_t i = 0; i < members(); ++i) {
    const member_index one{static_cast<std::uint16_t>(i)};
    if (one != *config_.self && std::find(heard.begin(), heard.end(), one) == heard.end()) {
      missing += (missing.empty() ? "" : ", ")
                 + (i < config_.names.size() ? config_.names[i] : "member " + std::to_string(i));
    }
  }
  return std::string{
           doubt_.why() == doubt::cause::blank
             ? "consensus.journal is new: what this member signed before is not known"
             : "consensus.journal lost its end: what this member signed last is not known"}
         + ". It does not vote until " + std::to_string(needed)
         + " other members have shown how far they are; " + std::to_string(heard.size())
         + " have, not yet " + missing
         + ". If they never come back, set node.vote_above in node.toml to a view that the group "
           "has surely not passed";
}

// -- the group's height ------------------------------------------------------------------------------

void consensus::note_tip(member_index who, view newest) {
  if (!height_known_) {
    tips_[who] = newest;
    moved_ = true;
  }
}

/// Whoever names a view that does not exist is not counted, as nobody ever gets there.
void consensus::learn_height() {
  if (height_known_) {
    return;
  }
  const std::size_t others = members() - (config_.self ? 1 : 0);
  const std::size_t needed =
    std::min<std::size_t>(liars_max(static_cast<std::uint16_t>(members())) + 1U, others);
  const auto& tip = chain_.tip();
  const auto reached = std::count_if(tips_.begin(), tips_.end(),
                                     [&](const auto& one) { return one.second <= tip.header.in; });
  if (static_cast<std::size_t>(reached) >= needed) {
    height_known_ = true;
    tips_.clear();
    tell(group_height{tip.header.at});
  }
}

void consensus::ask_tips() {
  if (height_known_) {
    return;
  }
  if (tips_due_ == time_point{}) {
    tips_due_ = now_ + config_.retry_interval; // all were asked when their links came up
  }
  if (now_ >= tips_due_) {
    tips_due_ = now_ + config_.retry_interval;
    for (const auto to : links_.members()) {
      tip_tags_.insert(request(to, tip_request{chain_.tip().header.at}));
    }
  }
  wake_at(tips_due_);
}

} // namespace caucus
