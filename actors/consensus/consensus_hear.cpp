#include "actors/consensus/certificate.hpp"
#include "actors/consensus/consensus.hpp"
#include "actors/consensus/rules.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <utility>

/// What peers say, and what the group has decided. Nothing here is to be believed before it is
/// checked, and nothing that a peer says makes anything grow without a bound.

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

void consensus::on(voting::heard& what, const outlet& out) {
  auto* const from = links_.find(what.link);
  if (from == nullptr || !started_) {
    return;
  }
  if (what.answers != 0) {
    hear_response(*from, what.answers, what.message, out);
    return;
  }
  // Responses are heard above, and a chain_request is the notary's.
  std::visit(
    overloaded{[&](proposal& said) { hear(*from, std::move(said), out); },
               [&](const vote& cast) { hear(*from, cast, out); },
               [&](certificate& held) { offer(*from, std::move(held), nullptr, out); },
               [&](const proposal_request& block) { hear(*from, block, what.msg_id, out); },
               [&](const certificate_request& views) { hear(*from, views, what.msg_id, out); },
               [&](const tip_request& tip) { hear(*from, tip, what.msg_id, out); },
               [&](const view_request& in) { hear(*from, in, what.msg_id, out); },
               [&](const life_request& one) { hear(*from, one, what.msg_id, out); },
               ignored<proposal_response, certificate_page, tip_response, view_response,
                       life_response, chain_request, chain_page>{}},
    what.message);
}

// -- votes ---------------------------------------------------------------------------------------

void consensus::hear(peer_link& from, const vote& what, const outlet& out) {
  if (!is_now(from, what.subject.epoch, out) || !config_.self) {
    return;
  }
  if (!from.member || *from.member != what.signer) {
    out.blame_link(from, errc::unknown_member, "a vote in another's name");
    return;
  }
  if (what.subject.kind == vote_kind::nullify && !what.subject.digest.is_zero()) {
    out.blame_link(from, errc::out_of_range, "a vote that nobody can count");
    return;
  }
  pace_.heard(what.signer);
  note_word(what);
  if (what.subject.view < view_) {
    help(from, what.subject.view, out);
  }
  if (window_.is_votable(what.subject.view, view_) && !full()
      && window_.open(what.subject.view).add(what, check_state::no) == view_votes::added::fresh) {
    check_votes(what.subject, what.signer, out);
  }
}

// A replica that is an epoch behind hears votes of members that it does not know, and whoever has
// left votes on until he hears of it: neither is blamed.
bool consensus::is_now(peer_link& from, epoch of, const outlet& out) {
  if (of > config_.voters.in_epoch()) {
    fetcher_.epoch_passed(from.member);
  } else if (of < config_.voters.in_epoch()
             && (!from.helped || out.now() >= *from.helped + config_.retry_interval)) {
    from.helped = out.now();
    if (closed_by_) {
      out.to_link(from.info.id, *closed_by_);
    }
    if (entered_by_) { // of whatever view: it says that there is a later epoch
      out.to_link(from.info.id, *entered_by_);
    }
  }
  return of == config_.voters.in_epoch();
}

void consensus::note_word(const vote& of) {
  const auto last = last_words_.find(of.signer);
  if (last == last_words_.end() || last->second.subject.view < of.subject.view) {
    last_words_.insert_or_assign(of.signer, of);
  }
}

void consensus::note_words(const certificate& of) {
  auto each = of.signatures.begin();
  for (member_index i; i.value() < config_.voters.size(); i = i.next()) {
    if ((of.signers & bit_of(i)) != 0) {
      note_word({of.subject, i, *each++});
    }
  }
}

void consensus::check_votes(const subject& on, member_index from, const outlet& out) {
  auto* const there = window_.edit(on.view);
  if (there == nullptr) {
    return;
  }
  // While some are being checked, the vote that lacks may come to be this replica's own.
  const std::size_t own = there->any_asked(on) && may_join(on) ? 1 : 0;
  for (const auto& each :
       there->take_unchecked(on, from, config_.voters.quorum() - own, useless(on))) {
    checks_.ask(each, {{each.signer, each.subject, each.signature}}, out);
  }
}

