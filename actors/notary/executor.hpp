#pragma once

#include "actors/notary/merkle.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/block.hpp"
#include "messages/mutation.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

/// Executes blocks: the same on every replica.
/// Pure. Reads batch bodies in place; per applied mutation it allocates nothing but state entries.

namespace caucus {

/// Variable 0: what the notary keeps for itself. Key: an author; value: the number of its last
/// executed batch.
inline constexpr variable_id bookkeeping{0};

/// What a block makes of its parent's state.
struct execution {
  state_tree after;
  digest state_root;
  digest receipts_root;
  std::vector<std::uint8_t> skipped; ///< by batch; 1: at or below its author's last number
  std::vector<refusal> refused;      ///< ascending
  std::uint32_t mutation_count = 0;  ///< executed: refused ones too, skipped ones not
  std::vector<digest> touched;       ///< entries that may have changed, some more than once
};

/// The last number of an author that a block executed; 0: none.
[[nodiscard]] batch_number last_number(const state_tree& state, const peer_id& author);

/// `batches` as the header's block lists them, each checked by check_batch(). Cost: per mutation two
/// short hashes, per changed entry log2(entries) of them.
[[nodiscard]] execution execute(const compiled_rules& with, const state_tree& parent,
                                const block_header& header, std::span<const shared_batch> batches);

/// A receipt's leaf in its block's tree.
[[nodiscard]] digest receipt_digest(const receipt& of);
/// The receipt of one mutation of a final block. Precondition: index < mutation_count.
[[nodiscard]] receipt receipt_of(const final_block& in, std::uint32_t index);
/// Its way to the receipts root, which the child's header has. O(mutations) hashes.
[[nodiscard]] merkle_proof prove_receipt(const final_block& in, std::uint32_t index);

/// All mutations of a final block, as the application hears them. Allocates for each.
[[nodiscard]] std::shared_ptr<const committed_block> to_committed(const final_block& of);

} // namespace caucus
