#include "actors/consensus/certificate.hpp"
#include "actors/consensus/consensus.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <utility>

/// What the group has decided: certificates, and what follows from them.

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

// -- certificates of others ----------------------------------------------------------------------

bool consensus::useless(const subject& on) const {
  if (on.kind == vote_kind::finalize) {
    return on.in <= chain_.tip().header.in || (target_ && target_->on.in >= on.in);
  }
  if (on.in <= over() || full()) {
    return true;
  }
  const auto* const there = find_view(on.in);
  return there != nullptr
         && (on.kind == vote_kind::notarize ? there->notarization : there->nullification)
              .has_value();
}

void consensus::offer(peer_link& from, certificate what, std::shared_ptr<const proposal> block) {
  if (const auto fits = check_shape(what, members()); !fits) {
    blame_link(from, fits.error().code, "a certificate");
    return;
  }
  if (useless(what.on) || from.candidates >= candidates_per_link_max) {
    return;
  }
  auto& waiting = candidates_[what.on];
  const bool held = std::any_of(waiting.begin(), waiting.end(), [&](const auto& one) {
    return one.from == from.who.id || one.what == what;
  });
  if (held) {
    return;
  }
  ++from.candidates;
  waiting.push_back({std::move(what), from.who.id, std::move(block), 0});
}

// Every member sends the certificate that it made, and each costs a quorum of checks: a replica whose
// own votes are being checked for the same one waits for those.
void consensus::check_candidates() {
  std::vector<subject> all; // a check that settles at once may take others away
  for (const auto& one : candidates_) {
    all.push_back(one.first);
  }
  for (const auto& on : all) {
    if (useless(on)) {
      drop_candidates(on);
    }
    const auto found = candidates_.find(on);
    if (found == candidates_.end()) {
      continue;
    }
    const auto& first = found->second.front();
    const auto* const there = find_view(on.in);
    const bool coming =
      first.block == nullptr && there != nullptr && there->hopeful_count(on) >= quorum_size();
    if (first.token == 0 && !coming) {
      check_candidate(on);
    }
  }
}

void consensus::check_candidate(const subject& on) {
  auto& first = candidates_.at(on).front();
  auto claims = claims_of(first.what);
  if (const auto* const there = find_view(on.in)) {
    std::erase_if(claims, [&](const voting::claim& one) {
      return there->is_good({on, one.from, one.by});
    });
  }
  const auto token = ++tokens_;
  first.token = token;
  if (claims.empty()) {
    settled_candidate(on, token, true);
    return;
  }
  out_->push_back(voting::check_signatures{token, std::move(claims)});
  checks_.emplace(token, on);
}

void consensus::settled_candidate(const subject& on, std::uint64_t token, bool good) {
  const auto found = candidates_.find(on);
  if (found == candidates_.end() || found->second.front().token != token) {
    return; // dropped meanwhile
  }
  const auto first = std::move(found->second.front());
  found->second.pop_front();
  auto* const from = links_.find(first.from);
  if (from != nullptr) {
    --from->candidates;
  }
  if (!good) {
    if (from != nullptr) {
      blame_link(*from, errc::bad_certificate, "its signatures");
    }
    if (found->second.empty()) {
      candidates_.erase(found);
    }
    return; // the next one's turn is in check_candidates()
  }
  drop_candidates(on);
  if (!useless(on)) {
    if (first.block != nullptr) {
      chain_.insert(on.of, first.block);
    }
    accept(first.what, false);
  }
}

void consensus::drop_candidates(const subject& on) {
  const auto found = candidates_.find(on);
  if (found == candidates_.end()) {
    return;
  }
  for (const auto& one : found->second) {
    if (auto* const from = links_.find(one.from)) {
      --from->candidates;
    }
  }
  candidates_.erase(found);
}

// -- what follows --------------------------------------------------------------------------------