void consensus::settled(const vote& what, bool good, const outlet& out) {
  if (!good) {
    out.blame_member(what.signer, errc::bad_signature, "a vote");
  }
  auto* const there = window_.edit(what.subject.view);
  if (there == nullptr) {
    return;
  }
  there->settle(what, good);
  if (good) {
    voter_.hear_of(bit_of(what.signer), out);
    if (auto lie = there->take_conflict(what.signer)) {
      out.tell(evidence_found{*lie});
    }
    certify(what.subject, out);
  }
  check_votes(what.subject, what.signer, out);
}

bool consensus::may_join(const subject& on) const {
  const auto* const there = window_.find(on.view);
  if (!can_vote() || there == nullptr || on.view <= voter_.silent_to()
      || there->own().nullify() != nullptr) {
    return false;
  }
  if (on.kind == vote_kind::finalize) {
    return there->own().finalize() == nullptr && there->notarization() != nullptr
           && there->notarization()->subject.digest == on.digest;
  }
  return on.kind == vote_kind::notarize && on.view == view_ && there->own().notarize() == nullptr
         && there->find_proposal(on.digest) != nullptr;
}

void consensus::help(peer_link& behind, view seen, const outlet& out) {
  // Late votes are common; one who is behind repeats his while we have been past that view for
  // long.
  if (out.now() < pace_.entered_at() + config_.retry_interval / 2
      || (behind.helped && out.now() < *behind.helped + config_.retry_interval)) {
    return;
  }
  behind.helped = out.now();
  const auto& tip = chain_.tip();
  if (tip.finalization && seen <= tip.header.view) {
    out.to_link(behind.info.id, *tip.finalization);
  }
  if (entered_by_ && entered_by_->subject.view > tip.header.view) {
    out.to_link(behind.info.id, *entered_by_);
  }
}

// -- proposals -----------------------------------------------------------------------------------

void consensus::hear(peer_link& from, proposal what, const outlet& out) {
  const auto header = what.block.header;
  if (!is_now(from, header.epoch, out) || !config_.self) {
    return;
  }
  const auto leader = config_.voters.leader_of(header.view);
  if (from.member != leader || header.group != config_.group) {
    out.blame_link(from, errc::not_the_leader, "a proposal for a view of another's");
    return;
  }
  pace_.heard(leader);
  if (header.view < view_) {
    help(from, header.view, out);
  }
  if (!window_.is_votable(header.view, view_) || full()) {
    return;
  }
  auto& there = window_.open(header.view);
  const auto id = digest_of(header);
  if (there.find_proposal(id) != nullptr || !there.has_room()) {
    return;
  }
  if (const auto fits = check_payload(what.block); !fits) {
    out.blame_link(from, fits.error().code, "a proposal's payload");
    return;
  }
  checks_.ask(proposal_check{header.view, id}, {{leader, id, what.signature}}, out);
  there.add_proposal({std::make_shared<const proposal>(std::move(what)), id, check_state::asked});
}

void consensus::suspect(const proposal& certified, const digest& id, const outlet& out) {
  const auto& header = certified.block.header;
  const auto* const there = window_.find(header.view);
  if (there == nullptr || there->proposals().size() != 1 || there->proposals().front().id == id
      || there->proposals().front().state != check_state::good) {
    return;
  }
  const auto leader = config_.voters.leader_of(header.view);
  const auto& other = *there->proposals().front().proposal;
  checks_.ask(
    conflicting_proposals{leader, other.block.header, other.signature, header, certified.signature},
    {{leader, id, certified.signature}}, out);
}

void consensus::settled(const proposal_check& what, bool good, const outlet& out) {
  auto* const there = window_.edit(what.view);
  if (there == nullptr || there->find_proposal(what.id) == nullptr) {
    return;
  }
  const auto leader = config_.voters.leader_of(what.view);
  const auto* const found = there->settle_proposal(what.id, good);
  if (found == nullptr) {
    out.blame_member(leader, errc::bad_signature, "a proposal");
    return;
  }
  const auto& header = found->proposal->block.header;
  voter_.hear_of(bit_of(leader), out);
  if (const auto* const above = chain_.header_of(header.parent)) {
    clocks_.heard(leader, header, above->time, out.wall());
  }
  chain_.insert(what.id, found->proposal);
  if (there->notarization() != nullptr && there->notarization()->subject.digest == what.id) {
    chain_.notarized(what.id);
  }
  fetcher_.look_again();
  if (const auto* const rival = there->take_rival(what.id)) {
    out.tell(evidence_found{conflicting_proposals{leader, rival->proposal->block.header,
                                                  rival->proposal->signature, header,
                                                  found->proposal->signature}});
    if (what.view == view_) {
      nullify(out); // nobody knows which of them others hold: leave the view
    }
  }
}

