#include "apps/caucus/node_process.hpp"

#include "runtime/file.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace caucus::cli {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// When the first came, in seconds of the system's uptime and one; 0: none has. Written by whatever
/// thread the signal finds, read by all.
std::atomic<std::int64_t> interrupted_at{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free); // so a signal's handler may

/// timeout(1), say, signals a process and then its group: what comes within a second is one wish.
void on_interrupt(int number) {
  ::timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t came = now.tv_sec + 1;
  std::int64_t first = 0;
  if (!interrupted_at.compare_exchange_strong(first, came) && came > first + 1) {
    static_cast<void>(std::signal(number, SIG_DFL));
    static_cast<void>(std::raise(number));
  }
}

std::string last_lines(const std::filesystem::path& file) {
  std::ifstream from{file};
  std::stringstream all;
  all << from.rdbuf();
  auto text = all.str();
  const std::size_t most = 2'000;
  return text.size() > most ? text.substr(text.size() - most) : text;
}

/// Ports below the range from which the system gives outgoing connections theirs.
constexpr unsigned port_first = 20'000;
constexpr unsigned port_last = 32'000;

bool is_free(std::uint16_t port) {
  const unique_fd made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  ::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(made.get(), reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0;
}

} // namespace

// -- processes -------------------------------------------------------------------------------------

result<node_process> node_process::start(const std::vector<std::string>& words,
                                         const std::filesystem::path& log) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail(errc::internal, std::string{"no pipe: "} + std::generic_category().message(errno));
  }
  const unique_fd errors{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
  const unique_fd nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  std::vector<char*> raw;
  raw.reserve(words.size() + 1);
  for (const auto& word : words) {
    raw.push_back(const_cast<char*>(word.c_str()));
  }
  raw.push_back(nullptr);
  const auto parent = ::getpid();
  const auto pid = ::fork();
  if (pid == 0) { // only what is safe between fork and exec
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
      ::_exit(1);
    }
    ::setpgid(0, 0); // Ctrl-C goes to us alone, and we stop it in order
    ::dup2(nothing.get(), STDIN_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(errors.get(), STDERR_FILENO);
    static_cast<void>(std::signal(SIGINT, SIG_DFL));
    static_cast<void>(std::signal(SIGTERM, SIG_DFL));
    ::execv(raw[0], raw.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return fail(errc::internal,
                std::string{"no process: "} + std::generic_category().message(errno));
  }
  return node_process{pid, ends[0], log};
}

node_process::node_process(::pid_t pid, int out, std::filesystem::path log)
    : pid_{pid}, out_{out}, log_{std::move(log)} {}

node_process::node_process(node_process&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, out_{std::exchange(other.out_, -1)},
      text_{std::move(other.text_)}, log_{std::move(other.log_)} {}

node_process& node_process::operator=(node_process&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    out_ = std::exchange(other.out_, -1);
    text_ = std::move(other.text_);
    log_ = std::move(other.log_);
  }
  return *this;
}

node_process::~node_process() {
  end();
}

void node_process::end() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }
  if (out_ >= 0) {
    ::close(out_);
    out_ = -1;
  }
}

result<std::string> node_process::line(std::chrono::milliseconds at_most) {
  const auto until = clock::now() + at_most;
  for (;;) {
    if (const auto end = text_.find('\n'); end != std::string::npos) {
      auto out = text_.substr(0, end);
      text_.erase(0, end + 1);
      return out;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    if (interrupted()) {
      return fail(errc::cancelled, "interrupted");
    }
    if (left <= 0ms) {
      return fail(errc::timed_out,
                  "a node said nothing in time; its log ends so:\n" + last_lines(log_));
    }
    ::pollfd wanted{out_, POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 100))) <= 0) {
      continue;
    }
    char piece[4096];
    const auto size = ::read(out_, piece, sizeof piece);
    if (size <= 0) {
      return fail(errc::internal, "a node ended; its log ends so:\n" + last_lines(log_));
    }
    text_.append(piece, static_cast<std::size_t>(size));
  }
}

void node_process::signal(int number) const {
  if (pid_ > 0) {
    ::kill(pid_, number);
  }
}

std::optional<int> node_process::wait(std::chrono::milliseconds at_most) {
  const auto until = clock::now() + at_most;
  while (pid_ > 0) {
    int how = 0;
    if (::waitpid(pid_, &how, WNOHANG) == pid_) {
      pid_ = -1;
      return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    }
    if (clock::now() >= until) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(2ms); // between looks: a child's end has no descriptor before 5.3
  }
  return 0;
}

std::chrono::milliseconds node_process::cpu_time() const {
  std::ifstream from{"/proc/" + std::to_string(pid_) + "/stat"};
  std::string text;
  std::getline(from, text);
  const auto after = text.rfind(')');
  if (after == std::string::npos) {
    return 0ms;
  }
  std::istringstream fields{text.substr(after + 2)};
  std::string skipped;
  for (int i = 0; i < 11; ++i) {
    fields >> skipped;
  }
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return std::chrono::milliseconds{(user + system) * 1'000 / ::sysconf(_SC_CLK_TCK)};
}

// -- ports, signals, folders -----------------------------------------------------------------------

result<std::uint16_t> free_ports(unsigned count) {
  std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<unsigned> pick{port_first, port_last - count};
  for (int attempt = 0; attempt < 200; ++attempt) {
    const auto first = pick(random);
    bool all = true;
    for (unsigned i = 0; i < count && all; ++i) {
      all = is_free(static_cast<std::uint16_t>(first + i));
    }
    if (all) {
      return static_cast<std::uint16_t>(first);
    }
  }
  return fail(errc::in_use, "no " + std::to_string(count) + " free ports between "
                              + std::to_string(port_first) + " and " + std::to_string(port_last));
}

void catch_interrupts() {
  struct ::sigaction how {};
  how.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &how, nullptr);
  ::sigaction(SIGTERM, &how, nullptr);
  ::sigaction(SIGHUP, &how, nullptr);
}

bool interrupted() {
  return interrupted_at != 0;
}

result<work_folder> work_folder::make(const std::filesystem::path& keep) {
  if (keep.empty()) {
    auto pattern = (std::filesystem::temp_directory_path() / "caucus-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      return fail(errc::io_failed,
                  "no temporary folder " + pattern + ": " + std::generic_category().message(errno));
    }
    return work_folder{pattern, false};
  }
  std::error_code failed;
  std::filesystem::create_directories(keep, failed);
  if (!failed && !std::filesystem::is_empty(keep, failed)) {
    return fail(errc::file_exists, keep.string() + " is not empty; choose a new folder");
  }
  if (failed) {
    return fail(errc::io_failed, keep.string() + ": " + failed.message());
  }
  return work_folder{std::filesystem::absolute(keep), true};
}

work_folder::work_folder(std::filesystem::path path, bool keeps)
    : path_{std::move(path)}, keeps_{keeps} {}

work_folder::work_folder(work_folder&& other) noexcept
    : path_{std::exchange(other.path_, {})}, keeps_{other.keeps_} {}

work_folder::~work_folder() {
  if (!keeps_ && !path_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

} // namespace caucus::cli
