#pragma once

#include "messages/result.hpp"
#include "runtime/file.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

/// Processes that are started, signalled and waited for by pid. One thread uses an object.

namespace caucus {

/// How a process ended.
struct exit_status {
  int code = -1;  ///< of a normal exit; -1: a signal ended it
  int signal = 0; ///< that ended it; 0: none
  [[nodiscard]] bool ok() const { return code == 0; }
};

/// What a process has cost so far.
struct process_usage {
  std::chrono::milliseconds cpu{0}; ///< of all its threads, user and kernel
  std::size_t resident_size = 0;    ///< bytes of memory it has now
};

/// A child process. Its destructor kills it (SIGKILL) and reaps it. It dies as well when the thread
/// that started it ends, even if that thread's process is killed.
class child_process {
public:
  /// `command.front()` is looked up in PATH; the exit code is 127 if it cannot be run. stdin is
  /// empty; stdout and stderr are appended to `log`. Errors: io_failed: the log; internal: no more
  /// processes or descriptors.
  [[nodiscard]] static result<child_process> start(const std::vector<std::string>& command,
                                                   std::filesystem::path log);
  /// As start(), but line() reads stdout.
  [[nodiscard]] static result<child_process> start_to_read(const std::vector<std::string>& command,
                                                           std::filesystem::path log);
  child_process(child_process&&) noexcept = default;
  child_process& operator=(child_process&& other) noexcept;
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  [[nodiscard]] ::pid_t pid() const { return pid_; }
  /// Not ended yet. Reaps it if it has.
  [[nodiscard]] bool running();
  /// Does nothing if it has ended.
  void signal(int number);
  /// nullopt: it still runs after that time.
  [[nodiscard]] std::optional<exit_status> wait(std::chrono::milliseconds at_most);
  /// SIGKILL, also to one that stands still, and waits for the end. False: it outlived that for 10
  /// s.
  bool kill();
  /// nullopt: it has ended.
  [[nodiscard]] std::optional<process_usage> usage() const;
  /// All that its log holds.
  [[nodiscard]] std::string output() const;
  /// The next line of stdout, without its end. Precondition: of start_to_read(). Errors: timed_out;
  /// cancelled (Ctrl-C, see interrupts.hpp); internal: it ended. All but cancelled hold the end of
  /// its log.
  [[nodiscard]] result<std::string> line(std::chrono::milliseconds at_most);

private:
  child_process(::pid_t pid, unique_fd end, unique_fd out, std::filesystem::path log);

  ::pid_t pid_ = -1;
  unique_fd end_;    ///< readable once the process has ended; none: moved from
  unique_fd out_;    ///< its stdout; none: goes to the log
  std::string text_; ///< read from stdout, not given out
  std::filesystem::path log_;
  std::optional<exit_status> ended_;
};

} // namespace caucus
