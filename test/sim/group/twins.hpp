#pragma once

#include "test/sim/group/group_world.hpp"
#include "test/sim/hashing.hpp"

#include <cstdint>
#include <random>

/// What befalls a member that runs twice: both start and go, and one is made of the other's folder,
/// as it is at that moment, again and again. From dice of its own.

namespace caucus::sim {

class twins {
public:
  twins(group_world& over, std::uint64_t seed, std::optional<node_index> original)
      : world_{over}, random_{mix({seed, 0x7477696e73})}, original_{original} {}

  void act() {
    if (!original_) {
      return;
    }
    auto& w = world_;
    const auto copy = *w.twin();
    const auto either = random_() % 2 == 0 ? copy : *original_;
    switch (random_() % 10) {
      case 0:
        w.copy_folder(*original_, copy);
        w.restart(copy);
        break;
      case 1: w.crash(either); break;
      case 2:
      case 3: w.restart(either); break;
      default: break;
    }
  }

private:
  group_world& world_;
  std::mt19937_64 random_;
  std::optional<node_index> original_; ///< none: nobody is
};

} // namespace caucus::sim
