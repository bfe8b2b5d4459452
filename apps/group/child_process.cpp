#include "apps/group/child_process.hpp"

#include "apps/group/interrupts.hpp"
#include "messages/try.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace caucus {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// The kernel needs no more for a process that is not stuck in a driver.
constexpr auto kill_time_max = 10s;
/// Between two looks at whether Ctrl-C came.
constexpr std::int64_t look_again_ms = 100;

tl::unexpected<error> no_more(const char* what) {
  return fail(errc::internal,
              std::string{"no "} + what + ": " + std::generic_category().message(errno));
}

std::string contents(const std::filesystem::path& file) {
  const std::ifstream from{file, std::ios::binary};
  std::ostringstream text;
  text << from.rdbuf();
  return text.str();
}

std::string end_of(const std::filesystem::path& log) {
  const std::size_t most = 2'000;
  auto text = contents(log);
  return text.size() > most ? text.substr(text.size() - most) : text;
}

/// Milliseconds until then, as poll() takes them: rounded up, not below 0.
std::int64_t left_until(clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
  return std::max<std::int64_t>(left, 0);
}

/// Between fork and exec: only calls that are safe there. Does not come back.
[[noreturn]] void become(char* const* command, ::pid_t parent, int nothing, int out, int errors) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(1);
  }
  ::setpgid(0, 0);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  static_cast<void>(std::signal(SIGINT, SIG_DFL)); // a shell's job in the background ignores it
  static_cast<void>(std::signal(SIGTERM, SIG_DFL));
  ::sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::execvp(command[0], command);
  ::_exit(127);
}

struct made_process {
  ::pid_t pid;
  unique_fd end;
};

/// `out` below 0: stdout goes to the log too.
result<made_process> make(const std::vector<std::string>& command, const std::filesystem::path& log,
                          int out) {
  const unique_fd errors{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
  if (!errors) {
    return fail(errc::io_failed,
                "cannot write " + log.string() + ": " + std::generic_category().message(errno));
  }
  const unique_fd nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  std::vector<char*> words; // made before the fork, after which nothing may allocate
  words.reserve(command.size() + 1);
  for (const auto& word : command) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  const auto parent = ::getpid();
  const auto pid = ::fork();
  if (pid == 0) {
    become(words.data(), parent, nothing.get(), out < 0 ? errors.get() : out, errors.get());
  }
  if (pid < 0) {
    return no_more("process");
  }
  unique_fd end{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (!end) {
    auto failed = no_more("descriptor of a process");
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return failed;
  }
  return made_process{pid, std::move(end)};
}

} // namespace

result<child_process> child_process::start(const std::vector<std::string>& command,
                                           std::filesystem::path log) {
  CAUCUS_TRY(auto made, make(command, log, -1));
  return child_process{made.pid, std::move(made.end), {}, std::move(log)};
}

result<child_process> child_process::start_to_read(const std::vector<std::string>& command,
                                                   std::filesystem::path log) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return no_more("pipe");
  }
  unique_fd ours{ends[0]};
  const unique_fd theirs{ends[1]};
  CAUCUS_TRY(auto made, make(command, log, theirs.get()));
  return child_process{made.pid, std::move(made.end), std::move(ours), std::move(log)};
}

child_process::child_process(::pid_t pid, unique_fd end, unique_fd out, std::filesystem::path log)
    : pid_{pid}, end_{std::move(end)}, out_{std::move(out)}, log_{std::move(log)} {}

child_process& child_process::operator=(child_process&& other) noexcept {
  if (this != &other) {
    static_cast<void>(kill());
    pid_ = other.pid_;
    end_ = std::move(other.end_);
    out_ = std::move(other.out_);
    text_ = std::move(other.text_);
    log_ = std::move(other.log_);
    ended_ = other.ended_;
  }
  return *this;
}

child_process::~child_process() {
  static_cast<void>(kill());
}

bool child_process::running() {
  return end_ && !wait(0ms);
}

void child_process::signal(int number) {
  if (running()) {
    ::kill(pid_, number);
  }
}

std::optional<exit_status> child_process::wait(std::chrono::milliseconds at_most) {
  if (ended_) {
    return ended_;
  }
  ::pollfd wanted{end_.get(), POLLIN, 0};
  const auto until = clock::now() + at_most;
  int ready = 0;
  do {
    ready = ::poll(&wanted, 1, static_cast<int>(left_until(until)));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) {
    return std::nullopt;
  }
  int status = 0;
  ::pid_t reaped = -1;
  do {
    reaped = ::waitpid(pid_, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  ended_ = exit_status{};
  if (reaped == pid_) { // else SIGCHLD is ignored, and the system reaped it
    ended_ =
      WIFEXITED(status) ? exit_status{WEXITSTATUS(status), 0} : exit_status{-1, WTERMSIG(status)};
  }
  return ended_;
}

bool child_process::kill() {
  signal(SIGCONT);
  signal(SIGKILL);
  return !end_ || wait(kill_time_max);
}

std::optional<process_usage> child_process::usage() const {
  const auto text = contents("/proc/" + std::to_string(pid_) + "/stat");
  // The name, in parentheses, may hold anything; fields are counted behind it, from the third on.
  std::istringstream fields{text.substr(std::min(text.rfind(')') + 1, text.size()))};
  std::vector<std::string> all;
  for (std::string field; fields >> field;) {
    all.push_back(field);
  }
  constexpr std::size_t user = 14 - 3;
  constexpr std::size_t kernel = 15 - 3;
  constexpr std::size_t pages = 24 - 3;
  if (ended_ || all.size() <= pages) {
    return std::nullopt;
  }
  const auto ticks = std::stoull(all[user]) + std::stoull(all[kernel]);
  const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return process_usage{std::chrono::milliseconds{ticks * 1'000 / ticks_per_second},
                       std::stoull(all[pages]) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))};
}

std::string child_process::output() const {
  return contents(log_);
}

result<std::string> child_process::line(std::chrono::milliseconds at_most) {
  const auto until = clock::now() + at_most;
  for (;;) {
    if (const auto end = text_.find('\n'); end != std::string::npos) {
      auto out = text_.substr(0, end);
      text_.erase(0, end + 1);
      return out;
    }
    if (interrupted()) {
      return fail(errc::cancelled, "interrupted");
    }
    const auto left = left_until(until);
    if (left == 0) {
      return fail(errc::timed_out,
                  "a node said nothing in time; its log ends so:\n" + end_of(log_));
    }
    ::pollfd wanted{out_.get(), POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(std::min(left, look_again_ms))) <= 0) {
      continue;
    }
    char piece[4096];
    const auto size = ::read(out_.get(), piece, sizeof piece);
    if (size <= 0) {
      return fail(errc::internal, "a node ended; its log ends so:\n" + end_of(log_));
    }
    text_.append(piece, static_cast<std::size_t>(size));
  }
}

} // namespace caucus
