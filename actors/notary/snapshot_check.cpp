#include "actors/notary/snapshot_check.hpp"

#include "actors/notary/batch_check.hpp"
#include "actors/notary/closing_check.hpp"
#include "actors/notary/executor.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/merkle.hpp"
#include "actors/notary/state_tree.hpp"
#include "actors/notary/tip_state.hpp"
#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/group.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/membership/membership_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace caucus {

namespace {

/// Put into a tree between two looks at whether anybody still waits.
constexpr std::uint64_t entries_per_look = 16'384;

std::uint64_t executed_by(const final_block& of) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < of.batches.size(); ++i) {
    out += of.skipped[i] == 0 ? of.batches[i]->header.mutation_count : 0;
  }
  return out;
}

/// All that a reader takes from the block follows from its batches and the receipts root: so each
/// refusal is one, and in its place, and where mutations were executed no batch is said to be
/// skipped, as no receipt tells which one was.
result<void> check_receipts(const final_block& of) {
  if (!can_be_shown(of)) {
    return fail(errc::not_yet, "the block has skipped batches beside others, which nothing proves: "
                               "the next state that is stored, some seconds from now, will do");
  }
  const auto executed = executed_by(of);
  const auto before = [](const refusal& one, const refusal& next) {
    return one.index >= next.index;
  };
  const bool in_order =
    std::adjacent_find(of.refused.begin(), of.refused.end(), before) == of.refused.end();
  const bool have_codes = std::all_of(of.refused.begin(), of.refused.end(),
                                      [](const refusal& one) { return one.code != errc{}; });
  if (executed != of.mutation_count || !in_order || !have_codes
      || (!of.refused.empty() && of.refused.back().index >= of.mutation_count)) {
    return fail(errc::bad_proof, "the block's receipts are not of its mutations");
  }
  auto leaves = receipt_digests(of, 0, of.mutation_count);
  return merkle_root(leaves) == of.receipts_root
           ? result<void>{}
           : fail(errc::bad_proof, "the block's receipts do not lead to their root");
}

/// Of the headers above, the first certifies what the block led to, and the last's finalization all
/// of them.
result<void> check_above(const snapshot_contents& all, const committees& voters,
                         const snapshot_network& of) {
  auto parent = all.block->id;
  auto at = all.height;
  for (const auto& one : all.above.blocks) {
    at = at.next();
    if (one.header.parent != parent || one.header.height != at
        || one.header.group != of.genesis->group) {
      return fail(errc::bad_parent, "the headers above do not follow one another");
    }
    parent = digest_of(one.header);
  }
  if (all.above.blocks.empty() || !all.above.finalization) {
    return fail(errc::bad_certificate, "no block above certifies it");
  }
  const auto& first = all.above.blocks.front().header;
  const auto& last = all.above.blocks.back().header;
  if (first.state_root != all.block->state_root
      || first.receipts_root != all.block->receipts_root) {
    return fail(errc::bad_proof, "the block above certifies another result");
  }
  const auto* const signers = voters.of(last.epoch);
  if (signers == nullptr) {
    return fail(errc::wrong_epoch,
                "the members of epoch " + std::to_string(last.epoch.value()) + " are not shown");
  }
  if (!finalizes(*all.above.finalization, last)) {
    return fail(errc::bad_certificate, "of another block");
  }
  return verify_certificate(*signers, of.genesis->group, of.network, *all.above.finalization,
                            of.check);
}

/// The block is the last of its epoch, say the headers above.
bool is_last(const snapshot_contents& all) {
  return !all.above.blocks.empty()
         && all.above.blocks.front().header.epoch != all.block->block->header.epoch;
}

/// An epoch ends with one block and no other: with what its closing names, if the block above is of
/// the next epoch, and else not here.
result<void> check_epoch(const snapshot_contents& all, const epoch_history& history) {
  const auto& header = all.block->block->header;
  const auto in = header.epoch.value();
  const bool is_closing = in < history.ends.size() && history.ends[in]->last == header;
  // Who voted then may have been robbed of the keys since, and signed on.
  if ((in > 0 && header.height <= history.ends[in - 1]->last.height)
      || (in < history.ends.size() && !is_closing
          && header.height >= history.ends[in]->last.height)) {
    return fail(errc::bad_proof, "the block is of a height that its epoch does not have");
  }
  if (is_last(all) != is_closing
      || (is_last(all) && all.above.blocks.front().header.epoch != header.epoch.next())) {
    return fail(errc::bad_proof, "the block does not stand where its epoch ends");
  }
  return {};
}

} // namespace

