#pragma once

#include "actors/notary/batch_pool.hpp"
#include "actors/notary/executor.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/tip_state.hpp"
#include "messages/block.hpp"
#include "messages/committee.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/ordering.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

/// The newest final block's state, and the unfinal blocks above it, each executed on its parent's
/// result as soon as its batches are here. Abandoned branches go when their height is final.
/// Pure.

namespace caucus {

/// A final block that has become the tip.
struct finalized {
  shared_final block;
  state_tree parent_state;   ///< what its header's state root certifies
  shared_rules parent_rules; ///< in it: `tip_state::coming` of the parent
  std::vector<digest> touched;
  /// The block ends its epoch: the blocks behind it up to the one that `by` finalizes; none: it is
  /// the block's own.
  struct closed_epoch {
    std::vector<block_header> behind;
    certificate by;
  };
  std::optional<closed_epoch> closing{};
};

class block_chain {
public:
  /// `proves`: see execution_base; outlives this.
  block_chain(const genesis& from, const shared_rules& rules, batch_pool& pool,
              const lie_judge* proves = nullptr);
  /// What a child of the tip is executed on.
  [[nodiscard]] execution_base base() const;

  [[nodiscard]] const tip_state& tip() const { return tip_; }
  /// Another tip. Precondition: nothing was added.
  void restart_from(tip_state tip) { tip_ = std::move(tip); }

  /// An unfinal block. False: known, or at or below the tip.
  bool add(const digest& id, const shared_block& what);
  /// The newest final block's result, when the next final block's header certifies another: the tip
  /// stays, and progress() does nothing more.
  struct divergence {
    caucus::height height;
    digest ours;
    digest certified;
  };
  [[nodiscard]] std::optional<divergence> diverged() const;

  /// Why the next final block cannot be executed here: see execution::lacks. The tip stays.
  [[nodiscard]] std::optional<error> lacks() const;

  /// The next final block. False: at or below the newest final one.
  bool finalize(const digest& id, const shared_block& what, std::optional<certificate> by);

  /// Executes what can be executed, then moves the tip as far as it goes, at most to the end of an
  /// epoch: what is behind that goes. `gone` is called for each block that is no longer unfinal,
  /// final ones too, before the next is looked at.
  void progress(const std::function<void(const executed&)>& done,
                const std::function<void(finalized)>& final,
                const std::function<void(const block&)>& gone);

  /// Batches that blocks lack, with the final height that lists them (zero: none yet); of final
  /// blocks only the first ones, until `enough` are named, so that memory stays bounded.
  void each_missing(std::size_t enough,
                    const std::function<void(const digest&, height)>& visit) const;

private:
  struct node {
    digest id;
    shared_block block;
    std::optional<execution> result;
    std::optional<error> lacks; ///< there is no result, nor will be
    bool final = false;
    std::optional<certificate> finalization;
  };
  /// What a child of the parent is executed on; nothing: the parent is not executed, or not here.
  [[nodiscard]] std::optional<execution_base> base_of(const node& of) const;
  /// The next final block can be the tip: it is executed, and where it ends the epoch what shows
  /// that is here.
  [[nodiscard]] bool is_ready() const;
  void close_epoch(finalized& with);
  [[nodiscard]] bool gather(const node& of, std::vector<shared_batch>& out) const;
  bool execute_ready(const std::function<void(const executed&)>& done);
  [[nodiscard]] finalized take_final(node& first);

  batch_pool& pool_;
  const lie_judge* proves_; ///< may be null
  tip_state tip_;
  std::unordered_map<digest, node> nodes_;
  std::multimap<height, digest> by_height_;
  std::deque<digest> final_; ///< not yet the tip, ascending
  height newest_final_;
};

} // namespace caucus
