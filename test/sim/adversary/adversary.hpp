#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "test/sim/keys.hpp"

#include <cstddef>
#include <memory>
#include <vector>

/// A member that lies: runs an honest replica, and decides what of its words reaches whom, and what
/// else does. A lie a file.

namespace caucus::sim {

class adversary {
public:
  virtual ~adversary() = default;
  /// What goes to node `to` in the place of `honest`. `key` is the liar's own.
  [[nodiscard]] virtual std::vector<voting::message> say(const voting::message& honest,
                                                         std::size_t to, const sim_key& key) = 0;
};

} // namespace caucus::sim
