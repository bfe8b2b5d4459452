#pragma once

#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

/// One seed's run: a safety phase, in which anything may happen, and a liveness phase, in which the
/// faults stop and all honest nodes must come to the same end.
/// Deterministic.

namespace caucus::sim {

struct outcome {
  bool passed = false;
  std::string why; ///< what was violated; empty when passed
  std::uint64_t trace = 0;
  duration virtual_time{0};
  std::uint64_t final_height = 0;
  std::uint64_t views = 0;
  std::uint64_t events = 0;
  std::uint64_t crashes = 0;
};

/// `members`: in [1, members_max]; 0: the seed chooses.
[[nodiscard]] outcome run_consensus(std::uint64_t seed, std::size_t members);

} // namespace caucus::sim
