#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

/// Real processes: started, signalled and waited for by pid, output in files.
/// Each object is used by one thread. Throws std::runtime_error, as test code may.

namespace caucus::harness {

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

/// A child process. Its destructor kills it (SIGKILL) and reaps it: nothing is left running.
class process {
public:
  /// `command.front()` is looked up in PATH. stdin is empty; stdout and stderr are appended to
  /// `output`. The child dies with this process, also if that is killed.
  process(std::vector<std::string> command, std::filesystem::path output);
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Not ended yet. Reaps it if it has.
  [[nodiscard]] bool running();
  void signal(int number);
  /// Empty: still running after that time.
  [[nodiscard]] std::optional<exit_status> wait(std::chrono::milliseconds at_most);
  /// Precondition: running.
  [[nodiscard]] process_usage usage() const;
  /// All that it has written so far.
  [[nodiscard]] std::string output() const;

private:
  pid_t pid_ = -1;
  std::filesystem::path output_;
  std::optional<exit_status> ended_;
};

struct run_result {
  exit_status how;
  std::string out; ///< stdout
  std::string err; ///< stderr
};

/// Runs a command to its end. One that takes longer than `at_most` is killed, and that throws.
[[nodiscard]] run_result run(const std::vector<std::string>& command,
                             std::chrono::milliseconds at_most = std::chrono::seconds{30});

/// A new empty folder below the system's temporary one; removed with all in it when it goes, unless
/// CAUCUS_KEEP is set in the environment.
class temporary_folder {
public:
  temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace caucus::harness
