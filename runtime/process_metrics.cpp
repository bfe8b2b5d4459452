#include "runtime/process_metrics.hpp"

#include "runtime/metrics.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace caucus {

namespace {

/// Field `number` of /proc/self/stat as proc(5) counts them, from 3 on; 0 if there is none.
double stat_field(std::size_t number) {
  std::ifstream file{"/proc/self/stat"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  text.erase(0, text.rfind(')') + 1); // the program's name may hold anything
  std::istringstream words{text};
  std::string word;
  for (std::size_t i = 3; words >> word; ++i) {
    if (i == number) {
      std::uint64_t out = 0;
      std::from_chars(word.data(), word.data() + word.size(), out);
      return static_cast<double>(out);
    }
  }
  return 0;
}

double ticks(double count) {
  return count / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double boot_time() {
  std::ifstream file{"/proc/stat"};
  for (std::string word; file >> word;) {
    if (double out = 0; word == "btime" && file >> out) {
      return out;
    }
  }
  return 0;
}

double open_files() {
  std::error_code failed;
  const std::filesystem::directory_iterator all{"/proc/self/fd", failed};
  const auto count = std::distance(begin(all), end(all));
  return count > 0 ? static_cast<double>(count - 1) : 0; // less the one that we look through
}

double open_files_max() {
  ::rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

} // namespace

void add_process(metrics& to) {
  to.add_source("process_cpu_seconds_total", "User and system time.", metric_kind::counter, {},
                [] { return ticks(stat_field(14) + stat_field(15)); });
  to.add_source("process_resident_memory_bytes", "Memory that it has now.", metric_kind::gauge, {},
                [] { return stat_field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE)); });
  to.add_source("process_threads", "Threads that it has now.", metric_kind::gauge, {},
                [] { return stat_field(20); });
  to.add_source("process_start_time_seconds", "Since 1970.", metric_kind::gauge, {},
                [] { return boot_time() + ticks(stat_field(22)); });
  to.add_source("process_open_fds", "Files and sockets that are open.", metric_kind::gauge, {},
                open_files);
  to.add_source("process_max_fds", "As many may be open.", metric_kind::gauge, {}, open_files_max);
}

} // namespace caucus