// -- requests ------------------------------------------------------------------------------------

bool consensus::may_ask(peer_link& who, time_point now) const {
  if (now >= who.served_from + config_.retry_interval) {
    who.served_from = now;
    who.served = 0;
  }
  return ++who.served <= served_per_interval_max;
}

void consensus::hear(peer_link& from, const proposal_request& what, std::uint64_t msg_id,
                     const outlet& out) {
  if (may_ask(from, out.now())) {
    const auto held = chain_.block_of(what.digest);
    out.respond(from.info.id, msg_id,
                proposal_response{held == nullptr ? std::nullopt : std::optional{*held}});
  }
}

void consensus::hear(peer_link& from, const certificate_request& what, std::uint64_t msg_id,
                     const outlet& out) {
  if (may_ask(from, out.now())) {
    certificate_page answer;
    if (is_now(from, what.epoch, out)) {
      answer.certificates = window_.certificates(what.first, what.last, certificates_per_page_max);
    }
    out.respond(from.info.id, msg_id, std::move(answer));
  }
}

void consensus::hear(peer_link& from, const tip_request& what, std::uint64_t msg_id,
                     const outlet& out) {
  if (!may_ask(from, out.now())) {
    return;
  }
  tip_response answer;
  const auto& tip = chain_.tip();
  if (tip.header.height > what.have && tip.finalization) {
    answer.finalization = tip.finalization;
    if (tip.proposal != nullptr) {
      answer.proposal = *tip.proposal;
    }
  }
  out.respond(from.info.id, msg_id, std::move(answer));
}

void consensus::hear(peer_link& from, const view_request& what, std::uint64_t msg_id,
                     const outlet& out) {
  if (config_.self && may_ask(from, out.now())) {
    const bool heard = from.member && voter_.has_heard_of(*from.member);
    out.respond(from.info.id, msg_id,
                view_response{is_now(from, what.epoch, out) ? entered_by_ : std::nullopt,
                              voter_.doubts().forgot(), heard, config_.voters.in_epoch()});
  }
}

// Whoever was set back, or runs twice, is told by its own words: none that it did not sign are
// believed there.
void consensus::hear(peer_link& from, const life_request& what, std::uint64_t msg_id,
                     const outlet& out) {
  const bool is_of_now = is_now(from, what.epoch, out);
  if (!config_.self || !from.member || !may_ask(from, out.now())) {
    return;
  }
  if (lives_.is_later(from.info.peer, what.mine) && ++from.lives > lives_per_link_max) {
    return; // each is written down; an honest start says few
  }
  life_response answer{lives_.heard(from.info.peer, what.mine, config_.voters, out), std::nullopt,
                       chain_.tip().header.view, config_.voters.in_epoch()};
  if (const auto last = last_words_.find(*from.member); is_of_now && last != last_words_.end()) {
    answer.last = last->second;
  }
  out.respond(from.info.id, msg_id, answer);
  if (is_of_now && from.was_behind) { // it answered before it was in this epoch
    from.was_behind = false;
    ask_life(from, out);
  }
}

// -- responses -----------------------------------------------------------------------------------

void consensus::hear_response(peer_link& from, std::uint64_t tag, voting::message& what,
                              const outlet& out) {
  const auto asked = fetcher_.end(tag);
  switch (asked.kind) {
    case fetcher::request_kind::none: return;
    case fetcher::request_kind::block: {
      auto* const got = std::get_if<proposal_response>(&what);
      return hear_block(from, asked.block, got == nullptr ? std::nullopt : std::move(got->proposal),
                        out);
    }
    case fetcher::request_kind::chain:
      if (auto* const page = std::get_if<chain_page>(&what)) {
        fetcher_.page_came(from, *page, chain_.tip(), checks_, out);
      }
      return;
    case fetcher::request_kind::certificates:
      if (auto* const page = std::get_if<certificate_page>(&what)) {
        if (!page->certificates.empty()) {
          fetcher_.certificates_came(out);
        }
        for (auto& each : page->certificates) {
          offer(from, std::move(each), nullptr, out);
        }
      }
      return;
    case fetcher::request_kind::tip:
      if (auto* const tip = std::get_if<tip_response>(&what)) {
        hear_tip(from, *tip, out);
      }
      return;
    case fetcher::request_kind::view_entered:
      if (auto* const told = std::get_if<view_response>(&what)) {
        hear_view(from, *told, out);
      }
      return;
    case fetcher::request_kind::life:
      if (const auto* const told = std::get_if<life_response>(&what)) {
        hear_life(from, *told, out);
      }
      return;
  }
}

