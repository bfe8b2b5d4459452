#include "runtime/clock.hpp"

#include <chrono>

namespace caucus {

time_point steady_now() {
  return time_point{
    std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

wall_ms system_now() {
  return std::chrono::duration_cast<wall_ms>(std::chrono::system_clock::now().time_since_epoch());
}

} // namespace caucus
