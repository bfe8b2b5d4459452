#include "actors/notary/block_chain.hpp"

#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>

namespace caucus {

block_chain::block_chain(const genesis& from, const shared_rules& rules, batch_pool& pool,
                         const lie_judge* proves)
    : pool_{pool}, proves_{proves}, tip_{first_tip(from, rules)} {}

execution_base block_chain::base() const {
  return caucus::base_of(tip_, proves_);
}

bool block_chain::add(const digest& id, const shared_block& what) {
  if (what->header.height <= tip_.header.height || nodes_.contains(id)
      || what->header.epoch != tip_.voters->in_epoch()) { // consensus hears late that one is over
    return false;
  }
  nodes_.emplace(id, node{id, what, std::nullopt, std::nullopt, false, std::nullopt});
  by_height_.emplace(what->header.height, id);
  for (const auto& one : what->batches) {
    pool_.list(one);
  }
  return true;
}

bool block_chain::finalize(const digest& id, const shared_block& what,
                           std::optional<certificate> by) {
  const auto newest = std::max(newest_final_, tip_.header.height);
  if (what->header.height <= newest || what->header.epoch != tip_.voters->in_epoch()) {
    return false;
  }
  CAUCUS_ASSERT(what->header.height == newest.next()); // consensus leaves none out
  static_cast<void>(add(id, what));
  auto& one = nodes_.at(id);
  one.final = true;
  one.finalization = std::move(by);
  final_.push_back(id);
  newest_final_ = what->header.height;
  return true;
}

std::optional<block_chain::divergence> block_chain::diverged() const {
  if (final_.empty()) {
    return std::nullopt;
  }
  const auto& next = nodes_.at(final_.front()).block->header;
  if (next.state_root != tip_.state_root) {
    return divergence{tip_.header.height, tip_.state_root, next.state_root};
  }
  if (next.receipts_root != tip_.receipts_root) {
    return divergence{tip_.header.height, tip_.receipts_root, next.receipts_root};
  }
  return std::nullopt;
}

std::optional<error> block_chain::lacks() const {
  return final_.empty() ? std::nullopt : nodes_.at(final_.front()).lacks;
}

std::optional<execution_base> block_chain::base_of(const node& of) const {
  const auto& header = of.block->header;
  if (header.epoch != tip_.voters->in_epoch()) {
    return std::nullopt; // consensus tells of no other epoch's
  }
  if (header.parent == tip_.id) {
    return base();
  }
  const auto found = nodes_.find(header.parent);
  if (found == nodes_.end() || !found->second.result) {
    return std::nullopt;
  }
  const auto& parent = *found->second.result;
  return execution_base{parent.state, *tip_.voters,  parent.group,
                        parent.room,  parent.closes, proves_};
}

bool block_chain::is_ready() const {
  if (final_.empty() || !nodes_.at(final_.front()).result) {
    return false;
  }
  return !tip_.closes || std::any_of(final_.begin(), final_.end(), [this](const digest& id) {
    return nodes_.at(id).finalization.has_value();
  });
}

bool block_chain::gather(const node& of, std::vector<shared_batch>& out) const {
  out.clear();
  for (const auto& id : of.block->batches) {
    auto one = pool_.held(id);
    if (one == nullptr) {
      return false;
    }
    out.push_back(std::move(one));
  }
  return true;
}

bool block_chain::execute_ready(const std::function<void(const executed&)>& done) {
  bool any = false;
  std::vector<shared_batch> batches;
  for (const auto& [at, id] : by_height_) { // parents before children
    auto& one = nodes_.at(id);
    if (one.result || one.lacks) {
      continue;
    }
    const auto parent = base_of(one);
    if (!parent || !gather(one, batches)) {
      if (one.final) {
        break; // all above stand on it
      }
      continue;
    }
    auto made = execute(*tip_.rules, *parent, one.block->header, batches);
    if (made.lacks) {
      one.lacks = std::move(made.lacks);
      continue;
    }
    one.result = std::move(made);
    done({id, one.result->state_root, one.result->receipts_root, one.result->room,
          one.result->closes});
    any = true;
    if (one.final) {
      break; // its batches may go at once: memory stays bounded while catching up
    }
  }
  return any;
}

finalized block_chain::take_final(node& first) {
  auto made = std::make_shared<final_block>();
  made->id = first.id;
  made->block = first.block;
  made->finalization = std::move(first.finalization);
  const bool here = gather(first, made->batches);
  CAUCUS_ASSERT(here); // listed ones stay
  auto& result = *first.result;
  made->skipped = std::move(result.skipped);
  made->refused = std::move(result.refused);
  made->mutation_count = result.mutation_count;
  made->mutations_so_far = tip_.mutations_so_far + result.mutation_count;
  made->state_root = result.state_root;
  made->receipts_root = result.receipts_root;
  made->announced = std::move(result.announced);
  finalized out{made, std::move(tip_.state), tip_.coming, std::move(result.touched)};
  const bool ends = tip_.closes;
  tip_ = next_tip(tip_, first.id, first.block->header, std::move(result));
  tip_.finalization = made->finalization;
  if (ends) {
    close_epoch(out);
  }
  return out;
}

/// The tip is the last block of its epoch, whichever certificate made it final.
void block_chain::close_epoch(finalized& with) {
  auto& closing = with.closing.emplace();
  for (const auto& id : final_) { // ascending, from the tip on
    auto& one = nodes_.at(id);
    const auto& by = id == tip_.id ? tip_.finalization : one.finalization;
    if (id != tip_.id) {
      closing.behind.push_back(one.block->header);
    }
    if (by) {
      closing.by = *by;
      break;
    }
  }
  newest_final_ = tip_.header.height;
}

void block_chain::progress(const std::function<void(const executed&)>& done,
                           const std::function<void(finalized)>& final,
                           const std::function<void(const block&)>& gone) {
  bool any = true;
  while (any && !diverged()) {
    any = execute_ready(done);
    while (is_ready() && !diverged()) {
      any = true;
      auto made = take_final(nodes_.at(final_.front()));
      const bool closes = made.closing.has_value();
      final(std::move(made));
      final_.pop_front();
      if (closes) {
        final_.clear(); // what is behind it only showed that it is final
      }
      // All of this height, and with time all that stand on them, are over.
      const auto end = closes ? by_height_.end() : by_height_.upper_bound(tip_.header.height);
      std::vector<shared_block> over;
      for (auto at = by_height_.begin(); at != end; at = by_height_.erase(at)) {
        over.push_back(nodes_.at(at->second).block);
        nodes_.erase(at->second);
      }
      for (const auto& one : over) {
        gone(*one);
      }
    }
  }
}

void block_chain::each_missing(std::size_t enough,
                               const std::function<void(const digest&, height)>& visit) const {
  std::size_t named = 0;
  for (const auto& [at, id] : by_height_) {
    const auto& one = nodes_.at(id);
    if (one.result) {
      continue;
    }
    if (one.final && named >= enough) {
      break;
    }
    for (const auto& batch_id : one.block->batches) {
      if (pool_.held(batch_id) == nullptr) {
        visit(batch_id, one.final ? at : height{});
      }
      named += one.final ? 1 : 0;
    }
  }
}

} // namespace caucus
