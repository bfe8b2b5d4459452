#include "actors/notary/notary_config.hpp"

#include "messages/receipt_proof.hpp"

#include <array>
#include <string>

namespace caucus {

result<void> notary_config::validate() const {
  struct limit {
    const char* name;
    std::size_t value;
    std::size_t least;
  };
  const std::array limits{
    limit{"unordered_max", unordered_max, 1},
    limit{"unordered_size_max", unordered_size_max, 1},
    limit{"waiting_size_max", waiting_size_max, batch_body_size_max},
    limit{"unfinal_max", unfinal_max, unordered_max},
    limit{"request_ids_max", request_ids_max, 1},
    limit{"numbers_ahead", static_cast<std::size_t>(numbers_ahead), 2},
    limit{"author_batches_max", author_batches_max, unordered_max},
    limit{"author_size_max", author_size_max, batch_body_size_max},
    limit{"pool_size_max", pool_size_max, author_size_max},
    limit{"forwards_max", forwards_max, 1},
    limit{"checks_max", checks_max, 1},
    limit{"pulls_max", pulls_max, 1},
    limit{"pulls_per_link_max", pulls_per_link_max, 1},
    limit{"reads_max", reads_max, 1},
    limit{"reads_per_link_max", reads_per_link_max, 1},
    limit{"subscriptions_max", subscriptions_max, 1},
    limit{"told_part_size", told_part_size, 1},
    limit{"told_size_max", told_size_max, 1},
    limit{"told_per_turn", told_per_turn, 1},
    limit{"proofs_max", proofs_max, 1},
    limit{"proof_headers_max", proof_headers_max, receipt_headers_max},
    limit{"proof_receipts_per_turn", proof_receipts_per_turn, 1},
    limit{"recent_blocks", recent_blocks, 1},
    limit{"store_entries", store_entries, 1},
    limit{"store_entries_at_once", store_entries_at_once, 1},
  };
  for (const auto& one : limits) {
    if (one.value < one.least) {
      return fail(errc::value_out_of_range, std::string{one.name} + " is "
                                              + std::to_string(one.value) + ", the least is "
                                              + std::to_string(one.least));
    }
  }
  return {};
}

error pruned_below(height oldest) {
  return {errc::pruned, "this node keeps the blocks from height " + std::to_string(oldest.value())
                          + " on: ask from there, or a node that keeps all (node.keep_blocks = 0)"};
}

} // namespace caucus
