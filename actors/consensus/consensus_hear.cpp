#include "actors/consensus/certificate.hpp"
#include "actors/consensus/consensus.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <utility>

/// What peers say: votes, proposals and requests. Nothing here is to be believed before it is
/// checked, and nothing that a peer says makes anything grow without a bound.

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

void consensus::on(voting::heard& what) {
  auto* const from = links_.find(what.from);
  if (from == nullptr || !started_) {
    return;
  }
  if (what.answers != 0) {
    hear_response(*from, what.answers, what.what);
    return;
  }
  // Responses are heard above, and a chain_request is the notary's.
  std::visit(overloaded{[&](proposal& said) {
                          hear(*from, std::make_shared<const proposal>(std::move(said)));
                        },
                        [&](const vote& cast) { hear(*from, cast); },
                        [&](certificate& held) { offer(*from, std::move(held), nullptr); },
                        [&](const proposal_request& block) { hear(*from, block, what.msg_id); },
                        [&](const certificate_request& views) { hear(*from, views, what.msg_id); },
                        [&](const tip_request& tip) { hear(*from, tip, what.msg_id); },
                        [&](const view_request& in) { hear(*from, in, what.msg_id); },
                        ignored<proposal_response, certificate_page, tip_response, view_response,
                                chain_request, chain_page>{}},
             what.what);
}

void consensus::blame_link(const peer_link& whom, errc why, std::string detail) {
  out_->push_back(voting::accuse{{whom.who.id, whom.who.peer, why, std::move(detail)}});
}

// -- votes ---------------------------------------------------------------------------------------

void consensus::hear(peer_link& from, const vote& what) {
  if (!config_.self) {
    return;
  }
  if (!from.member || *from.member != what.from) {
    blame_link(from, errc::unknown_member, "a vote in another's name");
    return;
  }
  if (what.on.in_epoch != epoch{}
      || (what.on.kind == vote_kind::nullify && !what.on.of.is_zero())) {
    blame_link(from, errc::wrong_epoch, "a vote that nobody can count");
    return;
  }
  pace_.heard(what.from);
  if (what.on.in < view_) {
    help(from, what.on.in);
  }
  if (!votable(what.on.in)) {
    return;
  }
  if (views_[what.on.in].add(what, check_state::no) == view_votes::added::fresh) {
    check_votes(what.on, what.from);
    moved_ = true;
  }
}

void consensus::check_votes(const subject& on, member_index from) {
  auto* const there = find_view(on.in);
  if (there == nullptr) {
    return;
  }
  // While some are being checked our own may come to be the one that lacks.
  const std::size_t own = there->any_asked(on) && may_join(on) ? 1 : 0;
  for (auto& one : there->take_unchecked(on, from, quorum_size() - own, useless(on))) {
    const auto token = ++tokens_;
    out_->push_back(voting::check_signatures{token, {{one.from, one.on, one.by}}});
    checks_.emplace(token, std::move(one));
  }
}

void consensus::settled(const vote& what, bool good) {
  if (!good) {
    if (const auto link = links_.of(what.from)) {
      blame_link(*links_.find(*link), errc::bad_signature, "a vote");
    }
  }
  auto* const there = find_view(what.on.in);
  if (there == nullptr) {
    return;
  }
  there->settle(what, good);
  if (good) {
    hear_of(bit_of(what.from));
  }
  if (!good) {
    check_votes(what.on, what.from);
    return;
  }
  if (auto lie = there->take_conflict(what.from)) {
    tell(evidence_found{*lie});
  }
  moved_ = true;
  certify(what.on);
  check_votes(what.on, what.from);
}

// Whether this replica's own vote on it may be still to come.
bool consensus::may_join(const subject& on) const {
  const auto* const there = find_view(on.in);
  if (!can_vote() || there == nullptr || there->nullified || on.in <= silent_to_) {
    return false;
  }
  if (on.kind == vote_kind::finalize) {
    return !there->finalized && there->notarization && there->notarization->on.of == on.of;
  }
  return on.kind == vote_kind::notarize && on.in == view_ && !there->notarized
         && std::any_of(there->proposals.begin(), there->proposals.end(),
                        [&on](const kept_proposal& one) { return one.id == on.of; });
}

void consensus::help(peer_link& behind, view seen) {
  // Late votes are common; one who is behind repeats his while we have been past that view for long.
  if (now_ < pace_.entered_at() + config_.retry_interval / 2
      || (behind.helped && now_ < *behind.helped + config_.retry_interval)) {
    return;
  }
  behind.helped = now_;
  const auto& tip = chain_.tip();
  if (tip.finalization && seen <= tip.header.in) {
    to_link(behind.who.id, *tip.finalization);
  }
  if (entered_by_ && entered_by_->on.in > tip.header.in) {
    to_link(behind.who.id, *entered_by_);
  }
}

// -- proposals -----------------------------------------------------------------------------------

