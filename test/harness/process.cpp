#include "test/harness/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace caucus::harness {

namespace {

[[noreturn]] void failed(const std::string& what) {
  throw std::runtime_error{"harness: " + what + ": " + std::strerror(errno)};
}

std::string slurp(const std::filesystem::path& file) {
  const std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Between fork and exec: only calls that are safe there. Does not come back.
[[noreturn]] void become(char* const* arguments, int out, int err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvp(arguments[0], arguments);
  ::_exit(127);
}

pid_t start(std::vector<std::string> command, int out, int err) {
  std::vector<char*> arguments; // made before the fork, after which nothing may allocate
  arguments.reserve(command.size() + 1);
  for (auto& one : command) {
    arguments.push_back(one.data());
  }
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    become(arguments.data(), out, err);
  }
  if (pid < 0) {
    failed("fork");
  }
  return pid;
}

int open_to_append(const std::filesystem::path& file) {
  const int opened = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
  if (opened < 0) {
    failed("cannot write " + file.string());
  }
  return opened;
}

} // namespace

process::process(std::vector<std::string> command, std::filesystem::path output)
    : output_{std::move(output)} {
  const int file = open_to_append(output_);
  pid_ = start(std::move(command), file, file);
  ::close(file);
}

process::~process() {
  if (running()) {
    ::kill(pid_, SIGCONT);
    ::kill(pid_, SIGKILL);
    static_cast<void>(wait(std::chrono::seconds{10}));
  }
}

bool process::running() {
  return !wait(std::chrono::milliseconds{0});
}

void process::signal(int number) {
  if (running() && ::kill(pid_, number) != 0) {
    failed("kill " + std::to_string(pid_));
  }
}

// A pidfd becomes readable at the end of its process: no polling, no signal handler.
std::optional<exit_status> process::wait(std::chrono::milliseconds at_most) {
  if (ended_) {
    return ended_;
  }
  const auto file = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (file < 0) {
    failed("pidfd_open");
  }
  pollfd watched{file, POLLIN, 0};
  const auto until = std::chrono::steady_clock::now() + at_most;
  int ready = 0;
  do {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
    ready = ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  } while (ready < 0 && errno == EINTR);
  ::close(file);
  if (ready <= 0) {
    return std::nullopt;
  }
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) {
    failed("waitpid");
  }
  ended_ =
    WIFEXITED(status) ? exit_status{WEXITSTATUS(status), 0} : exit_status{-1, WTERMSIG(status)};
  return ended_;
}

process_usage process::usage() const {
  const auto text = slurp("/proc/" + std::to_string(pid_) + "/stat");
  // The name, in parentheses, may hold anything; fields are counted behind it, from the third on.
  std::istringstream fields{text.substr(std::min(text.rfind(')') + 1, text.size()))};
  std::vector<std::string> all;
  for (std::string one; fields >> one;) {
    all.push_back(one);
  }
  constexpr std::size_t user = 14 - 3;
  constexpr std::size_t kernel = 15 - 3;
  constexpr std::size_t pages = 24 - 3;
  if (all.size() <= pages) {
    throw std::runtime_error{"harness: process " + std::to_string(pid_) + " has no usage"};
  }
  const auto ticks = std::stoull(all[user]) + std::stoull(all[kernel]);
  const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return {std::chrono::milliseconds{ticks * 1000 / ticks_per_second},
          std::stoull(all[pages]) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))};
}

std::string process::output() const {
  return slurp(output_);
}

run_result run(const std::vector<std::string>& command, std::chrono::milliseconds at_most) {
  const temporary_folder folder;
  const auto out = folder.path() / "out";
  const auto err = folder.path() / "err";
  auto with_err = command; // the shell separates the two streams, and execs: one process, one pid
  with_err.insert(with_err.begin(),
                  {"/bin/sh", "-c", R"(e="$1"; shift; exec "$@" 2>>"$e")", "sh", err.string()});
  process child{std::move(with_err), out};
  const auto how = child.wait(at_most);
  if (!how) {
    throw std::runtime_error{"harness: " + command.front() + " did not end in "
                             + std::to_string(at_most.count()) + " ms; it said: " + slurp(out)
                             + slurp(err)};
  }
  return {*how, slurp(out), slurp(err)};
}

temporary_folder::temporary_folder() {
  auto name = (std::filesystem::temp_directory_path() / "caucus-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    failed("mkdtemp " + name);
  }
  path_ = name;
}

temporary_folder::~temporary_folder() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here writes the environment
  if (std::getenv("CAUCUS_KEEP") == nullptr) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

} // namespace caucus::harness
