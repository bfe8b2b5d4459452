#include "actors/notary/notary_parts.hpp"
#include "messages/try.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace caucus {

namespace {

/// Batches of final blocks pulled ahead of execution: 128 of 256 KiB are 32 MiB.
constexpr std::size_t pulled_ahead = 128;

} // namespace

void notary::parts::on(const block_notarized& what, const notary_turn& t) {
  if (chain.add(what.id, what.block)) {
    for (const auto& id : what.block->batches) {
      outgoing.ordered(id, true);
    }
    advance(t);
  }
}

void notary::parts::on(const block_finalized& what, const notary_turn& t) {
  if (chain.finalize(what.id, what.block, what.finalization)) {
    advance(t);
  }
}

/// It lists only what it holds, so nobody else can have what is not there any more.
bool notary::parts::is_alone() const {
  return peers.voters().is_alone() && peers.self_is_member();
}

std::string notary::parts::lost_text(const std::string& which) {
  return "consensus.journal has a block " + which
         + " whose batches are neither in ledger.log nor in notary.journal: these are older, or "
           "lost their end. A group of one has nobody to fetch them from: put back ledger.log, "
           "state.sqlite and notary.journal that are as new as consensus.journal";
}

void notary::parts::advance(const notary_turn& t) {
  chain.progress([&](const executed& one) { t.want(to_consensus{one}); },
                 [&](finalized one) { take_final(std::move(one), t); },
                 [&](const block& one) { leave_pool(one, t); });
  if (const auto found = chain.diverged()) {
    halt(
      divergence_text(found->height, to_hex(found->ours.view()), to_hex(found->certified.view())),
      t);
    return;
  }
  if (const auto lacks = chain.lacks()) {
    halt("block " + std::to_string(chain.tip().header.height.next().value()) + ": " + lacks->detail,
         t, lacks->code);
    return;
  }
  bool again = false;
  std::optional<height> lost;
  chain.each_missing(pulled_ahead, [&](const digest& id, height at) {
    if (pool.find(id) != nullptr) {
      return; // on its way
    }
    if (take_again(id, t)) {
      again = true;
    } else if (is_alone()) {
      lost = lost.value_or(at);
    } else {
      puller.want(id, at, std::nullopt, true, t);
    }
  });
  if (lost) {
    return halt(
      lost_text(*lost == height{} ? "above it" : "at height " + std::to_string(lost->value())), t);
  }
  if (again) {
    advance(t);
  }
}

void notary::parts::take_final(finalized what, const notary_turn& t) {
  const auto& block = *what.block;
  const auto& header = block.block->header;
  std::uint32_t first_index = 0;
  for (std::size_t i = 0; i < block.batches.size(); ++i) {
    const auto& batch_header = block.batches[i]->header;
    if (block.skipped[i] == 0) {
      if (batch_header.author == setup.self) {
        outgoing.executed(block.block->batches[i], batch_header.number, what.block, first_index);
      }
      first_index += batch_header.mutation_count;
    }
  }
  allow_own();
  outgoing.overtaken(last_number(chain.tip().state, setup.self), t);
  if (what.parent_rules->declared() != chain.tip().group->declared) {
    t.want(notary_out::name_variables{chain.tip().group->declared});
  }
  if (what.closing) {
    close_epoch(what, t);
  }
  snapshots.took(what.block, what.parent_state, what.closing.has_value());
  fetch.advanced(header.height, t);
  uncertified.push_back({header.height, std::move(what.touched)});
  if (block.finalization) {
    while (!uncertified.empty() && uncertified.front().height < header.height) {
      dirty.insert(uncertified.front().touched.begin(), uncertified.front().touched.end());
      uncertified.pop_front();
    }
    reads.certified(
      {header, *block.finalization, std::move(what.parent_state), std::move(what.parent_rules)}, t);
  }
  for (const auto& one : block.batches) {
    dirty_size += one->body.size();
  }
  appending.push_back(what.block);
  t.want(notary_out::append{what.block});
  begin_numbering(t);
}

void notary::parts::on(const group_height& what, const notary_turn& t) {
  number_from = what.height;
  begin_numbering(t);
}

void notary::parts::begin_numbering(const notary_turn& t) {
  if (number_from && chain.tip().header.height >= *number_from) {
    number_from.reset();
    outgoing.begin_numbering(last_number(chain.tip().state, setup.self), t);
  }
}

void notary::parts::allow_own() {
  if (const auto& room = chain.tip().room) {
    const bool stranger = !chain.tip().rules->is_named(setup.self, *chain.tip().voters);
    outgoing.allow(
      caucus::outgoing::allowance{room->left_for(setup.self, stranger),
                                  stranger ? room->limits.strangers : room->limits.author});
  }
}

