#pragma once

#include "test/sim/group/adversary/adversary.hpp"

/// Says what it honestly thinks, and is two: nodes with one key, of which neither knows what the
/// other has signed but by what others tell it. Each is given one. Source: Bano et al., "Twins: BFT
/// Systems Made Robust" (2021), section 3.

namespace caucus::sim {

class twin final : public adversary {};

} // namespace caucus::sim
