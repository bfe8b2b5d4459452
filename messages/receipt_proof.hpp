#pragma once

#include "messages/block.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// What became of one mutation, for anyone who has the genesis. The proof does not say which
/// mutation it was: its proposer knows that.
/// Pure values.

namespace caucus {

/// log2 of 2^32 receipts.
inline constexpr std::size_t receipt_hashes_max = 32;
/// Blocks of which only the last has a certificate of its own: far more than there are in a row.
inline constexpr std::size_t receipt_headers_max = 1'024;

struct receipt_proof {
  caucus::receipt receipt;
  std::uint32_t count = 0;      ///< of the block's receipts; > receipt.index
  std::vector<digest> siblings; ///< from the leaf up; <= receipt_hashes_max
  /// [1, receipt_headers_max], of consecutive heights: the first is the child of the receipt's
  /// block, and certifies its receipts.
  std::vector<block_header> headers;
  certificate finalization; ///< of the last header

  friend bool operator==(const receipt_proof&, const receipt_proof&) = default;
};

} // namespace caucus
