#include "actors/notary/merkle.hpp"

#include "runtime/base/assert.hpp"
#include "runtime/base/sha256.hpp"

#include <array>

namespace caucus {

namespace {

constexpr std::byte leaf_prefix{0};
constexpr std::byte pair_prefix{1};

} // namespace

void merkle_level(std::vector<digest>& at) {
  std::size_t to = 0;
  for (std::size_t i = 0; i < at.size(); i += 2) {
    at[to++] = i + 1 < at.size() ? sha256_pair(pair_prefix, at[i], at[i + 1]) : at[i];
  }
  at.resize(to);
}

digest merkle_leaf(bytes_view what) {
  const std::array<std::byte, 1> prefix{leaf_prefix};
  return sha256({bytes_view{prefix}, what});
}

digest merkle_root(std::vector<digest>& leaves) {
  if (leaves.empty()) {
    return {};
  }
  while (leaves.size() > 1) {
    merkle_level(leaves);
  }
  return leaves.front();
}

merkle_proof prove_leaf(std::vector<digest> leaves, std::size_t index) {
  CAUCUS_ASSERT(index < leaves.size());
  merkle_proof out{index, leaves.size(), {}};
  for (; leaves.size() > 1; index /= 2) {
    if (const auto sibling = index ^ 1U; sibling < leaves.size()) {
      out.siblings.push_back(leaves[sibling]);
    }
    merkle_level(leaves);
  }
  return out;
}

bool check_leaf(const digest& root, const digest& leaf, const merkle_proof& proof) {
  if (proof.index >= proof.count) {
    return false;
  }
  auto at = leaf;
  auto next = proof.siblings.begin();
  auto index = proof.index;
  for (auto count = proof.count; count > 1; count = (count + 1) / 2, index /= 2) {
    if ((index ^ 1U) >= count) {
      continue;
    }
    if (next == proof.siblings.end()) {
      return false;
    }
    at = index % 2 == 0 ? sha256_pair(pair_prefix, at, *next) : sha256_pair(pair_prefix, *next, at);
    ++next;
  }
  return next == proof.siblings.end() && at == root;
}

} // namespace caucus
