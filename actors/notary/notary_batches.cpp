#include "actors/notary/notary_parts.hpp"
#include "messages/accusation.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/sha256.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace caucus {

namespace {

/// A proposal of so many views ago that came to nothing: what it lists is no longer asked for.
constexpr std::uint64_t proposal_views = 8;
/// An own batch that still waits is sent to a leader again after this.
constexpr duration send_again_after{1'000'000};
/// A check that our own workers did not end is tried so often.
constexpr unsigned check_tries_max = 3;

/// It says nothing of the batch.
bool is_our_fault(errc why) {
  return why == errc::timed_out || why == errc::internal || why == errc::cancelled
         || why == errc::busy;
}

} // namespace

// -- coming in -----------------------------------------------------------------------------------

void notary::parts::on(const notary_in::batch_arrived& what, const notary_turn& t) {
  take_batch(what.batch, what.link, what.peer, t);
}

void notary::parts::take_batch(const shared_batch& what, link_id from, const peer_id& peer,
                               const notary_turn& t) {
  const auto& header = what->header;
  const auto id = digest_of(header);
  const auto member = peers.member(peer);
  if (what->body.size() != header.body_size) { // bounds copies by what the pool counts
    t.want(notary_out::blame{from, peer, errc::bad_batch, "its body's size"});
    return puller.retry(id, t);
  }
  if (auto* const known = pool.find(id); known != nullptr) {
    known->known_by |= member ? bit_of(*member) : 0;
    // Whoever sends a bad copy first must not keep the true one out: the author's own takes the place.
    if (known->state == batch_state::checking && *what != *known->batch && peer != known->from_peer
        && (!known->other || peer == header.author)) {
      known->other = pooled_batch::copy{what, from, peer};
    }
    return;
  }
  const bool wanted =
    pool.is_listed(id) || (puller.wants(id) && fits_proposals(id, what->body.size()));
  // Over already, or our own of a former life: nothing to order, unless a block lists it.
  const bool over = is_over(header) || header.author == setup.self;
  if (!wanted && (over || checks.size() >= config.checks_max)) {
    return;
  }
  pooled_batch one;
  one.id = id;
  one.batch = what;
  one.since = t.now;
  one.link = from;
  one.from_peer = peer;
  one.known_by = member ? bit_of(*member) : 0;
  if (const auto author = peers.member(header.author)) {
    one.known_by |= bit_of(*author);
  }
  if (pool.add(std::move(one), peers.member(header.author).has_value(), wanted)
      != batch_pool::entry::added) {
    return;
  }
  ask_check(what, {id, from, peer}, t);
}

void notary::parts::ask_check(const shared_batch& what, checking how, const notary_turn& t) {
  checks.emplace(next_check, std::move(how));
  t.want(notary_out::check_batch{next_check++, what});
}

void notary::parts::on(notary_in::batch_checked& what, const notary_turn& t) {
  const auto found_check = checks.find(what.token);
  if (found_check == checks.end()) {
    return;
  }
  auto check = found_check->second;
  checks.erase(found_check);
  auto* const one = pool.find(check.id);
  if (one == nullptr || one->state != batch_state::checking) {
    return;
  }
  if (!what.how) {
    if (!is_our_fault(what.how.error().code)) {
      t.want(
        notary_out::blame{check.link, check.peer, what.how.error().code, what.how.error().detail});
    } else if (check.tries++ < check_tries_max) {
      return ask_check(one->batch, check, t);
    }
    if (auto other = std::exchange(one->other, std::nullopt)) {
      one->batch = std::move(other->batch);
      one->link = other->link;
      one->from_peer = other->from_peer;
      return ask_check(one->batch, {check.id, one->link, one->from_peer}, t);
    }
    pool.remove(check.id);
    puller.retry(check.id, t);
    return pool.is_listed(check.id) ? advance(t) : void();
  }
  one->other.reset();
  if (auto lie = pool.conflict_of(*one)) {
    found(*lie, t);
    if (!puller.wants(check.id) && !pool.is_listed(check.id)) { // the first is kept
      pool.remove(check.id);
      return;
    }
  }
  // One that only final blocks list goes to the ledger anyway.
  if (config.durable && puller.final_at(check.id) == height{}) {
    one->state = batch_state::storing;
    storing.emplace_back(persist(held_record{one->batch}, t), check.id);
    return;
  }
  hold(*one, t);
  advance(t);
}

