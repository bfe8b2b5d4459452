#include "actors/consensus/certificate.hpp"
#include "actors/consensus/consensus.hpp"
#include "messages/quorum.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <utility>

/// What this replica says, and when. The rules by number: README.md.

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

bool consensus::can_vote() const {
  return config_.self && started_ && journal_works_ && broken_.empty() && !doubt_.is_open()
         && view_ > silent_to_ && !full();
}

member_index consensus::leader_of(view in) const {
  return member_index{static_cast<std::uint16_t>(in.value() % members())};
}

bool consensus::busy() const {
  return mempool_.any_fits(chain_.tip().room) || !notarized_.empty() || chain_.tip().has_payload
         || chain_.tip().header.at == height{} // until then no read can be certified
         || (config_.self && now_ >= final_at_ + config_.heartbeat);
}

bool consensus::view_started() const {
  const auto* const here = find_view(view_);
  return here != nullptr
         && (!here->empty()
             || std::any_of(here->proposals.begin(), here->proposals.end(),
                            [](const auto& one) { return one.state == check_state::good; }));
}

void consensus::run_clock() {
  if (config_.self && !pace_.running() && (busy() || view_started())) {
    pace_.start(now_);
    moved_ = true;
  }
}

void consensus::skip_silent() {
  if (!can_vote() || !pace_.running() || leader_of(view_) == *config_.self) {
    return;
  }
  const auto& here = views_[view_];
  if (here.nullified || here.notarized || !here.proposals.empty()) {
    return;
  }
  if (pace_.silent(leader_of(view_), config_.self, quorum_size())) {
    nullify();
  }
}

// -- proposing -----------------------------------------------------------------------------------

std::optional<digest> consensus::choose_parent() {
  const auto tip = chain_.tip().header.in;
  for (auto at = view_.value() - 1; at > tip.value(); --at) {
    const auto* const there = find_view(view{at});
    const bool skipped = there != nullptr && there->nullification;
    if (there != nullptr && there->notarization) {
      const auto* const block = chain_.find(there->notarization->on.of);
      if (block != nullptr && block->told) {
        return block->id;
      }
      if (!skipped) {
        return std::nullopt; // its block is asked for already
      }
    }
    if (!skipped) {
      // The highest gap: asked for from the tip on, its page would end in what is held already.
      auto first = at;
      while (first - 1 > over().value() && find_view(view{first - 1}) == nullptr) {
        --first;
      }
      lack_ = std::pair{view{first}, view{at}};
      return std::nullopt;
    }
  }
  return chain_.tip().id;
}

void consensus::propose() {
  if (!can_vote() || leader_of(view_) != *config_.self || !busy()) {
    return;
  }
  auto& here = views_[view_];
  if (here.own_proposal || here.notarized || here.nullified) {
    return;
  }
  const auto parent = choose_parent();
  const auto result = parent ? chain_.result_of(*parent) : std::nullopt;
  if (!result) {
    return;
  }
  const auto undecided = std::min(chain_.listed_count(*parent), undecided_batches_max);
  auto batches = mempool_.choose(chain_.listed_to(*parent),
                                 std::min(batches_per_block_max, undecided_batches_max - undecided),
                                 listed_size_max, chain_.room_of(*parent));
  if (batches.empty()) {
    // Proposed at once, every empty block above the tip would be the reason for the next one.
    const auto& tip = chain_.tip();
    const auto due = *parent != tip.id ? pace_.wait_due()
                     : tip.has_payload ? final_at_ + config_.lull
                                       : now_;
    if (now_ < due) {
      wake_at(due);
      return;
    }
  }
  const auto& above = *chain_.header_of(*parent);
  auto made = std::make_shared<proposal>();
  made->what.header = {config_.group,
                       epoch{},
                       above.at.next(),
                       view_,
                       above.in,
                       *parent,
                       std::max(above.time, wall_),
                       payload_digest(batches),
                       result->state,
                       result->receipts};
  made->what.batches = std::move(batches);
  const auto id = digest_of(made->what.header);
  made->by = key_->sign(id);
  write(seen_block{made});
  here.own_proposal = made;
  here.proposals.push_back({made, id, check_state::good});
  chain_.insert(id, made);
  to_members(*made);
  moved_ = true;
}

// -- notarizing ----------------------------------------------------------------------------------

