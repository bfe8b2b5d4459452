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
  std::uint64_t epochs = 0; ///< that began, behind the first
  std::uint64_t states = 0; ///< that nodes went on from, as others gave them
};

/// Which faults a seed may have, beside those of `former`.
enum class faults : std::uint8_t {
  mixed,  ///< half of the seeds are as in `former`; the others have one or two of the following
  former, ///< crashes, cuts, storms; liars that equivocate, propose twice or not at all
  leads,  ///< as many as may lie lead badly
  serves, ///< or serve badly
  slow,   ///< replies come after the retry interval; checks wait for one another, disks are slow
  copies, ///< the folder of one member is set back to older copies of it, again and again
};

/// `members`: in [1, members_max]; 0: the seed chooses.
[[nodiscard]] outcome run_consensus(std::uint64_t seed, std::size_t members,
                                    faults with = faults::mixed);

/// The same of a group that changes itself all the while: newcomers, standbys, retirements, kicks,
/// replacements, bars, asked for by operators at random members.
[[nodiscard]] outcome run_epochs(std::uint64_t seed);

} // namespace caucus::sim
