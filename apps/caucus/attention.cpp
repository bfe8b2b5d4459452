#include "apps/caucus/attention.hpp"

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace caucus::cli {

attention::attention()
    : bell_{std::make_shared<unique_fd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))} {
  ::sigset_t ours;
  ::sigemptyset(&ours);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) {
    ::sigaddset(&ours, one);
  }
  ::pthread_sigmask(SIG_BLOCK, &ours, nullptr);
  signals_ = unique_fd{::signalfd(-1, &ours, SFD_CLOEXEC)};
}

std::function<void()> attention::bell() const {
  return [to = bell_] {
    const std::uint64_t one = 1;
    static_cast<void>(::write(to->get(), &one, sizeof one));
  };
}

int attention::next() const {
  std::array<::pollfd, 2> both{{{signals_.get(), POLLIN, 0}, {bell_->get(), POLLIN, 0}}};
  while (::poll(both.data(), both.size(), -1) < 0) {
  }
  if (both[1].revents != 0) {
    std::uint64_t rung = 0;
    static_cast<void>(::read(bell_->get(), &rung, sizeof rung));
    return 0;
  }
  ::signalfd_siginfo heard{};
  if (::read(signals_.get(), &heard, sizeof heard) != sizeof heard) {
    return SIGTERM;
  }
  return static_cast<int>(heard.ssi_signo);
}

void attention::end_by(int signal) {
  ::sigset_t one;
  ::sigemptyset(&one);
  ::sigaddset(&one, signal);
  static_cast<void>(std::signal(signal, SIG_DFL));
  static_cast<void>(::raise(signal)); // pending while it is blocked
  ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  std::_Exit(128 + signal);
}

} // namespace caucus::cli
