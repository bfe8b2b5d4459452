#include "runtime/process_guard.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

namespace caucus {

namespace {

sigset_t only(int number) {
  sigset_t out;
  sigemptyset(&out);
  sigaddset(&out, number);
  return out;
}

/// Plus one: 0 is free.
std::array<std::atomic<int>, 64> kept{};
static_assert(std::atomic<int>::is_always_lock_free); // read in a forked child

// Only what may be called there: other threads' locks are held for ever.
void replace_in_child() {
  for (auto& slot : kept) {
    const int fd = slot.exchange(0) - 1;
    if (fd < 0) {
      continue;
    }
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) {
      ::dup3(nothing, fd, O_CLOEXEC);
      ::close(nothing);
    }
  }
}

} // namespace

void fill_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) {
      continue;
    }
    const int nothing = ::open("/dev/null", O_RDWR); // the lowest free number: mostly this one
    if (nothing >= 0 && nothing != fd) {
      ::dup2(nothing, fd);
      ::close(nothing);
    }
  }
}

void ignore_file_size_signal() {
  struct ::sigaction now {};
  if (::sigaction(SIGXFSZ, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0
      && now.sa_handler == SIG_DFL) {
    static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  }
}

sigpipe_guard::sigpipe_guard() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  const auto pipe = only(SIGPIPE);
  sigset_t before;
  sigemptyset(&before);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  was_blocked_ = sigismember(&before, SIGPIPE) == 1;
}

sigpipe_guard::~sigpipe_guard() {
  const auto pipe = only(SIGPIPE);
  if (!was_pending_) {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1) {
      const ::timespec at_once{};
      while (sigtimedwait(&pipe, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
  }
  if (!was_blocked_) {
    pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
  }
}

process_mark::process_mark() : made_by_{::getpid()} {}

bool process_mark::is_forked() const {
  return ::getpid() != made_by_;
}

void keep_from_children(int fd) {
  static const int registered = pthread_atfork(nullptr, nullptr, replace_in_child);
  static_cast<void>(registered);
  for (auto& slot : kept) {
    int free = 0;
    if (slot.compare_exchange_strong(free, fd + 1)) {
      return;
    }
  }
}

void release_from_children(int fd) {
  for (auto& slot : kept) {
    int mine = fd + 1;
    if (slot.compare_exchange_strong(mine, 0)) {
      return;
    }
  }
}

} // namespace caucus
