#pragma once

#include <cstdint>
#include <random>

/// The system's randomness. Any thread.

namespace caucus {

/// 64 bits that nobody can foretell; getrandom() in the end. Throws what std::random_device does if
/// the system gives none.
[[nodiscard]] inline std::uint64_t system_random() {
  std::random_device source;
  return std::uint64_t{source()} << 32U | source();
}

} // namespace caucus
