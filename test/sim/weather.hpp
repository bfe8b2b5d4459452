#pragma once

#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>

/// Pure values.

namespace caucus::sim {

using node_index = std::size_t;

/// How bad the network is. A real link loses nothing, says nothing twice and keeps its order: what
/// asks for more is here for actors that must bear it.
struct weather {
  duration delay_min{500};
  duration delay_max{5'000};
  std::uint32_t loss_percent = 0;
  std::uint32_t repeat_percent = 0;
  std::uint32_t slow_percent = 0; ///< frames that take up to ten times as long
  bool in_order = true;           ///< of each link; false: a frame may overtake another
};

} // namespace caucus::sim
