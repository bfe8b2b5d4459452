#include "actors/consensus/chain.hpp"

#include "actors/consensus/consensus_limits.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>

namespace caucus::voting {

void chain::start(const ledger_tip& from, epoch now_in) {
  tip_ = {from.id,           from.header,
          from.header,       nullptr,
          from.finalization, roots{from.state_root, from.receipts_root},
          from.has_payload,  from.room,
          from.closes,       false};
  if (from.header.epoch < now_in) {
    tip_.header.view = view{};
  }
}

chain_block* chain::find(const digest& id) {
  const auto found = blocks_.find(id);
  return found == blocks_.end() ? nullptr : &found->second;
}

const chain_block* chain::find(const digest& id) const {
  const auto found = blocks_.find(id);
  return found == blocks_.end() ? nullptr : &found->second;
}

std::shared_ptr<const proposal> chain::block_of(const digest& id) const {
  if (const auto* const held = find(id)) {
    return held->proposal;
  }
  const auto found = std::find_if(recent_.begin(), recent_.end(),
                                  [&id](const auto& one) { return one.first == id; });
  return found == recent_.end() ? nullptr : found->second;
}

std::optional<roots> chain::result_of(const digest& id) const {
  if (id == tip_.id) {
    return tip_.result;
  }
  const auto* const held = find(id);
  return held == nullptr ? std::nullopt : held->result;
}

const block_header* chain::header_of(const digest& id) const {
  if (id == tip_.id) {
    return &tip_.header;
  }
  const auto* const held = find(id);
  return held == nullptr ? nullptr : &held->proposal->block.header;
}

chain_block* chain::insert(const digest& id, std::shared_ptr<const proposal> what) {
  const auto& header = what->block.header;
  if (header.height <= tip_.header.height || header.view <= tip_.header.view) {
    return nullptr;
  }
  const auto [found, fresh] = blocks_.try_emplace(id);
  auto& held = found->second;
  if (fresh) {
    held.id = id;
    held.proposal = std::move(what);
  } else if (held.proposal->signature.is_zero()) {
    held.proposal = std::move(what);
  }
  tellable_ = true;
  return &held;
}

void chain::notarized(const digest& id) {
  for (auto* held = find(id); held != nullptr && !held->notarized;
       held = find(held->proposal->block.header.parent)) {
    held->notarized = true;
  }
  tellable_ = true;
}

void chain::set_result(const executed& what) {
  const roots result{what.state_root, what.receipts_root};
  if (what.id == tip_.id) {
    tip_.result = result;
    tip_.room = what.room;
    tip_.closes = what.closes;
  } else if (auto* const held = find(what.id)) {
    held->result = result;
    held->room = what.room;
    held->closes = what.closes;
  }
}

bool chain::closes(const digest& id) const {
  if (id == tip_.id) {
    return tip_.closes;
  }
  const auto* const held = find(id);
  return held != nullptr && held->closes;
}

shared_quota_room chain::room_of(const digest& id) const {
  if (id == tip_.id) {
    return tip_.room;
  }
  const auto* const held = find(id);
  return held == nullptr ? nullptr : held->room;
}

chain::path chain::path_to(const digest& id) const {
  path out;
  auto at = id;
  while (at != tip_.id) {
    const auto* const held = find(at);
    if (held == nullptr) {
      out.missing = at;
      break;
    }
    out.ids.push_back(at);
    const auto& header = held->proposal->block.header;
    if (header.height <= tip_.header.height.next()) {
      if (header.parent != tip_.id || header.height != tip_.header.height.next()) {
        return {}; // a branch that the tip has cut off
      }
      break;
    }
    at = header.parent;
  }
  std::reverse(out.ids.begin(), out.ids.end());
  return out;
}

void chain::advance(const digest& id, std::optional<certificate> finalization) {
  const auto found = blocks_.find(id);
  CAUCUS_ASSERT(found != blocks_.end());
  auto& held = found->second;
  CAUCUS_ASSERT(held.proposal->block.header.parent == tip_.id);
  const auto& block = held.proposal->block;
  tip_ = {id,          block.header,           block.header, held.proposal, std::move(finalization),
          held.result, !block.batches.empty(), held.room,    held.closes,   tip_.closes};
  for (const auto& batch : held.proposal->block.batches) {
    recent_batches_.insert(batch);
  }
  recent_.emplace_back(id, held.proposal);
  blocks_.erase(found);
  if (recent_.size() > recent_blocks_max) {
    for (const auto& batch : recent_.front().second->block.batches) {
      recent_batches_.erase(batch);
    }
    recent_.pop_front();
  }
  tellable_ = true;
}

void chain::prune(view keep) {
  std::vector<std::pair<height, digest>> order;
  order.reserve(blocks_.size());
  for (const auto& [id, held] : blocks_) {
    order.emplace_back(held.proposal->block.header.height, id);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [at, id] : order) {
    const auto& held = blocks_.at(id);
    const auto& header = held.proposal->block.header;
    const bool cut_off = at <= tip_.header.height || header.view <= tip_.header.view
                         || (at == tip_.header.height.next() && header.parent != tip_.id);
    if (cut_off || (!held.notarized && header.view < keep)) {
      blocks_.erase(id);
    }
  }
}

std::unordered_set<digest> chain::listed_to(const digest& id) const {
  std::unordered_set<digest> out;
  for (const auto& one : path_to(id).ids) {
    const auto& listed = find(one)->proposal->block.batches;
    out.insert(listed.begin(), listed.end());
  }
  return out;
}

std::size_t chain::listed_count(const digest& id) const {
  std::size_t out = 0;
  for (const auto& one : path_to(id).ids) {
    out += find(one)->proposal->block.batches.size();
  }
  return out;
}

std::vector<chain_block*> chain::take_tellable() {
  std::vector<chain_block*> out;
  if (!tellable_) {
    return out;
  }
  for (const auto& [id, held] : blocks_) {
    if (held.notarized && !held.announced) {
      notarized(held.proposal->block.header.parent);
    }
  }
  tellable_ = false;
  for (auto& [id, held] : blocks_) {
    if (held.notarized && !held.announced) {
      out.push_back(&held);
    }
  }
  std::sort(out.begin(), out.end(), [](const chain_block* a, const chain_block* b) {
    return a->proposal->block.header.view < b->proposal->block.header.view;
  });
  // Views rise along a chain, so parents come first.
  std::erase_if(out, [this](chain_block* held) {
    const auto& parent = held->proposal->block.header.parent;
    const auto* const above = find(parent);
    const bool ready = parent == tip_.id || (above != nullptr && above->announced);
    held->announced = ready;
    return !ready;
  });
  return out;
}

} // namespace caucus::voting