variable_id variable_of(const digest& path) {
  return variable_id{static_cast<std::uint16_t>(std::to_integer<unsigned>(path.raw[0]) << 8U
                                                | std::to_integer<unsigned>(path.raw[1]))};
}

bool can_be_shown(const final_block& block) {
  return executed_by(block) == 0
         || std::none_of(block.skipped.begin(), block.skipped.end(),
                         [](std::uint8_t skipped) { return skipped != 0; });
}

bool is_first_state(const final_block& block, const genesis& from) {
  return from.continues && block.id == digest_of(genesis_header(from));
}

result<void> check_certified_state(const snapshot_contents& all, const snapshot_network& of,
                                   const snapshot_progress& tell) {
  state_tree tree{of.genesis->variables.size() + 1};
  const auto at_first = first_book(*of.genesis);
  std::uint64_t done = 0;
  const digest* before = nullptr;
  for (const auto& one : all.entries) {
    const auto variable = variable_of(one.path);
    tree.widen(std::min<std::size_t>(variable.value(), variables_max) + 1);
    if (variable.value() > variables_max || one.path != path_of(variable, one.key)
        || (before != nullptr && !(*before < one.path)) || tree.occupied(one.path)) {
      return fail(errc::bad_proof, "an entry of the state that no state has, or not in its place");
    }
    before = &one.path;
    tree.put(one.path, one.key, *one.value);
    if (++done % entries_per_look == 0 && tell && !tell(done, all.entries.size())) {
      return fail(errc::cancelled);
    }
  }
  if (tree.root() != all.block->state_root) {
    return fail(errc::bad_proof, "the entries are not the state that was certified");
  }
  if (!is_readable(tree, at_first)
      || tree.variable_count() > read_group(tree, at_first).declared->variables.size() + 1) {
    return fail(errc::bad_proof, "an entry of the group, or of a variable, that none has");
  }
  if (is_first_state(*all.block, *of.genesis) // its members are the genesis'
      && (tree.occupied(path_of_group(members_key))
          || tree.occupied(path_of_group(petitions_key)))) {
    return fail(errc::bad_proof, "a first state with members of its own");
  }
  // A block that changes the members has another state than its parent: what has the same is the
  // epoch's last, or behind that.
  const auto& header = all.block->block->header;
  const auto raw = tree.get(bookkeeping, as_bytes(members_key));
  const auto next = raw ? decode<membership>(*raw) : fail(errc::truncated);
  if (!is_last(all) && next && next->epoch > header.epoch
      && header.state_root == all.block->state_root) {
    return fail(errc::bad_proof, "the block is behind the end of its epoch");
  }
  return {};
}

result<void> check_certified_block(snapshot_contents& all, const snapshot_network& of) {
  const auto& block = *all.block;
  const auto& header = block.block->header;
  if (header.height != all.height || header.group != of.genesis->group
      || payload_digest(block.block->batches) != header.payload) {
    return fail(errc::bad_proof, "the block is another than it says");
  }
  for (const auto& one : block.batches) {
    CAUCUS_TRY_VOID(check_batch(of.network, of.genesis->group, *one, of.check));
  }
  CAUCUS_TRY_VOID(check_receipts(block));
  if (is_first_state(block, *of.genesis)) {
    const bool good = block.state_root == header.state_root && all.above.blocks.empty();
    all.closings.clear();
    return good ? result<void>{} : fail(errc::bad_proof, "another state than the genesis names");
  }
  CAUCUS_TRY(const auto history, follow_closings(committees{*of.genesis}, all.closings,
                                                 of.genesis->group, of.network, of.check));
  CAUCUS_TRY_VOID(check_above(all, history.voters, of));
  CAUCUS_TRY_VOID(check_epoch(all, history));
  // Whoever starts from here learns of later ends by itself.
  const auto ends = header.epoch.value() + (is_last(all) ? 1 : 0);
  all.closings.resize(std::min<std::size_t>(all.closings.size(), ends));
  return {};
}

} // namespace caucus
