#include "actors/notary/closing_check.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/notary_parts.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/membership/membership_rules.hpp"

#include <map>
#include <utility>

/// How an epoch ends and the next one begins.

namespace caucus {

const closing* notary::parts::closing_of(epoch which) const {
  const auto& ends = history->ends;
  return which.value() < ends.size() ? ends[which.value()].get() : nullptr;
}

void notary::parts::keep(std::shared_ptr<const closing> what, const membership& next) {
  auto longer = std::make_shared<epoch_history>(*history); // others hold the shorter one
  longer->voters.add(std::make_shared<const committee>(committee_of(next)));
  longer->ends.push_back(std::move(what));
  history = std::move(longer);
}

/// The block is the last of its epoch. What shows that is durable before the block is.
void notary::parts::close_epoch(const finalized& with, const notary_turn& t) {
  const auto& header = with.block->block->header;
  opening = header.height;
  if (closing_of(header.epoch) != nullptr) {
    return; // the ledger lost its end, and has it again
  }
  CAUCUS_ASSERT(history->ends.size() == header.epoch.value());
  const auto path = path_of_group(members_key);
  const auto members = with.parent_state.get(path);
  CAUCUS_ASSERT(members.has_value()); // else no epoch would end
  auto made = std::make_shared<closing>();
  made->last = header;
  made->behind = with.closing->behind;
  made->finalization = with.closing->by;
  made->members.assign(members->begin(), members->end());
  // Deeper than can be proven takes 2^48 work: then no light client follows into the next epoch.
  made->proof = with.parent_state.prove(path).value_or(state_proof{});
  const auto next = decode<membership>(made->members);
  CAUCUS_ASSERT(next.has_value()); // it was executed
  keep(made, *next);
  t.want(notary_out::keep_closing{std::move(made)});
}

void notary::parts::tell_tip(const notary_turn& t) {
  const auto& tip = chain.tip();
  const bool is_first = tip.header.epoch < tip.voters->in_epoch();
  ledger_tip what{tip.id,
                  tip.header,
                  tip.finalization,
                  tip.state_root,
                  tip.receipts_root,
                  tip.has_payload,
                  tip.room,
                  is_first ? view{} : own_signed,
                  tip.voters,
                  tip.closes,
                  std::nullopt};
  if (const auto now_in = tip.voters->in_epoch(); now_in != first_epoch) {
    if (const auto* const before = closing_of(epoch{now_in.value() - 1})) {
      what.closed_by = before->finalization;
    }
  }
  t.want(to_consensus{std::move(what)});
  // Sorted, so that runs repeat whatever the table's order.
  std::map<digest, pooled_batch*> held;
  pool.each([&](pooled_batch& one) {
    if (one.announced) {
      held.emplace(one.id, &one);
    }
  });
  for (const auto& [id, one] : held) {
    one->since = t.now;
    announce(*one, t);
  }
}

void notary::parts::open_epoch(const notary_turn& t) {
  peers.follow(*chain.tip().voters);
  leader.reset();
  in_view = view{};
  for (const auto& one : std::exchange(proposals, {})) {
    for (const auto& id : one.missing) { // nobody votes for them any more
      if (!pool.is_listed(id) && pool.find(id) == nullptr) {
        puller.drop(id);
      }
    }
  }
  pool.each([](pooled_batch& one) { one.known_by = 0; }); // whose numbers are others' now
  own_signed = view{};
  allow_own();
  tell_tip(t);
  reads.epoch_began(t);
  outgoing.each_unordered(
    [&](const shared_batch& one, const digest& id) { leave_with(one, id, t); });
}

} // namespace caucus