void consensus::judge_proposals() {
  if (!can_vote()) {
    return;
  }
  auto& here = views_[view_];
  if (here.notarized || here.nullified) {
    return;
  }
  const auto found = std::find_if(here.proposals.begin(), here.proposals.end(),
                                  [](const auto& one) { return one.state == check_state::good; });
  if (found == here.proposals.end()) {
    return;
  }
  const auto judged = judge(*found);
  if (judged == verdict::good) {
    write(seen_block{found->what});
    cast(vote_kind::notarize, view_, found->id);
  } else if (judged == verdict::bad && pace_.failures() < members()) {
    nullify();
  } // else each leader's was bad: in haste, views would pass as fast as messages do; the timer comes
}

consensus::verdict consensus::judge(const kept_proposal& what) {
  const auto& header = what.what->what.header;
  const auto parent = judge_parent(header);
  if (parent != verdict::good) {
    return parent;
  }
  // Its parent's time was accepted by a quorum: with that no clock that was wrong once stops the group.
  if (header.time > wall_ + time_ahead_max && header.time > chain_.header_of(header.parent)->time) {
    return verdict::bad;
  }
  const auto batches = judge_batches(what);
  if (batches != verdict::good) {
    return batches;
  }
  const auto result = chain_.result_of(header.parent);
  if (!result) {
    return verdict::wait;
  }
  return *result == roots{header.state_root, header.receipts_root}
             && mempool_.may_be_listed(what.what->what.batches, chain_.room_of(header.parent))
           ? verdict::good
           : verdict::bad;
}

consensus::verdict consensus::judge_parent(const block_header& header) {
  const auto& tip = chain_.tip();
  if (header.parent_view >= header.in || header.parent_view < tip.header.in) {
    return verdict::bad; // a final view is never nullified, so no honest leader goes below it
  }
  if (header.parent_view < over()) {
    return verdict::bad; // the leader does not know of a block that was notarized long ago
  }
  if (header.parent != tip.id) {
    if (header.parent_view == tip.header.in) {
      return verdict::bad;
    }
    const auto* const there = find_view(header.parent_view);
    if (there == nullptr || !there->notarization) {
      lack_ = std::pair{header.parent_view, view{view_.value() - 1}};
      return verdict::wait;
    }
    if (there->notarization->on.of != header.parent) {
      return verdict::bad;
    }
  }
  const auto* const above = chain_.header_of(header.parent);
  if (above == nullptr) {
    return verdict::wait; // notarized, so it is asked for
  }
  if (above->in != header.parent_view || above->at.next() != header.at
      || header.time < above->time) {
    return verdict::bad;
  }
  for (auto at = header.parent_view.value() + 1; at < header.in.value(); ++at) {
    const auto* const there = find_view(view{at});
    if (there == nullptr || !there->nullification) {
      lack_ = std::pair{view{at}, view{view_.value() - 1}};
      return verdict::wait;
    }
  }
  return verdict::good;
}

consensus::verdict consensus::judge_batches(const kept_proposal& what) {
  const auto& listed = what.what->what.batches;
  if (!listed.empty()
      && chain_.listed_count(what.what->what.header.parent) + listed.size()
           > undecided_batches_max) {
    return verdict::wait; // its leader may know of a finalization that has not come here yet
  }
  if (awaited_for_ != what.id) {
    awaited_for_ = what.id;
    awaited_.clear();
    for (const auto& one : listed) {
      if (!mempool_.holds(one) && !chain_.recently_listed(one)) {
        awaited_.insert(one);
      }
    }
    if (!awaited_.empty()) {
      tell(want_batches{
        what.id, {awaited_.begin(), awaited_.end()}, leader_of(what.what->what.header.in)});
    }
  }
  if (!awaited_.empty()) {
    return verdict::wait;
  }
  std::size_t size = 0;
  for (const auto& one : listed) {
    size += mempool_.size_of(one);
  }
  return size <= block_payload_size_max ? verdict::good : verdict::bad;
}

// -- nullifying and finalizing -------------------------------------------------------------------

void consensus::fire_timers() {
  if (!config_.self || !pace_.running()) {
    return;
  }
  auto& here = views_[view_];
  if (can_vote() && !here.nullified) {
    const auto liars = liars_max(static_cast<std::uint16_t>(members()));
    if (here.good_count({vote_kind::nullify, epoch{}, view_, {}}) > liars) {
      nullify();
      return;
    }
  }
  const bool proposed = std::any_of(here.proposals.begin(), here.proposals.end(),
                                    [](const auto& one) { return one.state == check_state::good; });
  const auto due = proposed ? pace_.advance_due() : pace_.leader_due();
  if (now_ < due) {
    wake_at(due);
    return;
  }
  if (here.nullified) {
    return;
  }
  if (!busy() && !view_started()) {
    pace_.stop(); // what started it is over
  } else if (can_vote()) {
    nullify();
  }
}