void consensus::accept(const certificate& what, bool own) {
  CAUCUS_ASSERT(!useless(what.on));
  moved_ = true;
  wants_changed_ = true;
  hear_of(what.signers);
  if (own) {
    to_members(what);
  }
  if (what.on.kind == vote_kind::finalize) {
    on_finalization(what);
    return;
  }
  if (config_.self && config_.keeps == vote_keeping::each && broken_.empty()) {
    write(seen_certificate{what});
  }
  if (what.on.kind == vote_kind::notarize) {
    on_notarization(what);
  } else {
    views_[what.on.in].nullification = what;
  }
  if (what.on.in >= view_) {
    enter(what.on.in.next(), what);
  }
}

void consensus::on_notarization(const certificate& what) {
  views_[what.on.in].notarization = what;
  notarized_.insert(what.on.in);
  to_finalize_.insert(what.on.in);
  uncompared_.insert(what.on.in);
  auto& there = views_[what.on.in];
  for (const auto& one : there.proposals) {
    if (one.id == what.on.of) { // certified, whatever its own signature
      chain_.insert(one.id, one.what);
    }
  }
  chain_.notarized(what.on.of);
}

void consensus::on_finalization(const certificate& what) {
  if (!target_ || target_->on.in < what.on.in) {
    target_ = what;
  }
  if (what.on.in >= view_) {
    if (config_.self && config_.keeps == vote_keeping::each && broken_.empty()) {
      write(seen_certificate{what}); // so that a later life can show how far it had come
    }
    enter(what.on.in.next(), what);
  }
  try_target();
}

void consensus::try_target() {
  if (target_ && commit(*target_)) {
    target_.reset();
  }
}

bool consensus::commit(const certificate& what) {
  const auto path = chain_.path_to(what.on.of);
  if (path.missing) {
    return false;
  }
  if (path.ids.empty()) {
    if (what.on.in > chain_.tip().header.in) {
      stop_for_good(
        "two blocks of one height are certified: more members lie than the group bears");
    }
    return true;
  }
  for (const auto& id : path.ids) {
    const auto block = chain_.block_of(id);
    const bool newest = id == path.ids.back();
    static_cast<void>(compare(block->what.header));
    chain_.advance(id, newest ? std::optional{what} : std::nullopt);
    for (const auto& batch : block->what.batches) {
      mempool_.listed(batch);
    }
    if (broken_.empty()) { // else nothing is written any more, and the ledger may stand still
      undurable_.emplace_back(block->what.header.at, block->what.header.in);
    }
    tell(block_finalized{id, shared_block{block, &block->what},
                         newest ? std::optional{what} : std::nullopt});
  }
  after_commit();
  return true;
}

void consensus::after_commit() {
  const auto& tip = chain_.tip();
  if (const auto followers = links_.followers(); !followers.empty()) {
    out_->push_back(voting::multicast{followers, *tip.finalization});
  }
  const auto above = tip.header.in.next();
  views_.erase(views_.begin(), views_.lower_bound(above));
  to_finalize_.erase(to_finalize_.begin(), to_finalize_.lower_bound(above));
  uncompared_.erase(uncompared_.begin(), uncompared_.lower_bound(above));
  notarized_.erase(notarized_.begin(), notarized_.lower_bound(above));
  std::vector<subject> over;
  for (const auto& one : candidates_) {
    if (one.first.in < above) {
      over.push_back(one.first);
    }
  }
  for (const auto& on : over) {
    drop_candidates(on);
  }
  chain_.prune(
    view{view_.value() > uncertified_views_max ? view_.value() - uncertified_views_max : 0});
  final_at_ = now_;
  pace_.passed();
  wants_changed_ = true;
  moved_ = true;
  if (view_ < above) {
    enter(above, tip.finalization);
  }
}

void consensus::tell_notarized() {
  for (auto* const block : chain_.take_tellable()) {
    tell(block_notarized{block->id, shared_block{block->what, &block->what->what}});
    moved_ = true;
  }
}

} // namespace caucus
