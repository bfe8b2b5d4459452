#pragma once

#include "test/harness/cluster.hpp"
#include "test/harness/history.hpp"
#include "test/harness/ledger.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Users who write and read single keys through all nodes at once, while nodes are killed, paused,
/// cut off and, if wished, their folders set back and their clocks jump; then what they saw is held
/// against the ledger, and each key's history against a register (test/harness/history.hpp).
/// One thread calls. Throws std::runtime_error as the harness does.

namespace caucus::harness {

struct history_options {
  std::chrono::milliseconds length{10'000}; ///< of the faults; the end comes on top
  std::uint64_t seed = 0;
  bool cuts = true; ///< kills and pauses there always are
  /// Folders of clients, and of one member at a time, are restored from an older copy, emptied but
  /// for identity.key, or run twice at once.
  bool folders = false;
  /// Wall clocks of single nodes, and of a quorum at once, are wrong by up to an hour for some
  /// seconds.
  bool clocks = false;
  std::function<void(const std::string&)> say{}; ///< what befalls whom; empty: nobody listens
};

/// What one user did through one node.
struct done {
  std::size_t node = 0;
  std::size_t user = 0;
  std::string key;
  operation what;
  std::string outcome;      ///< "applied", "refused", or an error's code; empty: nobody knows
  std::uint64_t height = 0; ///< of the receipt, or of the answer's header
  std::uint64_t index = 0;  ///< of the receipt
};

struct history_result {
  std::vector<done> all;
  ledger committed;
  std::map<std::string, std::size_t> faults; ///< how many of each
};

/// Runs it to the common end of all nodes.
[[nodiscard]] history_result run_history(const history_options& options);

/// What is wrong, ten things at most; empty: nothing.
[[nodiscard]] std::string check_history(const history_result& of);

/// "4,211 writes (37 unknown), 3,902 reads; 12 kills, ...".
[[nodiscard]] std::string summary(const history_result& of);

} // namespace caucus::harness
