#pragma once

#include "apps/group/child_process.hpp"
#include "apps/group/work_folder.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

/// Real processes: started, signalled and waited for by pid, output in files.
/// Each object is used by one thread. Throws std::runtime_error, as test code may.

namespace caucus::harness {

using caucus::exit_status;
using caucus::process_usage;

/// A child process, as apps/group/child_process.hpp tells. `command.front()` is looked up in PATH.
/// stdin is empty; stdout and stderr are appended to `output`. Its destructor kills it (SIGKILL)
/// and reaps it: nothing is left running. It dies with this process, also if that is killed.
class process : public child_process {
public:
  process(const std::vector<std::string>& command, const std::filesystem::path& output);
  /// Precondition: running.
  [[nodiscard]] process_usage usage() const;
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
  [[nodiscard]] const std::filesystem::path& path() const { return made_.path(); }

private:
  work_folder made_;
};

} // namespace caucus::harness
