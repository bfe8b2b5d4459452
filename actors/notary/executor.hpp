#pragma once

#include "actors/notary/merkle.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/block.hpp"
#include "messages/committee.hpp"
#include "messages/evidence.hpp"
#include "messages/group.hpp"
#include "messages/mutation.hpp"
#include "messages/quota.hpp"
#include "messages/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

/// Executes blocks: the same on every replica.
/// Pure. Reads batch bodies in place; per applied mutation it allocates nothing but state entries.

namespace caucus {

/// Variable 0: what the notary keeps for itself. Key: an author; value: the number of its last
/// batch that is over: executed, or listed while its author was barred. The empty key: how many of
/// those authors are strangers, whom the genesis does not name; nothing: none. Where the genesis
/// has quotas, an author that it names has its quota_level under "<author>q", and all strangers
/// together under "q": two u64, milli-bytes and the header's milliseconds.
inline constexpr variable_id bookkeeping{0};

/// Strangers that the state remembers: some 80 MiB of it. A name costs nothing to make, its entry
/// stays for ever. The batches of strangers beyond are skipped. Part of the rules: the same on
/// every replica.
inline constexpr std::uint64_t strangers_max = 256 * 1024;

/// By the group's word, as of this block.
[[nodiscard]] bool is_barred(const group_book& group, const peer_id& who);
/// Of a mutation of the group. Errors: unknown_operation, wrong_arguments.
[[nodiscard]] result<void> check_group_form(const mutation_view& what);
/// Each costs two signatures' checks; more of one member in one block, or of all others together,
/// are refused unseen.
inline constexpr std::size_t proofs_per_member_max = 2;
inline constexpr std::size_t proofs_per_block_max = 16;

/// What a block is executed on: its parent's result, and the members of its epoch.
struct execution_base {
  const state_tree& state;
  const committee& voters;
  shared_group group;       ///< never null
  shared_quota_room room{}; ///< null: no quota
  bool closes = false;      ///< the epoch: nothing changes the group any more
  /// Whether the key signed both of what a proof holds, which contradict one another. The same on
  /// every replica. Empty: nothing is proven.
  const std::function<bool(const peer_id&, const evidence&)>* proves = nullptr;
};
/// At the start of a network.
[[nodiscard]] execution_base genesis_base(const compiled_rules& with, const state_tree& state);

/// What a block makes of its parent's state.
struct execution {
  state_tree state;
  digest state_root;
  digest receipts_root;
  std::vector<std::uint8_t> skipped; ///< by batch; 1: see over_up_to()
  std::vector<refusal> refused;      ///< ascending
  std::uint32_t mutation_count = 0;  ///< executed: refused ones too, skipped ones not
  std::vector<digest> touched;       ///< entries that may have changed, some more than once
  shared_quota_room room{};          ///< what a child may list; null: no quota
  shared_group group{};              ///< never null
  bool closes = false;               ///< see execution_base
  std::vector<announce> announced{}; ///< passed in this block
  /// The program has not the C++ rules that the group takes in this block (rules_missing): what the
  /// block makes is not known here, and nothing else of this holds.
  std::optional<error> lacks{};
};

/// What a child of the block with this state and time may list; null: the genesis has no quota.
/// O(authors that the genesis names): for a start; execute() goes on from its parent's.
[[nodiscard]] shared_quota_room quota_room_of(const compiled_rules& with, const committee& voters,
                                              const state_tree& state, wall_ms time);

/// The last number of an author that a block executed, or skipped as its author was barred; 0:
/// none.
[[nodiscard]] batch_number last_number(const state_tree& state, const peer_id& author);

/// The author's batches up to this number are skipped by every block on this state and after it.
/// The greatest of all: the author may write no variable, or is a stranger for whom there is no
/// room.
[[nodiscard]] batch_number over_up_to(const compiled_rules& with, const execution_base& on,
                                      const peer_id& author);

/// `batches` as the header's block lists them, each checked by check_batch(). `with`: of the
/// block's epoch. Cost: per mutation two short hashes, per changed entry log2(entries) of them; of
/// a block that changes the rules the entries that must be looked at.
[[nodiscard]] execution execute(const compiled_rules& with, const execution_base& base,
                                const block_header& header, std::span<const shared_batch> batches);

/// A receipt's leaf in its block's tree.
[[nodiscard]] digest receipt_digest(const receipt& of);
/// The receipt of one mutation of a final block. Precondition: index < mutation_count.
[[nodiscard]] receipt receipt_of(const final_block& in, std::uint32_t index);
/// The leaves of `count` receipts from this one on. Precondition: there are so many. 0.3 µs each.
[[nodiscard]] std::vector<digest> receipt_digests(const final_block& in, std::uint32_t from,
                                                  std::uint32_t count);
/// Its way to the receipts root, which the child's header has. O(mutations) hashes: receipt_tree
/// has the same in portions.
[[nodiscard]] merkle_proof prove_receipt(const final_block& in, std::uint32_t index);

/// Mutations of a final block, as the application hears them: from the one of this index on until
/// committed_size() of them is `size_max`, one at least. Allocates for each; walks over those
/// before. Precondition: from < of.mutation_count.
[[nodiscard]] std::shared_ptr<const committed_block>
to_committed(const final_block& of, std::uint32_t from, std::size_t size_max);

} // namespace caucus