void consensus::hear_block(const peer_link& from, const digest& id, std::optional<proposal> what,
                           const outlet& out) {
  if (what && (digest_of(what->block.header) != id || !check_payload(what->block))) {
    out.blame_link(from, errc::out_of_range, "another block than asked for");
    what.reset();
  }
  if (!what) {
    fetcher_.block_missing(id, out);
    return;
  }
  // It, or a descendant of it, is certified; so it was notarized too.
  const auto got = std::make_shared<const proposal>(std::move(*what));
  if (chain_.insert(id, got) != nullptr) {
    chain_.notarized(id);
    suspect(*got, id, out);
  }
  fetcher_.look_again();
}

void consensus::hear_tip(const peer_link& from, tip_response& what, const outlet& out) {
  const auto& by = what.finalization;
  const auto now_in = config_.voters.in_epoch();
  if (by && by->subject.kind != vote_kind::finalize) {
    return;
  }
  if (by && by->subject.epoch > now_in) {
    fetcher_.epoch_passed(from.member); // how far it is, is asked again in that epoch
    return;
  }
  const bool is_past = by && by->subject.epoch < now_in;
  if (from.member) {
    height_.named(*from.member, by && !is_past ? by->subject.view : view{});
  }
  if (!by || is_past) {
    return;
  }
  std::shared_ptr<const proposal> block;
  if (what.proposal) {
    if (digest_of(what.proposal->block.header) != by->subject.digest
        || !check_payload(what.proposal->block)) {
      out.blame_link(from, errc::bad_certificate, "a finalization of another block");
      return;
    }
    block = std::make_shared<const proposal>(std::move(*what.proposal));
  }
  offer(from, std::move(*what.finalization), std::move(block), out);
}

bool consensus::is_answer_of_now(const peer_link& from, epoch of) {
  if (of > config_.voters.in_epoch()) {
    fetcher_.epoch_passed(from.member);
  }
  return of == config_.voters.in_epoch();
}

void consensus::hear_view(const peer_link& from, view_response& what, const outlet& out) {
  if (!in_doubt() || !from.member || !is_answer_of_now(from, what.epoch)) {
    return;
  }
  if (what.entered_by && !config_.voters.check_shape(*what.entered_by)) {
    out.blame_link(from, errc::bad_certificate, "the certificate by which it entered its view");
    return;
  }
  // What shows no more than is proven already needs no check: it changes nothing but who answered.
  if (!what.entered_by || what.entered_by->subject.view.next() <= voter_.doubts().highest()) {
    what.entered_by.reset();
    settled(view_check{*from.member, std::move(what)}, true, out);
    return;
  }
  auto claims = claims_of(*what.entered_by);
  checks_.ask(view_check{*from.member, std::move(what)}, std::move(claims), out);
}

void consensus::hear_life(peer_link& from, const life_response& what, const outlet& out) {
  if (!config_.self || !from.member || !lives_.has_begun()) {
    return;
  }
  const auto& other = what.other;
  const bool is_later =
    other && other->life > lives_.mine() && other->signature == key_->sign(other->life);
  if (is_later && lives_.is_known()) {
    voter_.stop_for_good("another copy of this node runs with the same key, started after this "
                         "one: this one votes no more. Stop one of them");
    return;
  }
  if (!is_answer_of_now(from, what.epoch)) {
    from.was_behind = what.epoch < config_.voters.in_epoch();
    return;
  }
  if (const auto& last = what.last; last && last->subject.epoch == config_.voters.in_epoch()
                                    && last->signature == key_->sign(last->subject)) {
    voter_.has_signed(last->subject.view, out);
  }
  lives_.answered(*from.member, is_later ? std::optional{other->life} : std::nullopt,
                  what.final_view);
}

