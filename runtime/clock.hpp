#pragma once

#include "messages/time.hpp"

/// The node's clocks, for code without an actor's context: I/O threads, the worker pool, mains. Any
/// thread.

namespace caucus {

/// Steady; the same as an actor's context::now().
[[nodiscard]] time_point steady_now();
/// The system's; may jump either way.
[[nodiscard]] wall_ms system_now();

} // namespace caucus
