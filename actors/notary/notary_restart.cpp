#include "actors/notary/closing_check.hpp"
#include "actors/notary/folder_facts.hpp"
#include "actors/notary/notary_parts.hpp"
#include "actors/notary/tip_state.hpp"
#include "messages/try.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/overloaded.hpp"

/// What a life takes over from the one before, and whether it can all be true.

namespace caucus {

result<void> notary::restore_state(const shared_final& at,
                                   const std::vector<state_entry>& entries) {
  auto& p = *parts_;
  CAUCUS_TRY(auto tip, stored_tip(*at, entries, p.setup.rules, *p.history));
  p.chain.restart_from(std::move(tip));
  p.peers.follow(*p.chain.tip().voters);
  p.stored = at->block->header.height;
  p.durable = p.stored;
  p.recent.push(at);
  p.snapshots.starts_from(at);
  return {};
}

result<void> notary::restore_closing(const closing& what) {
  auto& p = *parts_;
  const auto next = read_closing(what, p.history->voters.newest());
  if (!next) {
    return fail(errc::bad_checksum, "epochs.log: " + to_string(next.error()));
  }
  p.keep(std::make_shared<const closing>(what), *next);
  return {};
}

result<void> notary::restore_final(const shared_final& block) {
  return parts_->replay(block);
}

void notary::restore_oldest(height oldest) {
  std::vector<action> nothing;
  parts_->on(notary_in::pruned{oldest}, {{{}, {}, nothing}});
}

void notary::restore_journal(const notary_record& record) {
  auto& p = *parts_;
  std::visit(overloaded{
               [&](const held_record& one) {
                 const auto& header = one.batch->header;
                 if (p.is_over(header)) {
                   p.recent.keep(digest_of(header), one.batch, p.durable);
                 } else {
                   pooled_batch back;
                   back.id = digest_of(header);
                   back.batch = one.batch;
                   back.state = batch_state::held;
                   static_cast<void>(
                     p.pool.add(back, p.peers.member(header.author).has_value(), true));
                 }
               },
               [&](const own_record& one) {
                 if (const auto& header = one.batch->header; p.is_over(header)) {
                   p.recent.keep(digest_of(header), one.batch, p.durable);
                 }
                 p.outgoing.restore(one);
               },
               [&](const evidence_record& one) {
                 std::vector<action> nothing;
                 p.found(one.evidence, {{{}, {}, nothing}});
               },
               [&](const settled_record& one) { p.outgoing.restore(one); },
               [&](const receipt_record& one) { p.outgoing.restore(one); },
               [&](const ceiling_record& one) { p.outgoing.restore(one); },
               [&](const overtaken_record& one) { p.outgoing.restore(one); },
             },
             record);
}

void notary::restore_snapshot_part(std::vector<snapshot_entry> brought) {
  parts_->fetch.restore(std::move(brought));
}

bool notary::wants_past() const {
  const auto& p = *parts_;
  const auto oldest = p.outgoing.unaccounted(last_number(p.chain.tip().state, p.setup.self));
  return oldest && *oldest < p.past_number; // numbers rise with heights
}

void notary::restore_past(const final_block& block) {
  parts_->find_own(block);
}

void notary::past_is_unreadable() {
  parts_->outgoing.lose_unaccounted(last_number(parts_->chain.tip().state, parts_->setup.self));
}

bool notary::wants_signed(const final_block& block) {
  auto& p = *parts_;
  const auto self = p.peers.member(p.setup.self);
  if (block.block->header.epoch != p.peers.voters().in_epoch()) {
    return false; // what was signed in another epoch binds nobody
  }
  if (self && is_signed_by(block, p.peers.voters(), *self)) {
    p.own_signed = block.block->header.view;
  }
  return self && p.own_signed == view{};
}

result<void> notary::judge() const {
  const auto& p = *parts_;
  const folder_facts facts{last_number(p.chain.tip().state, p.setup.self),
                           p.outgoing.known_number(), p.chain.tip().header.height,
                           p.outgoing.promised(), p.outgoing.other_author()};
  const auto epoch_now = p.chain.tip().voters->in_epoch();
  if (p.history->ends.size() < epoch_now.value()) {
    return fail(
      errc::folder_contradicts,
      "epochs.log has the ends of " + std::to_string(p.history->ends.size())
        + " epochs, and the ledger is in epoch " + std::to_string(epoch_now.value())
        + ": nobody could be shown who its members are. Put the newest epochs.log back, or "
          "move ledger.log and state.sqlite away (not the journals): the node fetches "
          "all of it from the others");
  }
  return caucus::judge(facts, p.setup.self, p.is_alone());
}

notary::identity_alarm notary::alarm() const {
  return {parts_->outgoing.alarm(), parts_->outgoing.is_signed_elsewhere()};
}

height notary::promised() const {
  return parts_->outgoing.promised();
}

} // namespace caucus
