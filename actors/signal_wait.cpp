#include "actors/signal_wait.hpp"

#include "runtime/file.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace caucus {

namespace {

/// What the handler writes to; -1: nobody waits. One, as a process has one handler for a signal.
std::atomic<int> rung{-1}; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
static_assert(std::atomic<int>::is_always_lock_free, "used by a signal handler");

extern "C" void on_signal(int number) {
  const int before = errno;
  const auto which = static_cast<std::uint64_t>(number);
  static_cast<void>(::write(rung.load(), &which, sizeof which));
  errno = before;
}

/// Installs the handler, and puts back what was there.
class handlers {
public:
  explicit handlers(int bell) {
    rung = bell;
    struct ::sigaction ours {};
    ours.sa_handler = on_signal;
    ::sigemptyset(&ours.sa_mask);
    ours.sa_flags = SA_RESTART;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ::sigaction(numbers[i], &ours, &before_[i]);
    }
  }
  handlers(const handlers&) = delete;
  handlers& operator=(const handlers&) = delete;
  ~handlers() {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ::sigaction(numbers[i], &before_[i], nullptr);
    }
  }

private:
  static constexpr std::array<int, 2> numbers{SIGTERM, SIGINT};
  std::array<struct ::sigaction, numbers.size()> before_{};
};

} // namespace

result<int> wait_for_signal(int other) {
  static std::atomic<bool> taken{false};
  if (taken.exchange(true)) {
    return fail(errc::in_use, "another thread of this program waits for the signals already");
  }
  const unique_fd bell{::eventfd(0, EFD_CLOEXEC)};
  result<int> out = 0;
  if (bell.get() < 0) {
    out = fail(errc::io_failed, "no eventfd: the program has too many files open");
  } else {
    const handlers installed{bell.get()};
    std::array<::pollfd, 2> both{{{bell.get(), POLLIN, 0}, {other, POLLIN, 0}}};
    while (::poll(both.data(), both.size(), -1) < 0) {
    }
    std::uint64_t number = 0;
    if (both[0].revents != 0 && ::read(bell.get(), &number, sizeof number) == sizeof number) {
      out = static_cast<int>(number);
    }
  }
  rung = -1;
  taken = false;
  return out;
}

} // namespace caucus