void notary::parts::leave_pool(const block& what, const notary_turn& t) {
  std::vector<peer_id> authors;
  for (const auto& id : what.batches) {
    if (!pool.unlist(id)) {
      continue;
    }
    const auto* const one = pool.find(id);
    if (one == nullptr) {
      puller.drop(id); // of an abandoned block, never got
      continue;
    }
    const auto& author = one->batch->header.author;
    if (std::find(authors.begin(), authors.end(), author) == authors.end()) {
      authors.push_back(author);
    }
    if (one->own && one->batch->header.number > last_number(chain.tip().state, author)) {
      outgoing.ordered(id, false); // an abandoned branch listed it
    }
  }
  const auto& tip = chain.tip().header;
  const bool final = what.header == tip;
  for (const auto& author : authors) {
    pool.settle(author, over_up_to(author), [&](const pooled_batch& one) {
      const bool in_ledger =
        final && std::find(what.batches.begin(), what.batches.end(), one.id) != what.batches.end();
      if (!in_ledger && one.state == batch_state::held) {
        recent.keep(one.id, one.batch, tip.height);
      }
      if (one.announced) {
        t.want(to_consensus{batch_gone{one.id}});
      }
    });
  }
}

/// The stored state follows the certified state, so that after a restart there is always a block to
/// replay whose certificate proves reads; and it never passes what the journal knows of own batches.
bool notary::parts::may_store() const {
  return !storing_state && reads.base() && (!dirty.empty() || keeps_blocks_back())
         && outgoing.settled_token() <= persisted_up_to
         && reads.base()->header.height <= durable.next();
}

/// Nothing has changed, but old blocks stay until the stored state is of a newer height.
bool notary::parts::keeps_blocks_back() const {
  return config.keep_blocks > 0
         && reads.base()->header.height.value() > stored.value() + 1 + config.blocks_per_file();
}

void notary::parts::store_behind(const notary_turn& t) {
  const bool full = dirty.size() >= config.store_entries || dirty_size >= config.store_size;
  if (!may_store() || (!full && t.now < store_next)) {
    return;
  }
  storing_state = true;
  const height at{reads.base()->header.height.value() - 1};
  to_store.emplace(gathering{reads.base()->state, std::exchange(dirty, {}), {at, {}}});
  gather_next = t.now;
  to_store->state.changed.reserve(to_store->left.size());
  dirty_size = 0;
}

void notary::parts::gather_to_store(const notary_turn& t) {
  if (!to_store || t.now < gather_next) {
    return;
  }
  gather_next = t.now + config.store_pause;
  auto& [from, left, what] = *to_store;
  for (std::size_t i = 0; i < config.store_entries_at_once && !left.empty(); ++i) {
    const auto path = left.extract(left.begin()).value();
    const auto entry = from.entry(path);
    what.changed.push_back(entry ? state_entry{path, bytes{entry->key.begin(), entry->key.end()},
                                               bytes{entry->value.begin(), entry->value.end()}}
                                 : state_entry{path, {}, std::nullopt});
  }
  if (left.empty()) {
    t.want(std::move(what));
    to_store.reset();
  }
}

void notary::parts::find_own(const final_block& in) {
  std::uint32_t first_index = 0;
  for (std::size_t i = 0; i < in.batches.size(); ++i) {
    const auto& one = in.batches[i]->header;
    if (in.skipped[i] != 0) {
      continue;
    }
    if (one.author == setup.self) {
      const auto end = first_index + one.mutation_count;
      settled_record how{one.number, in.block->header.height, first_index, {}};
      std::copy_if(in.refused.begin(), in.refused.end(), std::back_inserter(how.refused),
                   [&](const auto& no) { return no.index >= first_index && no.index < end; });
      outgoing.restore_executed(in.block->batches[i], std::move(how));
      past_number = std::min(past_number, one.number);
    }
    first_index += one.mutation_count;
  }
}

result<void> notary::parts::replay(const shared_final& block) {
  CAUCUS_TRY(auto made, caucus::replay(chain.tip(), *block, chain.base().proves));
  const auto& header = block->block->header;
  find_own(*block);
  uncertified.push_back({header.height, std::move(made.touched)});
  if (block->finalization) {
    while (!uncertified.empty() && uncertified.front().height < header.height) {
      dirty.insert(uncertified.front().touched.begin(), uncertified.front().touched.end());
      uncertified.pop_front();
    }
    std::vector<notary_out::action> nothing;
    reads.certified({header, *block->finalization, chain.tip().state, chain.tip().coming},
                    {{{}, {}, nothing}});
  }
  const auto* const end = closing_of(header.epoch);
  snapshots.took(block, chain.tip().state, end != nullptr && end->last == header);
  chain.restart_from(std::move(made.tip));
  peers.follow(*chain.tip().voters);
  durable = header.height;
  recent.push(block);
  return {};
}

} // namespace caucus