void notary::parts::stored_batches(const notary_turn& t) {
  bool any = false;
  while (!storing.empty() && storing.front().first <= persisted_up_to) {
    auto* const one = pool.find(storing.front().second);
    storing.pop_front();
    if (one != nullptr && one->state == batch_state::storing) {
      hold(*one, t);
      any = true;
    }
  }
  if (any) {
    advance(t);
  }
}

void notary::parts::hold(pooled_batch& one, const notary_turn& t) {
  const bool only_final = puller.final_at(one.id) != height{};
  one.state = batch_state::held;
  puller.drop(one.id);
  if (!only_final) {
    announce(one, t);
    forward_at = std::min(forward_at, t.now + config.forward_after);
  }
}

void notary::parts::announce(pooled_batch& one, const notary_turn& t) const {
  one.announced = true;
  t.want(to_consensus{batch_held{
    one.id, one.batch->header.author, one.batch->header.number, one.batch->header.body_size,
    one.own, !chain.tip().rules->is_named(one.batch->header.author, peers.voters()),
    quota_size_of(one.batch->header)}});
}

void notary::parts::on(const want_batches& what, const notary_turn& t) {
  auto found = std::find_if(proposals.begin(), proposals.end(),
                            [&](const proposed& one) { return one.id == what.id; });
  if (found == proposals.end()) {
    found = proposals.insert(proposals.end(), {in_view, what.id, {}, 0});
  }
  for (const auto& id : what.missing) {
    auto* one = pool.find(id);
    if (one == nullptr && take_again(id, t)) { // over already, and a proposal lists it again
      one = pool.find(id);
      found->missing.insert(id);
      found->size += one->batch->body.size();
    }
    if (one != nullptr && one->state == batch_state::held) {
      announce(*one, t);
    } else if (one == nullptr && is_alone()) {
      return halt(lost_text("above it"), t);
    } else if (one == nullptr && found->size <= block_payload_size_max) {
      puller.want(id, {}, what.holder, false, t);
      found->missing.insert(id);
    }
  }
}

bool notary::parts::is_proposed(const digest& id) const {
  return std::any_of(proposals.begin(), proposals.end(), [&](const proposed& one) {
    return one.size <= block_payload_size_max && one.missing.contains(id);
  });
}

bool notary::parts::fits_proposals(const digest& id, std::size_t size) {
  bool fits = false;
  for (auto& one : proposals) {
    if (one.size > block_payload_size_max || !one.missing.contains(id)) {
      continue;
    }
    one.size += size;
    if (one.size <= block_payload_size_max) {
      fits = true;
      continue;
    }
    for (const auto& other : one.missing) { // consensus cannot vote for it: pull no more of it
      if (!pool.is_listed(other) && !is_proposed(other)) {
        puller.drop(other);
      }
    }
  }
  return fits;
}

void notary::parts::expire(const proposed& what, const notary_turn& t) {
  proposed listed{in_view, {}, {}, block_payload_size_max + 1}; // looked at again later
  for (const auto& id : what.missing) {
    if (pool.is_listed(id)) {
      listed.missing.insert(id);
    } else if (is_proposed(id)) {
      continue; // its turn comes with the later one
    } else if (const auto* const one = pool.find(id); one == nullptr) {
      puller.drop(id);
    } else if (!one->own && pool.is_beyond_limits(*one)) {
      if (one->state == batch_state::held) { // for a while: late votes may still notarize it
        recent.keep(id, one->batch, chain.tip().header.height);
      }
      if (one->announced) {
        t.want(to_consensus{batch_gone{id}});
      }
      pool.remove(id);
    }
  }
  if (!listed.missing.empty()) {
    proposals.push_back(std::move(listed));
  }
}

bool notary::parts::take_again(const digest& id, const notary_turn& t) {
  auto lately = recent.batch_of(id);
  if (lately == nullptr) {
    return false;
  }
  pooled_batch again;
  again.id = id;
  again.batch = std::move(lately);
  again.state = batch_state::held;
  again.since = t.now;
  static_cast<void>(pool.add(std::move(again), true, true));
  return true;
}

// -- going out -----------------------------------------------------------------------------------

void notary::parts::leave_with(const shared_batch& what, const digest& id, const notary_turn& t) {
  pooled_batch one;
  one.id = id;
  one.batch = what;
  one.state = batch_state::held;
  one.own = true;
  one.since = t.now;
  notary_out::send_batch send{what, {}};
  for (const auto& [link, peer] : peers.links()) {
    if (peer.member) {
      send.links.push_back(link);
      one.known_by |= bit_of(*peer.member);
    }
  }
  if (!send.links.empty()) {
    t.want(std::move(send));
  }
  static_cast<void>(pool.add(std::move(one), peers.self_is_member(), true));
  announce(*pool.find(id), t);
  forward_at = std::min(forward_at, t.now + config.forward_after);
  advance(t);
}

