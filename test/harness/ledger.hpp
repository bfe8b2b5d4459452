#pragma once

#include "test/harness/load.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What a node says was committed, and whether that is what its users were told.
/// Throws std::runtime_error when the node does not answer.

namespace caucus::harness {

class cluster;

/// One committed mutation.
struct ledger_entry {
  std::uint64_t height = 0;
  std::uint64_t index = 0;
  std::string author;
  wanted what;
  std::string status; ///< "applied" or "refused"
};

struct ledger {
  std::string text; ///< as the node tells it, a line each: the same on every node
  std::vector<ledger_entry> entries;
};

/// From that height to the newest final block.
[[nodiscard]] ledger read_ledger(const cluster& of, std::size_t node, std::uint64_t from = 1);

/// Each mutation that was acknowledged stands in the ledger once, where and with the outcome that
/// its receipt says. Precondition: no two were alike. Empty if so; else what is wrong, ten of them
/// at most.
[[nodiscard]] std::string compare(const ledger& what, const std::vector<acknowledged>& with);

/// Waits for equal heights and roots, then for each node's ledger to be the same text; returns it.
/// Throws std::runtime_error that says where two of them differ.
[[nodiscard]] ledger same_ledger(cluster& of, const std::vector<std::size_t>& nodes);

} // namespace caucus::harness
