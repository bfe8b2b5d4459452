#pragma once

#include "actors/notary/records.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/tip_state.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/membership/certificate_check.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What is left of a network whose group lost more members for ever than it bears: the newest state
/// that its survivors' folders show, and the genesis of another network that goes on from there. No
/// vote can decide that, as nothing tells the dead from the silent: people do.
///
/// The newest ledger is the beginning, as far as a certificate in it reaches; above it come blocks
/// that a quorum notarized, which any of the journals shows. A block that is final was notarized by
/// a quorum, of whom each had it and its batches durable before. So while the journals of f + 1
/// members are here, whole and of durability "disk", and no survivor lies, no final block is left
/// out. Of the folders nothing is believed but what a quorum signed, and what the blocks make of
/// the state is computed here: a false folder can leave out, and nothing else.
///
/// Changes nothing that a node keeps, and holds two states in memory. Any thread; blocks on the
/// disk.

namespace caucus {

/// Of a node that does not run.
struct survivor {
  std::filesystem::path folder;
  std::optional<peer_id> self; ///< as its key says; none: its votes say it, if they can
};

struct survivors_network {
  const genesis* from = nullptr; ///< never null; outlives the call
  network_id network{};
  std::shared_ptr<const compiled_rules> rules{}; ///< never null
  signature_check check{};
};

struct newest_state {
  tip_state tip;
  std::filesystem::path folder; ///< whose ledger it is of
  height ledger_end;            ///< of that one; what is above was notarized
  /// Members of the epoch of `tip.voters` whose votes the journals tell.
  std::size_t survivors = 0;
  /// Fewer than f + 1 are: final blocks may be gone of which nobody here knows.
  bool may_lack = false;
  std::vector<std::string> remarks{}; ///< for people: what could not be used, and why
};

/// The block that was come to. False: whoever waits has enough, `cancelled`.
using survivors_progress = std::function<bool(const std::filesystem::path& folder, height done)>;

/// A ledger that cannot be read, or that nobody certified, is passed over with a remark, unless
/// none is left. Errors: folder_contradicts: two ledgers are not of one history; state_diverged: a
/// quorum certified another state than is computed here; file_missing: nothing was decided;
/// cancelled.
[[nodiscard]] result<newest_state> newest_of(const std::vector<survivor>& all,
                                             const survivors_network& of,
                                             const survivors_progress& tell = {});

struct continued {
  genesis from;                     ///< with `continues`
  std::vector<state_entry> entries; ///< of the state that it names, by path
};

/// What a network of these members begins with: variables, limits and parameters stay, the members
/// of before and what they asked for go. `now`: the genesis' time, unless the newest block's is
/// later. Error: bad_request: a member that is barred.
[[nodiscard]] result<continued> continue_with(const newest_state& after, const genesis& before,
                                              const network_id& network,
                                              std::vector<member> members, wall_ms now);

} // namespace caucus
