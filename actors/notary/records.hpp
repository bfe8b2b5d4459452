#pragma once

#include "messages/block.hpp"
#include "messages/bytes.hpp"
#include "messages/evidence.hpp"
#include "messages/group.hpp"
#include "messages/mutation.hpp"
#include "messages/ordering.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What the notary keeps across restarts: records of its journal, and final blocks of its ledger.
/// Pure values; encode_record() and decode_record() give their bytes, see README.md.

namespace caucus {

// -- the journal ---------------------------------------------------------------------------------

/// Another author's batch that this node holds.
struct held_record {
  shared_batch batch;
};
/// A user's request id and the place of its mutation in its batch.
struct request_entry {
  std::string id;          ///< [1, request_id_size_max]
  std::uint32_t index = 0; ///< in the batch
  digest mutation;         ///< of the encoded mutation
  friend bool operator==(const request_entry&, const request_entry&) = default;
};
/// A batch of this node's own users. One record, so that a batch never leaves without the request
/// ids of its mutations.
struct own_record {
  shared_batch batch;
  std::vector<request_entry> requests;
};
struct refusal {
  std::uint32_t index = 0; ///< among the block's mutations
  errc code{};
  std::string reason;
  friend bool operator==(const refusal&, const refusal&) = default;
};
/// An own batch was executed by a final block, so its requests have their receipts.
struct settled_record {
  batch_number number;
  caucus::height height;
  std::uint32_t first_index = 0; ///< of its first mutation among the block's
  std::vector<refusal> refused;  ///< ascending; the block's indices
};
/// What became of a request id, when the batch that carried it is forgotten.
struct receipt_record {
  std::string id;
  digest mutation;
  receipt became;
};
/// Numbers up to it are taken: in memory mode by this life, else by whoever signs as this node.
struct ceiling_record {
  batch_number number;
};
struct evidence_record {
  caucus::evidence evidence;
};
/// An own batch was overtaken by a later number, so it never runs.
struct overtaken_record {
  batch_number number;
  /// By a number that this folder did not sign, or the folder is an older copy: another life may
  /// have done what the batch holds, or not. In an older copy it may still run itself.
  bool lost = false;
};
using notary_record = std::variant<held_record, own_record, settled_record, receipt_record,
                                   ceiling_record, evidence_record, overtaken_record>;

// -- the ledger ----------------------------------------------------------------------------------

/// A final block with all that it takes to serve, replay and tell it.
struct final_block {
  digest id; ///< of the header
  shared_block block;
  std::optional<certificate> finalization; ///< of this block; none: a later one's covers it
  std::vector<shared_batch> batches;       ///< as the block lists them
  std::vector<std::uint8_t> skipped;       ///< 1: overtaken, so not executed; as many as batches
  std::vector<refusal> refused;            ///< ascending; all other mutations are applied
  std::uint32_t mutation_count = 0;        ///< executed
  std::uint64_t mutations_so_far = 0;      ///< executed, of this and all blocks before
  digest state_root;                       ///< that the block leads to
  digest receipts_root;                    ///< over its receipts
  /// What the group announced by it; nothing shows it to others.
  std::vector<announce> announced{};
};
using shared_final = std::shared_ptr<const final_block>;

/// Bytes, about.
[[nodiscard]] inline std::size_t size_in_memory(const final_block& of) {
  std::size_t out = sizeof of + of.refused.size() * sizeof(refusal);
  for (const auto& one : of.refused) {
    out += one.reason.capacity();
  }
  for (const auto& one : of.batches) {
    out += sizeof *one + one->body.size();
  }
  for (const auto& one : of.announced) {
    out += sizeof one + one.text.size();
  }
  return out;
}

/// One entry of the state as the store behind keeps it.
struct state_entry {
  digest path;                ///< path_of(variable, key)
  bytes key;                  ///< empty too if erased
  std::optional<bytes> value; ///< none: erased
};

} // namespace caucus