void consensus::hear(peer_link& from, std::shared_ptr<const proposal> what) {
  if (!config_.self) {
    return;
  }
  const auto& header = what->what.header;
  if (!from.member || *from.member != leader_of(header.in) || header.group != config_.group
      || header.in_epoch != epoch{}) {
    blame_link(from, errc::not_the_leader, "a proposal for a view of another's");
    return;
  }
  pace_.heard(*from.member);
  if (header.in < view_) {
    help(from, header.in);
  }
  if (!votable(header.in)) {
    return;
  }
  auto& there = views_[header.in];
  const auto id = digest_of(header);
  const bool repeated = std::any_of(there.proposals.begin(), there.proposals.end(),
                                    [&id](const auto& one) { return one.id == id; });
  if (repeated || there.proposals.size() >= proposals_per_view_max) {
    return;
  }
  if (const auto fits = check_payload(what->what); !fits) {
    blame_link(from, fits.error().code, "a proposal's payload");
    return;
  }
  const auto token = ++tokens_;
  out_->push_back(voting::check_signatures{token, {{leader_of(header.in), id, what->by}}});
  checks_.emplace(token, proposal_check{header.in, id});
  there.proposals.push_back({std::move(what), id, check_state::asked});
}

void consensus::suspect(const proposal& certified, const digest& id) {
  const auto& header = certified.what.header;
  const auto* const there = find_view(header.in);
  if (there == nullptr || there->proposals.size() != 1 || there->proposals.front().id == id
      || there->proposals.front().state != check_state::good) {
    return;
  }
  const auto& other = *there->proposals.front().what;
  const auto token = ++tokens_;
  out_->push_back(voting::check_signatures{token, {{leader_of(header.in), id, certified.by}}});
  checks_.emplace(token, conflicting_proposals{leader_of(header.in), other.what.header, other.by,
                                               header, certified.by});
}

void consensus::settled_proposal(view in, const digest& id, bool good) {
  auto* const there = find_view(in);
  if (there == nullptr) {
    return;
  }
  const auto found = std::find_if(there->proposals.begin(), there->proposals.end(),
                                  [&id](const auto& one) { return one.id == id; });
  if (found == there->proposals.end()) {
    return;
  }
  if (!good) {
    if (const auto link = links_.of(leader_of(in))) {
      blame_link(*links_.find(*link), errc::bad_signature, "a proposal");
    }
    there->proposals.erase(found);
    return;
  }
  found->state = check_state::good;
  hear_of(bit_of(leader_of(in)));
  if (const auto* const above = chain_.header_of(found->what->what.header.parent)) {
    clocks_.heard(leader_of(in), found->what->what.header, above->time, wall_);
  }
  chain_.insert(id, found->what);
  if (there->notarization && there->notarization->on.of == id) {
    chain_.notarized(id);
  }
  wants_changed_ = true;
  moved_ = true;
  const auto other =
    std::find_if(there->proposals.begin(), there->proposals.end(),
                 [&id](const auto& one) { return one.state == check_state::good && one.id != id; });
  if (other != there->proposals.end() && !there->proposals_conflict) {
    there->proposals_conflict = true;
    tell(
      evidence_found{conflicting_proposals{leader_of(in), other->what->what.header, other->what->by,
                                           found->what->what.header, found->what->by}});
    if (in == view_) {
      nullify(); // nobody knows which of them others hold: leave the view
    }
  }
}

// -- requests ------------------------------------------------------------------------------------

bool consensus::may_ask(peer_link& who) {
  if (now_ >= who.served_from + config_.retry_interval) {
    who.served_from = now_;
    who.served = 0;
  }
  return ++who.served <= served_per_interval_max;
}

void consensus::hear(peer_link& from, const proposal_request& what, std::uint64_t msg_id) {
  if (!may_ask(from)) {
    return;
  }
  const auto held = chain_.block_of(what.of);
  proposal_response answer;
  if (held != nullptr) {
    answer.what = *held;
  }
  respond(from.who.id, msg_id, std::move(answer));
}

void consensus::hear(peer_link& from, const certificate_request& what, std::uint64_t msg_id) {
  if (!may_ask(from)) {
    return;
  }
  certificate_page answer;
  auto& held = answer.certificates;
  for (auto at = views_.lower_bound(what.first); at != views_.end() && at->first <= what.last;
       ++at) {
    if (held.size() + 2 > certificates_per_page_max) {
      break;
    }
    if (at->second.notarization) {
      held.push_back(*at->second.notarization);
    }
    if (at->second.nullification) {
      held.push_back(*at->second.nullification);
    }
  }
  respond(from.who.id, msg_id, std::move(answer));
}

void consensus::hear(peer_link& from, const tip_request& what, std::uint64_t msg_id) {
  if (!may_ask(from)) {
    return;
  }
  tip_response answer;
  const auto& tip = chain_.tip();
  if (tip.header.at > what.have && tip.finalization) {
    answer.finalization = tip.finalization;
    if (tip.what != nullptr) {
      answer.what = *tip.what;
    }
  }
  respond(from.who.id, msg_id, std::move(answer));
}

} // namespace caucus
