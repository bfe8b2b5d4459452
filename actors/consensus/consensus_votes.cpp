#include "actors/consensus/consensus.hpp"
#include "actors/consensus/rules.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

/// What this replica says, and when. The rules by number: README.md.

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

bool consensus::can_vote() const {
  return started_ && voter_.may_sign() && lives_.is_known() && view_ > voter_.silent_to() && !full()
         && !chain_.tip().ended;
}

bool consensus::is_leader() const {
  return config_.self == config_.voters.leader_of(view_);
}

bool consensus::busy(time_point now) const {
  const auto& tip = chain_.tip();
  if (tip.ended) {
    return false; // the next epoch goes on
  }
  return mempool_.any_fits(tip.room) || !window_.notarized().empty() || tip.has_payload
         || tip.closes
         || tip.header.view == view{} // until then no read can be certified, and nobody knows that
                                      // these members can agree
         || (config_.self && now >= progress_.final_at() + config_.heartbeat);
}

bool consensus::view_started() const {
  const auto* const here = window_.find(view_);
  return here != nullptr && (!here->empty() || here->good_proposal() != nullptr);
}

bool consensus::run_clock(const outlet& out) {
  if (!config_.self || pace_.running() || (!busy(out.now()) && !view_started())) {
    return false;
  }
  pace_.start(out.now());
  return true;
}

bool consensus::skip_silent(const outlet& out) {
  if (!can_vote() || !pace_.running() || is_leader()) {
    return false;
  }
  const auto& here = window_.hold(view_);
  if (!here.own().empty() || !here.proposals().empty()) {
    return false;
  }
  return pace_.silent(config_.voters.leader_of(view_), config_.self, config_.voters.quorum())
         && nullify(out);
}

// -- proposing -----------------------------------------------------------------------------------

std::optional<digest> consensus::choose_parent() {
  const auto tip = chain_.tip().header.view;
  for (auto at = view_.value() - 1; at > tip.value(); --at) {
    const auto* const there = window_.find(view{at});
    const bool skipped = there != nullptr && there->nullification() != nullptr;
    if (there != nullptr && there->notarization() != nullptr) {
      const auto* const block = chain_.find(there->notarization()->subject.digest);
      if (block != nullptr && block->announced) {
        return block->id;
      }
      if (!skipped) {
        return std::nullopt; // its block is asked for already
      }
    }
    if (!skipped) {
      // The highest gap: asked for from the tip on, its page would end in what is held already.
      auto first = at;
      while (first - 1 > window_.over().value() && window_.find(view{first - 1}) == nullptr) {
        --first;
      }
      fetcher_.lack(view{first}, view{at});
      return std::nullopt;
    }
  }
  return chain_.tip().id;
}

std::vector<digest> consensus::choose_batches(const digest& parent) const {
  const auto undecided = std::min(chain_.listed_count(parent), undecided_batches_max);
  return mempool_.choose(chain_.listed_to(parent),
                         std::min(batches_per_block_max, undecided_batches_max - undecided),
                         listed_size_max, chain_.room_of(parent));
}

bool consensus::propose(const outlet& out) {
  if (!can_vote() || !is_leader() || !busy(out.now())) {
    return false;
  }
  const auto& here = window_.hold(view_);
  if (here.own_proposal() != nullptr || !here.own().empty()) {
    return false;
  }
  const auto parent = choose_parent();
  const auto result = parent ? chain_.result_of(*parent) : std::nullopt;
  if (!result) {
    return false;
  }
  auto batches = chain_.closes(*parent) ? std::vector<digest>{} : choose_batches(*parent);
  if (batches.empty()) {
    // Proposed at once, every empty block above the tip would be the reason for the next one.
    const auto& tip = chain_.tip();
    const auto due = *parent != tip.id ? pace_.wait_due()
                     : tip.has_payload ? progress_.final_at() + config_.lull
                                       : out.now();
    if (out.now() < due) {
      out.wake_at(due);
      return false;
    }
  }
  const auto& above = *chain_.header_of(*parent);
  block made;
  made.header = {config_.group,
                 config_.voters.in_epoch(),
                 above.height.next(),
                 view_,
                 above.view,
                 *parent,
                 std::max(above.time, out.wall()),
                 payload_digest(batches),
                 result->state,
                 result->receipts};
  made.batches = std::move(batches);
  check_parent(made);
  const auto id = digest_of(made.header);
  CAUCUS_ASSERT_RULE(8, lives_.is_known());
  const auto said = voter_.sign(std::move(made), id, view_, out);
  auto& there = window_.open(view_);
  there.set_own_proposal(said);
  there.add_proposal({said, id, check_state::good});
  chain_.insert(id, said);
  out.to_members(*said);
  return true;
}

