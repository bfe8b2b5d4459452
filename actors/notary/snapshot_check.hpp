#pragma once

#include "actors/notary/records.hpp"
#include "messages/closing.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"
#include "runtime/membership/certificate_check.hpp"

#include <cstdint>
#include <functional>
#include <vector>

/// Whether a group certified a state that somebody brings: README.md, "Snapshots".
/// Pure.

namespace caucus {

struct snapshot_network {
  const caucus::genesis* genesis = nullptr; ///< never null; outlives the call
  network_id network{};
  signature_check check{};
};

/// Entries so far, and of all. False: whoever waits has enough, `cancelled`.
using snapshot_progress = std::function<bool(std::uint64_t done, std::uint64_t all)>;

struct snapshot_contents {
  caucus::height height;
  std::vector<closing> closings; ///< what ended an epoch, in order
  shared_final block;            ///< never null once it is checked
  chain_page above;              ///< headers up to one with a finalization
  std::vector<state_entry> entries;
};

/// Of an entry with this path.
[[nodiscard]] variable_id variable_of(const digest& path);

/// The block is what the network begins with, which goes on from another: the genesis shows its
/// state, and no block needs to.
[[nodiscard]] bool is_first_state(const final_block& block, const genesis& from);

/// Whether what the block did follows from its receipts: they do not tell which of its batches were
/// skipped, where it has others too.
[[nodiscard]] bool can_be_shown(const final_block& block);

/// All but the entries of the state. Ends of epochs that the block is not behind are left out.
/// Errors: bad_proof, bad_parent, bad_certificate, wrong_epoch, those of check_batch() and
/// follow_closings(); not_yet: nothing can show what the block did.
[[nodiscard]] result<void> check_certified_block(snapshot_contents& all,
                                                 const snapshot_network& of);

/// The entries, once check_certified_block() has passed. Holds them a second time. Errors:
/// bad_proof; cancelled, by `tell`.
[[nodiscard]] result<void> check_certified_state(const snapshot_contents& all,
                                                 const snapshot_network& of,
                                                 const snapshot_progress& tell);

} // namespace caucus
