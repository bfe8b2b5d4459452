#pragma once

#include "messages/result.hpp"

/// Waits for the signals that end a program, for programs whose other threads were started without
/// a thought of signals. One thread at a time.

namespace caucus {

/// Until SIGTERM or SIGINT, or until `other` can be read; which signal, 0: `other`. Handlers hold
/// while it waits; those of before are back when it returns. Errors: in_use: another thread waits
/// here; io_failed.
[[nodiscard]] result<int> wait_for_signal(int other);

} // namespace caucus
