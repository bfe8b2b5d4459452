#include "actors/notary/block_chain.hpp"
#include "actors/notary/freshness.hpp"
#include "actors/notary/reads.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>

/// Fresh reads: who attests what, and when that is enough.

namespace caucus {

// -- asking --------------------------------------------------------------------------------------

void reads::ask(waiting& one, const notary_turn& t) {
  auto& claim = *one.claim;
  const auto patience = std::min(one.deadline - t.now, setup_.config.remote_read_timeout);
  for (const auto& [link, peer] : peers_.links()) {
    if (peer.member && claim.wants(*peer.member)) {
      claim.asked(*peer.member);
      by_tag_.emplace(next_tag_, question{one.id, peer, true, claim.in()});
      t.want(notary_out::request{link, next_tag_, patience, attest_request{claim.nonce()}});
      next_tag_ += 2;
    }
  }
  if (const auto self = peers_.member(setup_.self); self && claim.wants(*self)) {
    claim.asked(*self);
    attests_.own(one.id, claim.nonce());
  }
  if (claim.enough() && !one.answer_asked && one.ask_again) { // asked before: we are behind
    ask_answer(one, t);
  }
  one.ask_again = t.now + setup_.config.ask_again_after; // links come and members catch up
}

void reads::ask_answer(waiting& one, const notary_turn& t) {
  std::vector<linked_peer> members;
  for (const auto& [link, peer] : peers_.links()) {
    if (peer.member) {
      members.push_back(peer);
    }
  }
  if (members.empty()) {
    return;
  }
  auto what = one.read;
  what.height_min = std::max(what.height_min, one.claim->least());
  const auto& whom = members[one.round++ % members.size()];
  by_tag_.emplace(next_tag_, question{one.id, whom, false, one.claim->in()});
  t.want(notary_out::request{whom.link, next_tag_,
                             std::min(one.deadline - t.now, setup_.config.remote_read_timeout),
                             std::move(what)});
  next_tag_ += 2;
  one.answer_asked = true;
}

// -- what comes back -----------------------------------------------------------------------------

void reads::answered(std::uint64_t tag, const decltype(notary_in::peer_answered::response)& what,
                     const notary_turn& t) {
  const auto found = by_tag_.find(tag);
  if (found == by_tag_.end()) {
    return;
  }
  const auto asked = found->second;
  by_tag_.erase(found);
  const auto* const why = std::get_if<errc>(&what);
  if (asked.attests) {
    attested(asked, std::get_if<attest_response>(&what), why == nullptr ? errc::timed_out : *why,
             t);
  } else {
    answered(asked, std::get_if<read_response>(&what), t);
  }
}

void reads::attested(const question& asked, const attest_response* what, errc why,
                     const notary_turn& t) {
  const auto at = find(asked.read);
  if (at == waiting_.end()) {
    return;
  }
  auto& claim = *at->claim;
  if (asked.in != claim.in()) {
    return;
  }
  const auto who = *asked.peer.member;
  if (what == nullptr || !what->attestation) {
    return claim.refused(who, what == nullptr ? why : what->code);
  }
  if (what->epoch != claim.in()) { // one of us is behind, and no liar
    return claim.refused(who, errc::wrong_epoch);
  }
  const auto& bound = what->attestation->bound;
  if (what->attestation->signer != who
      || (!what->shown && bound != genesis_header(setup_.genesis))) {
    claim.refused(who, errc::bad_certificate);
    t.want(notary_out::blame{asked.peer.link, asked.peer.peer, errc::bad_certificate,
                             "an attestation in another's name, or one that shows nothing"});
    return;
  }
  // What our own certified state covers is there, whatever shows it; else a liar is told from one who
  // knows more than we do. Counted is what is covered alone, so nobody waits for what he made up.
  const bool shown =
    what->shown && (!base_ || !covers(base_->header, bound)) && !claim.is_shown(digest_of(bound));
  auto given = std::make_shared<const attest_response>(*what);
  attestation_checks_.emplace(next_tag_, attestation_check{asked.read, asked.peer, given, shown});
  t.want(
    notary_out::check_attestation{next_tag_, claim.nonce(), std::move(given), history_, shown});
  next_tag_ += 2;
}

void reads::attestation_checked(std::uint64_t token, const result<void>& how,
                                const notary_turn& t) {
  const auto found = attestation_checks_.find(token);
  if (found == attestation_checks_.end()) {
    return;
  }
  const auto done = std::move(found->second);
  attestation_checks_.erase(found);
  const bool lied =
    !how
    && (how.error().code == errc::bad_signature || how.error().code == errc::bad_certificate
        || how.error().code == errc::wrong_group);
  if (lied) {
    t.want(notary_out::blame{done.peer.link, done.peer.peer, how.error().code, how.error().detail});
  }
  const auto at = find(done.read);
  if (at == waiting_.end() || at->claim->in() != done.response->epoch) {
    return;
  }
  if (!how) {
    return at->claim->refused(*done.peer.member, how.error().code);
  }
  if (done.shown) {
    at->claim->shown(digest_of(done.response->attestation->bound));
  }
  at->claim->attested(*done.response->attestation);
  weigh(at, t);
}

void reads::bound_told(const finalize_bound& what, const notary_turn& t) {
  const auto self = peers_.member(setup_.self);
  for (const auto& [read, said] : attests_.told(what)) {
    const auto at = find(read);
    if (at == waiting_.end() || at->claim->in() != what.epoch) {
      continue;
    }
    if (said) {
      at->claim->attested(*said);
      weigh(at, t);
    } else {
      at->claim->refused(*self, errc::not_yet);
    }
  }
}

void reads::weigh(place one, const notary_turn& t) {
  if (!ready(*one) || base_->header.height < seen_) {
    return; // another read told of more meanwhile: our own state is on its way there
  }
  if (auto proof = one->claim->proof(base_->header)) {
    finish(one, build(one->read), t, std::make_shared<const freshness>(std::move(*proof)));
  }
}

// -- the answer of a member, where this node is behind -------------------------------------------

void reads::answered(const question& asked, const read_response* what, const notary_turn& t) {
  const auto at = find(asked.read);
  if (at == waiting_.end()) {
    return;
  }
  at->answer_asked = false;
  if (what == nullptr || !what->answer) {
    if (what != nullptr && what->code == errc::too_long) {
      static_cast<void>(ended_too_long(at, asked.peer.peer, t));
    }
    return;
  }
  auto given = std::make_shared<const answer>(*what->answer);
  checks_.emplace(next_tag_, check{asked.read, asked.peer.peer, given});
  t.want(notary_out::check_answer{next_tag_, std::move(given), history_});
  next_tag_ += 2;
}

void reads::checked(std::uint64_t token, result<verified_answer> how, const notary_turn& t) {
  const auto found = checks_.find(token);
  if (found == checks_.end()) {
    return;
  }
  const auto done = std::move(found->second);
  checks_.erase(found);
  const auto at = find(done.read);
  if (at == waiting_.end() || !how || how->height < seen_) {
    return;
  }
  const auto& wanted = at->read;
  const bool fits = how->variable == wanted.variable && how->height >= wanted.height_min
                    && how->entries.front().key == wanted.key
                    && (!wanted.whole || how->whole || !kind_of(how->kind).has_entries());
  auto proof = fits ? at->claim->proof(done.answer->header) : std::nullopt;
  if (proof) {
    finish(at, done.answer, t, std::make_shared<const freshness>(std::move(*proof)));
  }
}

bool reads::ended_too_long(place one, const peer_id& who, const notary_turn& t) {
  one->too_long.insert(who);
  if (one->too_long.size() <= peers_.voters().size() - needed()) {
    return false; // all of them may lie
  }
  finish(one,
         result<answer>{fail(errc::too_long, one->read.variable + " does not fit one answer, say "
                                               + std::to_string(one->too_long.size())
                                               + " members: ask for single keys")},
         t);
  return true;
}

} // namespace caucus
