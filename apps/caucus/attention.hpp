#pragma once

#include "runtime/file.hpp"

#include <functional>
#include <memory>

/// What the main thread of a node waits for: SIGTERM, SIGINT and SIGHUP, and whoever rings.

namespace caucus::cli {

/// Main thread, but for the bell.
class attention {
public:
  /// Blocks the signals in this thread, and so in all that it starts from now on: they come to
  /// next() alone, as long as the process lives.
  attention();

  /// Any thread may ring it, also when the attention is gone.
  [[nodiscard]] std::function<void()> bell() const;

  /// Waits. A signal's number; 0: somebody has rung since the last 0, once or more often.
  [[nodiscard]] int next() const;

  /// Ends the process by this signal, as if it had never been blocked.
  [[noreturn]] static void end_by(int signal);

private:
  unique_fd signals_;
  std::shared_ptr<unique_fd> bell_;
};

} // namespace caucus::cli
