#pragma once

/// Ctrl-C as something that waits look at, so that what was begun is cleaned up. Any thread.

namespace caucus {

/// From now on Ctrl-C, SIGTERM and SIGHUP only make interrupted() true; a second one, two seconds
/// later or more, ends the process.
void catch_interrupts();
/// False for ever unless catch_interrupts() was called.
[[nodiscard]] bool interrupted();

} // namespace caucus
