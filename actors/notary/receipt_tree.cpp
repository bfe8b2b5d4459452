#include "actors/notary/receipt_tree.hpp"

#include "actors/notary/executor.hpp"
#include "actors/notary/merkle.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

namespace {

/// A power of two, so that a group of receipts is a node of the tree.
constexpr std::uint32_t group_size = 64;

std::vector<digest> group_leaves(const final_block& of, std::size_t group) {
  const auto from = static_cast<std::uint32_t>(group) * group_size;
  return receipt_digests(of, from, std::min(group_size, of.mutation_count - from));
}

} // namespace

void receipt_tree::begin(shared_final of) {
  CAUCUS_ASSERT(of->mutation_count > 0);
  of_ = of->id;
  making_ = std::move(of);
  levels_.assign(1, {});
}

void receipt_tree::give_up() {
  if (!done()) {
    making_ = nullptr;
    levels_.clear();
  }
}

std::size_t receipt_tree::step(std::size_t leaves) {
  if (done()) {
    return 0;
  }
  const std::size_t count = making_->mutation_count;
  std::size_t hashed = 0;
  while (levels_[0].size() * group_size < count && (hashed == 0 || hashed < leaves)) {
    auto some = group_leaves(*making_, levels_[0].size());
    hashed += some.size();
    levels_[0].push_back(merkle_root(some));
  }
  if (levels_[0].size() * group_size >= count) {
    while (levels_.back().size() > 1) {
      auto next = levels_.back();
      merkle_level(next);
      levels_.push_back(std::move(next));
    }
    making_ = nullptr;
  }
  return hashed;
}

std::vector<digest> receipt_tree::siblings(const final_block& block, std::uint32_t index) const {
  CAUCUS_ASSERT(is_of(block) && index < block.mutation_count);
  std::size_t at = index / group_size;
  auto out = prove_leaf(group_leaves(block, at), index % group_size).siblings;
  for (const auto& level : levels_) {
    if (const auto sibling = at ^ 1U; sibling < level.size()) {
      out.push_back(level[sibling]);
    }
    at /= 2;
  }
  return out;
}

} // namespace caucus
