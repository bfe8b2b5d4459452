#pragma once

#include "actors/notary/executor.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/block.hpp"
#include "messages/closing.hpp"
#include "messages/committee.hpp"
#include "messages/evidence.hpp"
#include "messages/genesis.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/quota.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

/// What a block led to, all that its child is executed on; and how one comes to it: from the
/// genesis, from a stored state, by the next block of a ledger.
/// Pure.

namespace caucus {

struct tip_state {
  digest id;
  block_header header;
  std::optional<certificate> finalization;
  state_tree state{1};
  digest state_root;
  digest receipts_root;
  bool has_payload = false;
  std::uint64_t mutations_so_far = 0;
  shared_quota_room room{}; ///< what a child may list; null: no quota
  shared_group group{};     ///< never null
  bool closes = false;      ///< the epoch ends with its child
  /// Of the epoch of what comes above it; never null.
  std::shared_ptr<const committee> voters{};
  shared_rules rules{};  ///< as `voters`
  shared_rules coming{}; ///< of what is proposed now: once the epoch closes, those of the next
};

/// See execution_base; may be null.
using lie_judge = std::function<bool(const peer_id&, const evidence&)>;

/// The genesis block: no payload, no parent, an empty state. Of a network that goes on from another
/// it has the height of that one's last block, that block as its parent, and the state that the
/// genesis names.
[[nodiscard]] block_header genesis_header(const genesis& from);

/// The genesis block's. Its state is empty: that of a network which goes on from another is stored.
[[nodiscard]] tip_state first_tip(const genesis& from, const shared_rules& with);

/// Of a block of the ledger, with the entries of the state that it leads to. Error: bad_checksum:
/// they are not, or `history` does not reach so far; rules_missing: the program has not the C++
/// rules of that state. `with`: of any epoch.
[[nodiscard]] result<tip_state> stored_tip(const final_block& at,
                                           const std::vector<state_entry>& entries,
                                           const shared_rules& with, const epoch_history& history);

[[nodiscard]] execution_base base_of(const tip_state& on, const lie_judge* proves);

/// The tip that a child makes, with its `made` result. Preconditions: it is of the epoch of
/// `on.voters`, and lacks nothing.
[[nodiscard]] tip_state next_tip(const tip_state& on, const digest& id, const block_header& header,
                                 execution made);

struct replayed {
  tip_state tip;
  std::vector<digest> touched; ///< entries that may have changed
};
/// The next block of a ledger. Errors: bad_checksum: it does not follow, or does not lead to the
/// roots that it did; rules_missing.
[[nodiscard]] result<replayed> replay(const tip_state& on, const final_block& next,
                                      const lie_judge* proves);

} // namespace caucus
