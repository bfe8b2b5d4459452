#include "actors/notary/tip_state.hpp"

#include "actors/notary/group_entries.hpp"
#include "messages/ordering.hpp"
#include "messages/try.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/text.hpp"
#include "runtime/membership/membership_rules.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace caucus {

block_header genesis_header(const genesis& from) {
  block_header out{};
  out.group = from.group;
  out.time = from.time;
  out.payload = payload_digest({});
  if (from.continues) {
    out.height = from.continues->height;
    out.parent = from.continues->last;
    out.state_root = from.continues->state_root;
  }
  return out;
}

tip_state first_tip(const genesis& from, const shared_rules& with) {
  tip_state out;
  out.header = genesis_header(from);
  out.id = digest_of(out.header);
  out.state = state_tree{with->variable_count()};
  out.voters = with->first_voters();
  out.group = with->first_group();
  out.rules = with;
  out.coming = with;
  out.room = quota_room_of(*out.rules, *out.voters, out.state, out.header.time);
  return out;
}

result<tip_state> stored_tip(const final_block& at, const std::vector<state_entry>& entries,
                             const shared_rules& with, const epoch_history& history) {
  state_tree state{with->variable_count()};
  for (const auto& one : entries) {
    const auto variable = std::to_integer<std::size_t>(one.path.raw[0]) << 8U
                          | std::to_integer<std::size_t>(one.path.raw[1]);
    if (variable > variables_max || !one.value) {
      return fail(errc::bad_checksum, "an entry of no variable");
    }
    state.widen(variable + 1);
    state.put(one.path, one.key, *one.value);
  }
  if (state.root() != at.state_root) {
    return fail(errc::bad_checksum, "the stored state is not the ledger's");
  }
  if (!is_readable(state, *with->first_group())) {
    return fail(errc::bad_checksum, "the stored state has entries of the group that none has");
  }
  const auto& header = at.block->header;
  auto group = std::make_shared<const group_book>(read_group(state, *with->first_group()));
  if (state.variable_count() > group->declared->variables.size() + 1) {
    return fail(errc::bad_checksum, "an entry of no variable");
  }
  // Its members are those of the next epoch from the block on that changes them: the last one of
  // the epoch is its child, and is known by what ended it.
  const auto in = header.epoch.value();
  const auto* const end = in < history.ends.size() ? history.ends[in].get() : nullptr;
  const bool is_last = end != nullptr && digest_of(end->last) == at.id;
  const bool closes = group->next.epoch > header.epoch && !is_last;
  auto voters = history.voters.share(is_last ? header.epoch.next() : header.epoch);
  if (voters == nullptr) {
    return fail(errc::bad_checksum, "epochs.log lacks the end of an epoch before "
                                      + std::to_string(header.epoch.value()));
  }
  // Behind the block that changes the rules those of before hold to the epoch's end; there is
  // nothing that they would be asked.
  CAUCUS_TRY(const auto rules, rules_of(with, *group));
  auto room = quota_room_of(*rules, *voters, state, header.time);
  state.widen(rules->variable_count());
  return tip_state{at.id,
                   header,
                   at.finalization,
                   std::move(state),
                   at.state_root,
                   at.receipts_root,
                   !at.block->batches.empty(),
                   at.mutations_so_far,
                   std::move(room),
                   std::move(group),
                   closes,
                   std::move(voters),
                   rules,
                   rules};
}

execution_base base_of(const tip_state& on, const lie_judge* proves) {
  return {on.state, *on.voters, on.group, on.room, on.closes, proves};
}

tip_state next_tip(const tip_state& on, const digest& id, const block_header& header,
                   execution made) {
  tip_state out{id,
                header,
                std::nullopt,
                std::move(made.state),
                made.state_root,
                made.receipts_root,
                header.payload != payload_digest({}),
                on.mutations_so_far + made.mutation_count,
                std::move(made.room),
                std::move(made.group),
                made.closes,
                on.voters,
                on.rules,
                nullptr};
  auto coming = rules_of(on.coming, *out.group);
  CAUCUS_ASSERT(coming.has_value()); // it was executed
  out.coming = std::move(*coming);
  out.state.widen(out.coming->variable_count()); // whoever knows the names may read, and try
  if (on.closes) {                               // it is the last one of its epoch
    out.voters = std::make_shared<const committee>(committee_of(out.group->next));
    out.rules = out.coming;
    out.room = quota_room_of(*out.rules, *out.voters, out.state, header.time);
    out.closes = false;
  }
  return out;
}

result<replayed> replay(const tip_state& on, const final_block& next, const lie_judge* proves) {
  const auto& header = next.block->header;
  if (header.height != on.header.height.next() || header.parent != on.id) {
    return fail(errc::bad_checksum, "block " + std::to_string(header.height.value())
                                      + " does not follow block "
                                      + std::to_string(on.header.height.value()));
  }
  if (header.state_root != on.state_root || header.receipts_root != on.receipts_root) {
    return fail(errc::bad_checksum, divergence_text(on.header.height, to_hex(on.state_root.view()),
                                                    to_hex(header.state_root.view())));
  }
  if (header.epoch != on.voters->in_epoch()) {
    return fail(errc::bad_checksum, "block " + std::to_string(header.height.value())
                                      + " is of epoch " + std::to_string(header.epoch.value())
                                      + ", where epoch "
                                      + std::to_string(on.voters->in_epoch().value()) + " is due");
  }
  auto made = execute(*on.rules, base_of(on, proves), header, next.batches);
  if (made.lacks) {
    return fail(made.lacks->code,
                "block " + std::to_string(header.height.value()) + ": " + made.lacks->detail);
  }
  if (made.state_root != next.state_root || made.receipts_root != next.receipts_root) {
    return fail(errc::bad_checksum,
                "block " + std::to_string(header.height.value())
                  + " does not lead to the state it did: this program or its "
                    "rules are others than those that wrote the ledger, or the "
                    "ledger is damaged. Start the version that wrote it, or move "
                    "ledger.log and state.sqlite away (not the journals)");
  }
  auto touched = std::move(made.touched);
  auto tip = next_tip(on, next.id, header, std::move(made));
  tip.finalization = next.finalization;
  return replayed{std::move(tip), std::move(touched)};
}

} // namespace caucus
