#pragma once

#include "messages/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

/// Nodes as child processes, for the demo and the bench. Main thread.

namespace caucus::cli {

/// A child that dies with us, whatever becomes of us. Its destructor kills and reaps it.
class node_process {
public:
  /// `words`: the program first. stdout is read line by line, stderr is appended to `log`.
  /// Error: internal: no more processes or descriptors.
  [[nodiscard]] static result<node_process> start(const std::vector<std::string>& words,
                                                  const std::filesystem::path& log);
  node_process(node_process&& other) noexcept;
  node_process& operator=(node_process&& other) noexcept;
  ~node_process();

  /// The next line of stdout, without its end. Errors: timed_out; cancelled (Ctrl-C); internal: it
  /// ended, with the end of its log.
  [[nodiscard]] result<std::string> line(std::chrono::milliseconds at_most);
  void signal(int number) const;
  /// Waits for its end. nullopt: it still runs. Else the exit code, or 128 + the signal.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds at_most);
  [[nodiscard]] ::pid_t pid() const { return pid_; }
  /// CPU time that it used so far, user and system.
  [[nodiscard]] std::chrono::milliseconds cpu_time() const;

private:
  node_process(::pid_t pid, int out, std::filesystem::path log);
  void end();

  ::pid_t pid_ = -1;
  int out_ = -1;
  std::string text_; ///< read, not given out
  std::filesystem::path log_;
};

/// `count` consecutive TCP ports of localhost that nobody listens on. Error: in_use.
[[nodiscard]] result<std::uint16_t> free_ports(unsigned count);

/// From now on Ctrl-C and SIGTERM only make interrupted() true, for waits to end and the clean-up to
/// run; a second one, two seconds later or more, ends the process.
void catch_interrupts();
[[nodiscard]] bool interrupted();

/// A new folder; with all in it removed at the end, unless it is to be kept.
class work_folder {
public:
  /// Empty: a temporary one. Errors: file_exists (not empty), io_failed.
  [[nodiscard]] static result<work_folder> make(const std::filesystem::path& keep);
  work_folder(work_folder&& other) noexcept;
  work_folder& operator=(work_folder&&) = delete;
  ~work_folder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  work_folder(std::filesystem::path path, bool keeps);
  std::filesystem::path path_;
  bool keeps_ = false;
};

} // namespace caucus::cli