// -- notarizing ----------------------------------------------------------------------------------

bool consensus::judge_proposals(const outlet& out) {
  if (!can_vote()) {
    return false;
  }
  const auto& here = window_.hold(view_);
  const auto* const found = here.own().empty() ? here.good_proposal() : nullptr;
  if (found == nullptr) {
    return false;
  }
  const auto judged = judge(*found, out);
  if (judged == verdict::good) {
    check_parent(found->proposal->block);
    voter_.keep(found->proposal, view_, out);
    cast(on_view(vote_kind::notarize, view_, found->id), out);
    return true;
  }
  // If each leader's was bad, views would pass as fast as messages do: then the timer comes.
  return judged == verdict::bad && pace_.failures() < config_.voters.size() && nullify(out);
}

consensus::verdict consensus::judge(const kept_proposal& what, const outlet& out) {
  const auto& header = what.proposal->block.header;
  const auto parent = judge_parent(header);
  if (parent != verdict::good) {
    return parent;
  }
  // Its parent's time was accepted by a quorum: with that no clock that was wrong once stops the group.
  if (header.time > out.wall() + time_ahead_max
      && header.time > chain_.header_of(header.parent)->time) {
    return verdict::bad;
  }
  const auto batches = judge_batches(what, out);
  if (batches != verdict::good) {
    return batches;
  }
  const auto result = chain_.result_of(header.parent);
  if (!result) {
    return verdict::wait;
  }
  return *result == roots{header.state_root, header.receipts_root}
             && (what.proposal->block.batches.empty() || !chain_.closes(header.parent))
             && mempool_.may_be_listed(what.proposal->block.batches, chain_.room_of(header.parent))
           ? verdict::good
           : verdict::bad;
}

consensus::verdict consensus::judge_parent(const block_header& header) {
  const auto& tip = chain_.tip();
  if (header.parent_view >= header.view || header.parent_view < tip.header.view) {
    return verdict::bad; // a final view is never nullified, so no honest leader goes below it
  }
  if (header.parent_view < window_.over()) {
    return verdict::bad; // the leader does not know of a block that was notarized long ago
  }
  if (header.parent != tip.id) {
    if (header.parent_view == tip.header.view) {
      return verdict::bad;
    }
    const auto* const there = window_.find(header.parent_view);
    if (there == nullptr || there->notarization() == nullptr) {
      fetcher_.lack(header.parent_view, view{view_.value() - 1});
      return verdict::wait;
    }
    if (there->notarization()->subject.digest != header.parent) {
      return verdict::bad;
    }
  }
  const auto* const above = chain_.header_of(header.parent);
  if (above == nullptr) {
    return verdict::wait; // notarized, so it is asked for
  }
  if (above->view != header.parent_view || above->height.next() != header.height
      || header.time < above->time) {
    return verdict::bad;
  }
  if (const auto gap = window_.first_gap(header.parent_view, header.view)) {
    fetcher_.lack(*gap, view{view_.value() - 1});
    return verdict::wait;
  }
  return verdict::good;
}

consensus::verdict consensus::judge_batches(const kept_proposal& what, const outlet& out) {
  const auto& listed = what.proposal->block.batches;
  if (!listed.empty()
      && chain_.listed_count(what.proposal->block.header.parent) + listed.size()
           > undecided_batches_max) {
    return verdict::wait; // its leader may know of a finalization that has not come here yet
  }
  const auto lacks = [this](const digest& each) { return !mempool_.holds(each); };
  // One that was there may have gone while others were awaited; and of a recent final block, too,
  // the notary may have it no more.
  if (awaited_.block != what.id
      || (awaited_.missing.empty() && std::any_of(listed.begin(), listed.end(), lacks))) {
    awaited_ = {what.id, {}};
    std::copy_if(listed.begin(), listed.end(),
                 std::inserter(awaited_.missing, awaited_.missing.end()), lacks);
    if (!awaited_.missing.empty()) {
      out.tell(want_batches{what.id,
                            {awaited_.missing.begin(), awaited_.missing.end()},
                            config_.voters.leader_of(what.proposal->block.header.view)});
    }
  }
  if (!awaited_.missing.empty()) {
    return verdict::wait;
  }
  std::size_t size = 0;
  for (const auto& each : listed) {
    size += mempool_.size_of(each);
  }
  return size <= block_payload_size_max ? verdict::good : verdict::bad;
}

// -- nullifying and finalizing -------------------------------------------------------------------

