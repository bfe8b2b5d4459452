#pragma once

#include "actors/notary/records.hpp"
#include "messages/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// The tree over one block's receipts, made a portion at a time: the 2^18 receipts of a large block
/// are 2^19 hashes, 70 ms for each question, in which no vote would leave. Kept is a node for 64
/// receipts and what is above: so a proof then costs 130 hashes, 10 µs, and the tree of the largest
/// block 0.8 MB.
/// Pure.

namespace caucus {

class receipt_tree {
public:
  /// Another block's is forgotten. Precondition: the block has receipts.
  void begin(shared_final of);
  /// Hashes at least one and about `leaves` receipts more; how many. 0: none was left.
  std::size_t step(std::size_t leaves);
  /// Nothing is to be hashed.
  [[nodiscard]] bool done() const { return making_ == nullptr; }
  /// What begin() was given is forgotten if it is not done.
  void give_up();
  /// It is done, and of this block.
  [[nodiscard]] bool is_of(const final_block& block) const {
    return done() && block.id == of_ && !levels_.empty();
  }
  /// As prove_receipt() has them. Precondition: is_of(block); index < block.mutation_count.
  [[nodiscard]] std::vector<digest> siblings(const final_block& block, std::uint32_t index) const;

private:
  digest of_;           ///< the block's id
  shared_final making_; ///< null: done
  /// [0]: the root of each 64 receipts, of which the last may be fewer; then level by level up to
  /// one.
  std::vector<std::vector<digest>> levels_;
};

} // namespace caucus
