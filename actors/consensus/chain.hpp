#pragma once

#include "messages/block.hpp"
#include "messages/ids.hpp"
#include "messages/ordering.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

/// The newest final block and the tree of those that may become final on top of it.
/// Pure.

namespace caucus::voting {

/// What a block leads to, as this node's notary computed it.
struct roots {
  digest state;
  digest receipts;
  friend bool operator==(const roots&, const roots&) = default;
};

struct chain_block {
  digest id;
  std::shared_ptr<const caucus::proposal>
    proposal; ///< never null; zero signature: the leader's is unknown
  bool notarized = false;
  bool announced = false; ///< to the notary, as notarized
  std::optional<roots> result;
  shared_quota_room room; ///< with the result; null: no quota
  bool closes = false;    ///< with the result: see executed::closes
};

struct chain_tip {
  digest id;
  /// As its children name it: the last block of the epoch before has view 0.
  block_header header;
  block_header as_signed;                           ///< the same, with its own view
  std::shared_ptr<const caucus::proposal> proposal; ///< null: from before the start
  std::optional<certificate> finalization;
  std::optional<roots> result;
  bool has_payload = false;
  shared_quota_room room; ///< with the result; null: no quota
  bool closes = false;    ///< with the result: see executed::closes
  bool ended = false;     ///< its parent closes, so it is the last block of its epoch
};

class chain {
public:
  /// `now_in`: the epoch of what comes above it.
  void start(const ledger_tip& from, epoch now_in);

  [[nodiscard]] const chain_tip& tip() const { return tip_; }
  [[nodiscard]] chain_block* find(const digest& id);
  [[nodiscard]] const chain_block* find(const digest& id) const;
  /// Held: unfinal, the newest final one, or a recent final one.
  [[nodiscard]] std::shared_ptr<const proposal> block_of(const digest& id) const;
  /// The result of an unfinal block or the tip; none: not executed, or not held.
  [[nodiscard]] std::optional<roots> result_of(const digest& id) const;
  /// The header of an unfinal block or the tip; null: not held.
  [[nodiscard]] const block_header* header_of(const digest& id) const;

  /// Null: not above the tip. A better signature replaces none.
  chain_block* insert(const digest& id, std::shared_ptr<const proposal> what);
  void set_result(const executed& what);
  /// The epoch ends at its child, which lists nothing. False: not, or there is no result.
  [[nodiscard]] bool closes(const digest& id) const;
  /// What a child of it may list, once there is a result; null: no quota, or no result.
  [[nodiscard]] shared_quota_room room_of(const digest& id) const;

  /// The blocks from above the tip to `id`, ascending. `missing`: the parent that ends the walk
  /// when it is not held. Empty without `missing`: does not descend from the tip.
  struct path {
    std::vector<digest> ids;
    std::optional<digest> missing;
  };
  [[nodiscard]] path path_to(const digest& id) const;

  /// Makes the child `id` of the tip the tip.
  void advance(const digest& id, std::optional<certificate> finalization);
  /// Drops what no longer descends from the tip, and what nobody notarized in views below `keep`.
  void prune(view keep);

  /// Batches listed from above the tip to `id`.
  [[nodiscard]] std::unordered_set<digest> listed_to(const digest& id) const;
  /// How many, a batch listed twice counting twice.
  [[nodiscard]] std::size_t listed_count(const digest& id) const;
  /// Listed by one of the recent final blocks.
  [[nodiscard]] bool recently_listed(const digest& batch) const {
    return recent_batches_.contains(batch);
  }

  /// Blocks that are notarized, not yet told, and whose parent is final or told: in parent order.
  [[nodiscard]] std::vector<chain_block*> take_tellable();
  /// The block, if it is held, and with it the ancestors that are: whoever votes for a block holds
  /// its parent for notarized. Those that come later follow in take_tellable().
  void notarized(const digest& id);
  [[nodiscard]] std::size_t size() const { return blocks_.size(); }
  /// What is held now was restored: it does not count for is_full().
  void count_restored() { restored_count_ = blocks_.size(); }
  [[nodiscard]] bool is_full(std::size_t count_max) const {
    return blocks_.size() >= restored_count_ + count_max;
  }

private:
  chain_tip tip_;
  std::unordered_map<digest, chain_block> blocks_; ///< heights above the tip's
  std::deque<std::pair<digest, std::shared_ptr<const proposal>>> recent_; ///< newest last
  std::unordered_set<digest> recent_batches_;
  bool tellable_ = false; ///< something may be
  std::size_t restored_count_ = 0;
};

} // namespace caucus::voting