void consensus::nullify() {
  const auto& here = views_[view_];
  if (can_vote() && !here.nullified && !here.finalized) {
    cast(vote_kind::nullify, view_, {});
  }
}

bool consensus::compare(const block_header& certified) {
  const auto ours = chain_.result_of(certified.parent);
  const roots theirs{certified.state_root, certified.receipts_root};
  if (!ours || *ours == theirs) {
    return true;
  }
  const bool in_state = ours->state != theirs.state;
  stop_for_good(divergence_text(height{certified.at.value() - 1},
                                to_hex((in_state ? ours->state : ours->receipts).view()),
                                to_hex((in_state ? theirs.state : theirs.receipts).view())));
  return false;
}

void consensus::compare_certified() {
  for (auto at = uncompared_.begin(); at != uncompared_.end();) {
    const auto* const block = chain_.find(views_.at(*at).notarization->on.of);
    if (block == nullptr || !chain_.result_of(block->what->what.header.parent)) {
      ++at;
      continue;
    }
    static_cast<void>(compare(block->what->what.header));
    at = uncompared_.erase(at);
  }
}

void consensus::cast_finalizes() {
  if (!can_vote()) {
    return;
  }
  for (auto at = to_finalize_.begin(); at != to_finalize_.end();) {
    auto& there = views_.at(*at);
    if (there.nullified || there.finalized || *at <= silent_to_) {
      at = to_finalize_.erase(at);
      continue;
    }
    const auto id = there.notarization->on.of;
    const auto* const block = chain_.find(id);
    if (block == nullptr || !block->result) {
      ++at;
      continue;
    }
    const auto& header = block->what->what.header;
    if (!chain_.result_of(header.parent)) {
      ++at;
      continue;
    }
    if (!compare(header)) {
      return;
    }
    const auto in = *at;
    at = to_finalize_.erase(at);
    cast(vote_kind::finalize, in, id);
    return; // a certificate may have changed everything; drive() looks again
  }
}

void consensus::cast(vote_kind kind, view in, const digest& of) {
  auto& there = views_[in];
  auto& slot = kind == vote_kind::notarize  ? there.notarized
               : kind == vote_kind::nullify ? there.nullified
                                            : there.finalized;
  CAUCUS_ASSERT(can_vote() && !slot && in > silent_to_);                                // rule 1
  CAUCUS_ASSERT(kind != vote_kind::nullify || !there.finalized);                        // rule 2
  CAUCUS_ASSERT(kind != vote_kind::finalize || !there.nullified);                       // rule 2
  CAUCUS_ASSERT(kind != vote_kind::notarize || (!there.nullified && !there.finalized)); // rule 3
  const subject on{kind, epoch{}, in, of};
  const vote mine{on, *config_.self, key_->sign(on)};
  write(voted{mine});
  slot = mine;
  there.add(mine, check_state::good);
  to_members(mine);
  moved_ = true;
  certify(on);
}

void consensus::write(journal_record what) {
  if (config_.keeps == vote_keeping::ceiling) {
    if (view_.next() > ceiling_) {
      ceiling_ = view{view_.value() + ceiling_step};
      out_->push_back(voting::record{ceiling{ceiling_}});
    }
    return;
  }
  live_.push_back(what);
  out_->push_back(voting::record{std::move(what)});
}

void consensus::certify(const subject& on) {
  if (useless(on)) {
    return;
  }
  auto* const there = find_view(on.in);
  if (there == nullptr || there->good_count(on) < quorum_size()) {
    return;
  }
  accept(assemble(on, there->good_votes(on, quorum_size())), true);
}

void consensus::enter(view next, std::optional<certificate> by) {
  CAUCUS_ASSERT(next > view_);
  if (by && by->on.kind == vote_kind::nullify) {
    pace_.failed();
  }
  view_ = next;
  entered_by_ = std::move(by);
  pace_.enter(now_);
  lack_.reset();
  resend_due_ = now_ + config_.retry_interval;
  wants_changed_ = true;
  if (view_.value() > uncertified_views_max) {
    chain_.prune(view{view_.value() - uncertified_views_max});
  }
  tell(view_entered{view_, leader_of(view_)});
  moved_ = true;
}

} // namespace caucus
