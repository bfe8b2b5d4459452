#pragma once

#include "apps/group/group_load.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

/// Users who propose without pause while a test hurts the nodes: see apps/group/group_load.hpp.

namespace caucus::harness {

class cluster;

using caucus::acknowledged;
using caucus::load_options;
using caucus::wanted;

class load {
public:
  using milliseconds = std::chrono::milliseconds;

  /// Starts at once. The cluster must outlive it, and may meanwhile kill and start nodes. No nodes
  /// among the options: all members.
  explicit load(const cluster& on, load_options options = {});

  /// Receipts so far. Any thread.
  [[nodiscard]] std::uint64_t count() const { return load_.count(); }
  /// Every client has ended: all of `count` is done, or they failed.
  [[nodiscard]] bool done() const { return load_.done(); }
  /// Lets each client hear the fate of what it has in hand. All that was acknowledged, in no order.
  /// Throws std::runtime_error if that takes longer, or if an answer came that no retry can help.
  [[nodiscard]] std::vector<acknowledged> finish(milliseconds at_most = milliseconds{60'000});
  /// Proposals that had to be made again.
  [[nodiscard]] std::uint64_t retries() const { return load_.retries(); }

private:
  const cluster& on_;
  group_load load_;
};

} // namespace caucus::harness