void consensus::settled(const view_check& what, bool good, const outlet& out) {
  const auto& [who, said] = what;
  if (!good) {
    out.blame_member(who, errc::bad_certificate, "the certificate by which it entered its view");
    return;
  }
  voter_.answered(who, {said.entered_by ? said.entered_by->subject.view.next() : view{1},
                        said.blank, said.knows_asker});
  // It is taken as well: whoever loses a journal next is told of this view by this member too.
  if (said.entered_by && !useless(said.entered_by->subject)) {
    accept(*said.entered_by, false, out);
  }
}

void consensus::settled_page(bool good, const outlet& out) {
  const auto got = fetcher_.page_checked(good, links_, out);
  if (!got) {
    return;
  }
  for (std::size_t i = 0; i < got->ids.size(); ++i) {
    if (auto* const block = chain_.insert(got->ids[i], got->blocks[i])) {
      block->notarized = true;
      block->announced = true; // final at once: the notary executes it then
    }
  }
  static_cast<void>(commit(got->finalization, out));
  fetcher_.look_again();
}

// -- certificates of others ----------------------------------------------------------------------

bool consensus::useless(const subject& on) const {
  if (on.kind == vote_kind::finalize) {
    return on.view <= chain_.tip().header.view || (target_ && target_->subject.view >= on.view);
  }
  if (on.view <= window_.over() || full()) {
    return true;
  }
  const auto* const there = window_.find(on.view);
  return there != nullptr && there->certificate_of(on.kind) != nullptr;
}

void consensus::offer(const peer_link& from, certificate what,
                      std::shared_ptr<const proposal> block, const outlet& out) {
  if (!is_answer_of_now(from, what.subject.epoch)) {
    return;
  }
  if (const auto fits = config_.voters.check_shape(what); !fits) {
    out.blame_link(from, fits.error().code, "a certificate");
  } else if (!useless(what.subject)) {
    checks_.offer(from.info.id, std::move(what), std::move(block));
  }
}

// Every member sends the certificate that it made, and each costs a quorum of checks: a replica
// whose own votes are being checked for the same one waits for those.
bool consensus::check_candidates(const outlet& out) {
  bool any = false;
  for (auto on = checks_.first(); on; on = checks_.next(*on)) { // a check may end at once
    if (useless(*on)) {
      checks_.drop(*on);
      continue;
    }
    const auto* const first = checks_.unasked(*on);
    const auto* const there = window_.find(on->view);
    if (first == nullptr
        || (first->block == nullptr && there != nullptr
            && there->hopeful_count(*on) >= config_.voters.quorum())) {
      continue;
    }
    auto claims = claims_of(first->held);
    if (there != nullptr) {
      std::erase_if(claims, [&](const voting::claim& each) {
        return there->is_good({*on, each.signer, each.signature});
      });
    }
    if (claims.empty()) {
      any = settled_candidate(*on, 0, true, out) || any;
    } else {
      checks_.ask(*on, std::move(claims), out);
    }
  }
  return any;
}

bool consensus::settled_candidate(const subject& on, std::uint64_t token, bool good,
                                  const outlet& out) {
  const auto first = checks_.take_first(on, token);
  if (!first) {
    return false;
  }
  if (!good) { // the next one's turn is in check_candidates()
    if (const auto* const from = links_.find(first->link)) {
      out.blame_link(*from, errc::bad_certificate, "its signatures");
    }
    return false;
  }
  checks_.drop(on);
  if (useless(on)) {
    return false;
  }
  if (first->block != nullptr) {
    chain_.insert(on.digest, first->block);
  }
  accept(first->held, false, out);
  return true;
}

// -- what the group has decided ------------------------------------------------------------------

void consensus::certify(const subject& on, const outlet& out) {
  const auto* const there = window_.find(on.view);
  if (!useless(on) && there != nullptr && there->good_count(on) >= config_.voters.quorum()) {
    accept(assemble(on, there->good_votes(on, config_.voters.quorum())), true, out);
  }
}

