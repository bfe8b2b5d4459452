#pragma once

#include "messages/ids.hpp"

#include <cstddef>
#include <span>
#include <vector>

/// The tree over a block's receipts: neighbours are hashed in pairs, level by level, and one
/// without a neighbour goes up as it is. Source: RFC 6962, section 2.1, which has the same roots.
/// Pure; any thread.

namespace caucus {

/// Of a leaf's bytes: SHA-256(0, bytes).
[[nodiscard]] digest merkle_leaf(bytes_view what);
/// The level above: neighbours are hashed. Precondition: not empty. O(n) hashes, in place.
void merkle_level(std::vector<digest>& at);
/// Zero for no leaves. O(n) hashes; `leaves` is worked on.
[[nodiscard]] digest merkle_root(std::vector<digest>& leaves);

struct merkle_proof {
  std::size_t index = 0;        ///< [0, count)
  std::size_t count = 0;        ///< leaves of the tree
  std::vector<digest> siblings; ///< from the leaf up
  friend bool operator==(const merkle_proof&, const merkle_proof&) = default;
};
/// Precondition: index < leaves.size(). O(n).
[[nodiscard]] merkle_proof prove_leaf(std::vector<digest> leaves, std::size_t index);
/// O(log n). Whoever checks must know `count` from elsewhere, or trust no more than the leaf.
[[nodiscard]] bool check_leaf(const digest& root, const digest& leaf, const merkle_proof& proof);

} // namespace caucus
