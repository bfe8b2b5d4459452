#pragma once

#include <chrono>
#include <cstdint>

/// Time as a core sees it: handed in, never read.
/// Pure values.

namespace caucus {

/// Has no now(): the owner of a clock gives the time. A shell gives the system's steady clock, the
/// simulation counts for itself, and the core cannot tell them apart.
struct logical_clock;

/// Microseconds: a view in memory takes less than a millisecond.
using duration = std::chrono::microseconds;
using time_point = std::chrono::time_point<logical_clock, duration>;

/// Wall-clock time, Unix epoch. What a header carries; a hint, never a proof.
using wall_ms = std::chrono::duration<std::int64_t, std::milli>;

} // namespace caucus