void notary::parts::on(const view_entered& what, const notary_turn& t) {
  in_view = what.view;
  leader = what.leader;
  while (!proposals.empty() && proposals.front().view.value() + proposal_views < in_view.value()) {
    const auto over = std::move(proposals.front());
    proposals.pop_front();
    expire(over, t);
  }
  forward_waiting(t);
}

void notary::parts::forward_waiting(const notary_turn& t) {
  forward_at = time_point::max();
  const auto to = leader ? peers.of(*leader) : std::nullopt;
  const auto bit = leader ? bit_of(*leader) : 0;
  std::map<std::pair<time_point, digest>, pooled_batch*> waiting; // oldest first
  pool.each([&](pooled_batch& one) {
    if (one.state != batch_state::held || !one.announced || pool.is_listed(one.id)) {
      return;
    }
    if (one.own && t.now >= one.since + send_again_after) { // a link may have lost it: once more
      one.known_by = 0;
      one.since = t.now;
    }
    if (one.own) {
      forward_at = std::min(forward_at, one.since + send_again_after);
    }
    if (t.now < one.since + config.forward_after) {
      forward_at = std::min(forward_at, one.since + config.forward_after);
    } else if (to && (one.known_by & bit) == 0) {
      waiting.emplace(std::pair{one.since, one.id}, &one);
    }
  });
  std::size_t sent = 0;
  for (const auto& [key, one] : waiting) {
    if (sent++ >= config.forwards_max) {
      break;
    }
    one->known_by |= bit;
    t.want(notary_out::send_batch{one->batch, {to->link}});
  }
}

// -- lies ----------------------------------------------------------------------------------------

accusation notary::parts::accused_by(const evidence& what) const {
  const auto in = epoch_of(what);
  const auto* const voters = in ? history->voters.of(*in) : nullptr;
  return accusation_of(what, voters == nullptr ? peers.voters() : *voters);
}

void notary::parts::found(const evidence& what, const notary_turn& t) {
  const auto accused = accused_by(what);
  const bool named = epoch_of(what) || !accused.member.empty();
  auto& kept = evidence_kept[named ? std::optional{accused.peer} : std::nullopt];
  const auto half = config.evidence_max / 2;
  const auto kept_max = named ? std::max<std::size_t>(half / peers.voters().size(), 1) : half;
  if (kept >= kept_max || !evidence_ids.insert(sha256(encode(what))).second) {
    return;
  }
  ++kept;
  evidences.push_back(what);
  if (started) {
    static_cast<void>(persist(evidence_record{what}, t));
    if (auto why = own_lie(what); !why.empty()) {
      t.want(to_consensus{own_lie_found{std::move(why)}});
    }
  }
}

std::string notary::parts::own_lie(const evidence& what) const {
  const auto said = accused_by(what);
  if (said.peer != setup.self || !said.view) { // batches bind nobody's votes
    return {};
  }
  return "this member's own key " + said.text
         + ": another node signs with it, or this folder was set back to an older copy. It "
           "votes no more, after a restart neither; `caucus evidence` shows the proof. Stop the "
           "other node; then make this one's folder anew, as after a lost disk";
}

std::vector<liar> notary::parts::liars() const {
  std::vector<liar> out;
  std::size_t strangers = 0;
  for (const auto& one : evidences) {
    auto said = accused_by(one);
    auto at = std::find_if(out.begin(), out.end(),
                           [&](const auto& each) { return each.peer == said.peer; });
    if (at == out.end()) {
      if (said.member.empty() && ++strangers > strange_liars_max) {
        continue;
      }
      at = out.insert(out.end(), liar{said.peer, std::move(said.member), 0, {}});
    }
    ++at->proofs;
    at->newest = std::move(said.text);
  }
  return out;
}

evidence_answer notary::parts::evidence_from(const evidence_request& what) const {
  evidence_answer out;
  out.tag = what.tag;
  out.skipped = std::min<std::uint64_t>(what.skipped, evidences.size());
  out.count = evidences.size();
  const auto first = evidences.begin() + static_cast<std::ptrdiff_t>(out.skipped);
  const auto size = std::min<std::size_t>(evidence_page_max, evidences.size() - out.skipped);
  out.proofs.assign(first, first + static_cast<std::ptrdiff_t>(size));
  for (const auto& one : out.proofs) {
    out.accusations.push_back(accused_by(one));
  }
  return out;
}

} // namespace caucus
