#include "actors/consensus/consensus.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"

/// What is kept of views that are not final, so that it stays bounded while nothing becomes final.
/// Let p be the newest notarized block whose ancestors we all hold. Blocks from the tip to p, and
/// certificates of p and the views above it, are all that anybody needs to go on: whoever builds on p,
/// or above it, proves nothing of views below; whoever does not know p yet gets it from us within a
/// retry interval, by its certificate alone. So below p (and a margin for late votes) all goes; rule 1
/// and 2 hold there as we say nothing there any more, also in a later life (`ceiling`). Above p each
/// view is nullified, and a later proposal on p rests on each of those certificates: they cannot go.

#include <algorithm>

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

bool consensus::votable(view in) const {
  if (in <= over() || in > view_.next() || full()) {
    return false;
  }
  return in.value() + kept_views >= view_.value() || notarized_.contains(in);
}

bool consensus::full() const {
  return views_.size() >= restored_views_ + config_.undecided_views_max
         || chain_.size() >= restored_blocks_ + config_.undecided_blocks_max;
}

void consensus::forget_passed() {
  if (view_.value() > kept_views) {
    const view recent{view_.value() - kept_views};
    for (auto at = views_.lower_bound(trimmed_); at != views_.end() && at->first < recent; ++at) {
      if (!notarized_.contains(at->first)) {
        at->second.trim();
      }
    }
    trimmed_ = std::max(trimmed_, recent);
  }
  const view least{over().value() + kept_views};
  const auto newest = std::find_if(notarized_.rbegin(), notarized_.rend(), [&](view in) {
    const auto* const block = chain_.find(views_.at(in).notarization->on.of);
    return in <= least || (block != nullptr && block->told);
  });
  if (newest != notarized_.rend() && *newest > least) {
    raise_floor(view{newest->value() - kept_views});
  }
}

void consensus::raise_floor(view to) {
  CAUCUS_ASSERT(to > floor_ && to < view_);
  floor_ = to;
  silent_to_ = std::max(silent_to_, to);
  if (config_.keeps == vote_keeping::each) {
    ceiling_ = std::max(ceiling_, to);
  }
  views_.erase(views_.begin(), views_.upper_bound(to));
  to_finalize_.erase(to_finalize_.begin(), to_finalize_.upper_bound(to));
  uncompared_.erase(uncompared_.begin(), uncompared_.upper_bound(to));
  notarized_.erase(notarized_.begin(), notarized_.upper_bound(to));
  std::vector<subject> passed;
  for (const auto& one : candidates_) {
    if (one.first.in <= to && one.first.kind != vote_kind::finalize) {
      passed.push_back(one.first);
    }
  }
  for (const auto& on : passed) {
    drop_candidates(on);
  }
  std::erase_if(live_, [&](const journal_record& one) {
    const auto in = view_of(one);
    if (in > to || in <= chain_.tip().header.in) {
      return false; // the latter go when they are durable
    }
    const auto* const held = std::get_if<seen_block>(&one);
    const auto* const block =
      held == nullptr ? nullptr : chain_.find(digest_of(held->what->what.header));
    return block == nullptr || !block->notarized;
  });
}

} // namespace caucus
