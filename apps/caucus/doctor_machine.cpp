#include "apps/caucus/doctor.hpp"
#include "runtime/clock.hpp"
#include "runtime/file.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

/// The machine under the node: clock, disk, limits.

namespace caucus::cli {

namespace {

using milliseconds = std::chrono::duration<double, std::milli>;

/// A header whose time is further ahead of a member's clock is refused there (consensus_limits.hpp).
constexpr std::int64_t clock_off_ms_max = 10'000;
/// What two machines that keep their clocks are never apart.
constexpr std::int64_t clock_off_ms_fine = 1'000;

constexpr std::uint64_t disk_free_min = 256ULL * 1024 * 1024;
constexpr std::uint64_t disk_free_fine = 1024ULL * 1024 * 1024;
/// A view of a group in one room takes some 10 ms, and each vote waits for one sync.
constexpr milliseconds sync_time_fine{20};
/// Syncs measured, some 40 ms on a plain SSD.
constexpr std::size_t syncs = 20;
/// But no longer than that on a disk that is slow.
constexpr std::chrono::milliseconds sync_time_max{1'000};

/// Files of a node beside its links: stores, logs, the library's own.
constexpr std::uint64_t files_of_a_node = 128;

std::string printed(double number, const char* unit) {
  std::array<char, 48> out{};
  static_cast<void>(std::snprintf(out.data(), out.size(), "%.1f %s", number, unit));
  return out.data();
}

/// Of syncs of one block each, sorted; empty: the folder takes no file.
std::vector<milliseconds> measure_syncs(const std::filesystem::path& folder) {
  // Without a name: nothing is left behind, however this ends.
  const unique_fd file{::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)};
  std::vector<milliseconds> out;
  const std::array<std::byte, 4'096> block{};
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; file && i < syncs; ++i) {
    const auto before = std::chrono::steady_clock::now();
    const auto at = static_cast<::off_t>(i * block.size());
    if (::pwrite(file.get(), block.data(), block.size(), at) != static_cast<::ssize_t>(block.size())
        || ::fdatasync(file.get()) != 0) {
      return {};
    }
    const auto after = std::chrono::steady_clock::now();
    out.emplace_back(after - before);
    if (after - began > sync_time_max) {
      break;
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

void examine_syncs(const node_access& node, findings& out) {
  const auto& folder = node.config.directory;
  struct ::statfs kind {};
  if (::statfs(folder.c_str(), &kind) == 0 && kind.f_type == TMPFS_MAGIC) {
    out.push_back({"sync", verdict::warning,
                   folder.string() + " is in memory: what the node signed is lost with the machine",
                   "put it on a disk, or set node.durability = \"memory\" to say that you know"});
    return;
  }
  const auto times = measure_syncs(folder);
  if (times.empty()) {
    out.push_back({"sync", verdict::warning, "cannot be measured in " + folder.string(),
                   "see that this user may write there"});
    return;
  }
  const auto median = times[times.size() / 2];
  const auto text = "fdatasync takes " + printed(median.count(), "ms") + " (median of "
                    + std::to_string(times.size()) + "), " + printed(times.back().count(), "ms")
                    + " at most";
  out.push_back({"sync", median > sync_time_fine ? verdict::warning : verdict::fine, text,
                 median > sync_time_fine
                   ? "each vote waits for one: take a faster disk, or one nobody else writes to"
                   : ""});
}

/// The soft limit of open files of a process; of this one if that cannot be read.
std::uint64_t files_max(const std::optional<::pid_t>& of) {
  const auto who = of ? std::to_string(*of) : std::string{"self"};
  std::ifstream file{"/proc/" + who + "/limits"};
  constexpr std::string_view name = "Max open files";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) {
      std::istringstream rest{line.substr(name.size())};
      std::uint64_t out = 0;
      if (rest >> out) {
        return out;
      }
      return UINT64_MAX; // "unlimited"
    }
  }
  ::rlimit own{};
  ::getrlimit(RLIMIT_NOFILE, &own);
  return own.rlim_cur;
}

} // namespace

void examine_clock(const node_access& node, const std::optional<running_node>& running,
                   findings& out) {
  if (running && !running->clock_problem.empty()) {
    out.push_back({"clock", verdict::failure, running->clock_problem,
                   "set the clock that is wrong, and have it kept: chrony, or systemd-timesyncd"});
    return;
  }
  const auto now = system_now().count();
  const auto group = std::max(running ? running->block_time_ms : 0, node.genesis.time.count());
  const auto behind = group - now;
  if (behind > clock_off_ms_fine && running && running->votes) {
    // Other members' headers would show a clock that is off: the ledger has the wrong time.
    out.push_back(
      {"clock", verdict::warning,
       "the newest block is dated " + printed(static_cast<double>(behind) / 1000, "s")
         + " ahead of this machine's clock, which no member's differs from",
       "if it is right, nothing: most clocks were ahead once, and blocks keep that time "
       "until it has come"});
    return;
  }
  if (behind > clock_off_ms_fine) {
    out.push_back({"clock", behind > clock_off_ms_max ? verdict::failure : verdict::warning,
                   "this machine's clock is " + printed(static_cast<double>(behind) / 1000, "s")
                     + " behind what the group has committed",
                   "set it, and have it kept: chrony, or systemd-timesyncd"});
    return;
  }
  ::timex kernel{};
  if (const int state = ::adjtimex(&kernel);
      state == TIME_ERROR || (kernel.status & STA_UNSYNC) != 0) {
    out.push_back({"clock", verdict::warning,
                   "not behind the group, but nothing keeps this machine's clock",
                   "have it kept, more than 10 s ahead what it proposes is refused: chrony, or "
                   "systemd-timesyncd"});
    return;
  }
  out.push_back({"clock", verdict::fine,
                 "not behind the group, kept to "
                   + printed(static_cast<double>(kernel.maxerror) / 1000, "ms")});
}

void examine_disk(const node_access& node, findings& out) {
  struct ::statvfs disk {};
  if (::statvfs(node.config.directory.c_str(), &disk) == 0) {
    const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    const auto how = free < disk_free_min
                       ? verdict::failure
                       : (free < disk_free_fine ? verdict::warning : verdict::fine);
    out.push_back({"disk", how,
                   printed(static_cast<double>(free) / (1024.0 * 1024 * 1024), "GiB")
                     + " are free for " + node.config.directory.string(),
                   how == verdict::fine ? "" : "make room: a node on a full disk does not vote"});
  }
  if (node.config.keeps == durability::disk) {
    examine_syncs(node, out);
  }
}

void examine_limits(const node_access& node, const std::optional<running_node>& running,
                    findings& out) {
  const auto have = files_max(running ? running->pid : std::nullopt);
  const auto& net = node.config.net;
  const auto want = std::uint64_t{net.max_connections} + net.handshakes + files_of_a_node;
  if (have < want) {
    out.push_back(
      {"files", verdict::warning,
       std::to_string(have) + " files may be open, " + std::to_string(want)
         + " are wanted for net.max_connections = " + std::to_string(net.max_connections),
       "raise it (ulimit -n, LimitNOFILE= of its unit), or allow fewer connections"});
    return;
  }
  out.push_back({"files", verdict::fine,
                 (have == UINT64_MAX ? "any number of" : std::to_string(have))
                   + " files may be open, " + std::to_string(want) + " are enough"});
}

} // namespace caucus::cli