void consensus::accept(const certificate& what, bool own, const outlet& out) {
  CAUCUS_ASSERT_RULE(6, is_quorum(what.signers, config_.voters));
  CAUCUS_ASSERT_RULE(6, config_.voters.check_shape(what).has_value());
  CAUCUS_ASSERT(!useless(what.subject));
  fetcher_.look_again();
  voter_.hear_of(what.signers, out);
  voter_.was_shown(what, out);
  note_words(what);
  if (own) {
    out.to_members(what);
  }
  if (what.subject.kind == vote_kind::finalize) {
    if (!target_ || target_->subject.view < what.subject.view) {
      target_ = what;
    }
    if (what.subject.view >= view_) {
      voter_.keep(what, view_, out); // so that a later life can show how far it had come
      enter(what.subject.view.next(), what, out);
    }
    try_target(out);
    return;
  }
  voter_.keep(what, view_, out);
  if (what.subject.kind == vote_kind::notarize) {
    notarized(what);
  } else {
    window_.certify(what);
  }
  if (what.subject.view >= view_) {
    enter(what.subject.view.next(), what, out);
  }
}

void consensus::notarized(const certificate& what) {
  const auto& there = window_.certify(what);
  if (const auto* const held = there.find_proposal(what.subject.digest)) {
    chain_.insert(held->id, held->proposal); // certified, whatever its own signature
  }
  chain_.notarized(what.subject.digest);
}

void consensus::enter(view next, std::optional<certificate> by, const outlet& out) {
  CAUCUS_ASSERT_RULE(9, next > view_);
  CAUCUS_ASSERT_RULE(9, !by || by->subject.view < next);
  if (by && by->subject.kind == vote_kind::nullify) {
    pace_.failed();
  }
  view_ = next;
  entered_by_ = std::move(by);
  pace_.enter(out.now());
  fetcher_.lack_nothing();
  fetcher_.look_again();
  resend_due_ = out.now() + config_.retry_interval;
  if (view_.value() > uncertified_views_max) {
    chain_.prune(view{view_.value() - uncertified_views_max});
  }
  out.tell(view_entered{view_, config_.voters.leader_of(view_)});
}

bool consensus::try_target(const outlet& out) {
  const auto done = target_ ? commit(*target_, out) : std::nullopt;
  if (done) {
    target_.reset();
  }
  return done.value_or(false);
}

std::optional<bool> consensus::commit(const certificate& what, const outlet& out) {
  CAUCUS_ASSERT_RULE(6, what.subject.kind == vote_kind::finalize);
  CAUCUS_ASSERT_RULE(6, is_quorum(what.signers, config_.voters));
  const auto path = chain_.path_to(what.subject.digest);
  if (path.missing) {
    return std::nullopt;
  }
  if (path.ids.empty()) {
    if (what.subject.view > chain_.tip().header.view) {
      voter_.stop_for_good(
        "two blocks of one height are certified: more members lie than the group bears");
    }
    return false;
  }
  voter_.was_shown(what, out);
  for (const auto& id : path.ids) {
    const auto block = chain_.block_of(id);
    voter_.was_shown(block->block.header, out);
    const bool newest = id == path.ids.back();
    const auto by = newest ? std::optional{what} : std::nullopt;
    compare(block->block.header);
    chain_.advance(id, by);
    for (const auto& batch : block->block.batches) {
      mempool_.listed(batch);
    }
    voter_.block_final(block->block.header.height, block->block.header.view);
    out.tell(block_finalized{id, shared_block{block, &block->block}, by});
  }
  committed(out);
  return true;
}

void consensus::committed(const outlet& out) {
  const auto& tip = chain_.tip();
  out.to_followers(*tip.finalization);
  window_.set_final(tip.header.view);
  checks_.forget(tip.header.view, window_.over());
  chain_.prune(
    view{view_.value() > uncertified_views_max ? view_.value() - uncertified_views_max : 0});
  progress_.became_final(out.now());
  pace_.passed();
  fetcher_.look_again();
  if (view_ <= tip.header.view) {
    enter(tip.header.view.next(), tip.finalization, out);
  }
}

bool consensus::tell_notarized(const outlet& out) {
  const auto fresh = chain_.take_tellable();
  for (const auto* const block : fresh) {
    out.tell(block_notarized{block->id, shared_block{block->proposal, &block->proposal->block}});
  }
  return !fresh.empty();
}

} // namespace caucus