bool consensus::fire_timers(const outlet& out) {
  if (!config_.self || !pace_.running()) {
    return false;
  }
  const auto& here = window_.hold(view_);
  const bool is_nullified = here.own().nullify() != nullptr;
  if (can_vote() && !is_nullified
      && here.good_count(on_view(vote_kind::nullify, view_)) > config_.voters.liars()) {
    return nullify(out);
  }
  const auto due = here.good_proposal() != nullptr ? pace_.advance_due() : pace_.leader_due();
  if (out.now() < due) {
    out.wake_at(due);
    return false;
  }
  if (is_nullified) {
    return false;
  }
  if (!busy(out.now()) && !view_started()) {
    pace_.stop(); // what started it is over
    return false;
  }
  return nullify(out);
}

bool consensus::nullify(const outlet& out) {
  if (!can_vote() || !window_.hold(view_).own().may_sign(vote_kind::nullify)) {
    return false;
  }
  cast(on_view(vote_kind::nullify, view_), out);
  return true;
}

bool consensus::compare(const block_header& certified) {
  const auto ours = chain_.result_of(certified.parent);
  const roots theirs{certified.state_root, certified.receipts_root};
  if (!ours || *ours == theirs) {
    return true;
  }
  const bool in_state = ours->state != theirs.state;
  voter_.stop_for_good(divergence_text(height{certified.height.value() - 1},
                                       to_hex((in_state ? ours->state : ours->receipts).view()),
                                       to_hex((in_state ? theirs.state : theirs.receipts).view())));
  return false;
}

void consensus::compare_certified() {
  window_.compare([this](const certificate& notarization) {
    const auto* const block = chain_.find(notarization.subject.digest);
    if (block == nullptr || !chain_.result_of(block->proposal->block.header.parent)) {
      return false;
    }
    compare(block->proposal->block.header);
    return true;
  });
}

bool consensus::cast_finalizes(const outlet& out) {
  if (!can_vote()) {
    return false;
  }
  for (const auto in : window_.notarized()) {
    const auto& there = *window_.find(in);
    if (!there.own().may_sign(vote_kind::finalize) || in <= voter_.silent_to()) {
      continue;
    }
    const auto* const block = chain_.find(there.notarization()->subject.digest);
    if (block == nullptr || !block->result
        || !chain_.result_of(block->proposal->block.header.parent)) {
      continue;
    }
    const auto& header = block->proposal->block.header;
    if (!compare(header)) {
      return false;
    }
    check_result(header);
    cast(on_view(vote_kind::finalize, in, block->id), out);
    return true; // a certificate may have changed everything; drive() looks again
  }
  return false;
}

void consensus::cast(const subject& on, const outlet& out) {
  CAUCUS_ASSERT(can_vote());
  CAUCUS_ASSERT_RULE(8, lives_.is_known());
  out.to_members(voter_.sign(on, window_.open(on.view), view_, out));
  certify(on, out);
}

void consensus::check_parent(const block& what) const {
  const auto& header = what.header;
  const auto& tip = chain_.tip();
  const auto* const parent = chain_.header_of(header.parent);
  CAUCUS_ASSERT_RULE(4, parent != nullptr);
  CAUCUS_ASSERT_RULE(4, header.view == view_ && header.parent_view < header.view);
  CAUCUS_ASSERT_RULE(4,
                     parent->view == header.parent_view && parent->height.next() == header.height);
  CAUCUS_ASSERT_RULE(4, header.parent == tip.id
                          || window_.notarization_of(parent->view).subject.digest == header.parent);
  const auto between = header.view.value() - header.parent_view.value() - 1;
  CAUCUS_ASSERT_RULE(4, window_.nullified_count(header.parent_view, header.view) == between);
  CAUCUS_ASSERT_RULE(4, header.time >= parent->time);
  CAUCUS_ASSERT_RULE(4, chain_.result_of(header.parent)
                          == (roots{header.state_root, header.receipts_root}));
  CAUCUS_ASSERT_RULE(4, std::all_of(what.batches.begin(), what.batches.end(),
                                    [this](const digest& each) { return mempool_.holds(each); }));
  CAUCUS_ASSERT_RULE(4, header.payload == payload_digest({}) || !chain_.closes(header.parent));
  CAUCUS_ASSERT(header.group == config_.group && header.epoch == config_.voters.in_epoch());
}

void consensus::check_result(const block_header& header) const {
  const auto* const there = window_.find(header.view);
  CAUCUS_ASSERT_RULE(5, there != nullptr && there->notarization() != nullptr);
  const auto* const block = chain_.find(there->notarization()->subject.digest);
  CAUCUS_ASSERT_RULE(5, block != nullptr && block->proposal->block.header == header);
  CAUCUS_ASSERT_RULE(5, block->notarized && block->result.has_value());
  CAUCUS_ASSERT_RULE(5, chain_.result_of(header.parent)
                          == (roots{header.state_root, header.receipts_root}));
}

} // namespace caucus
