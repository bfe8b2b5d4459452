#include "apps/group/interrupts.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace caucus {

namespace {

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

} // namespace

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

} // namespace caucus
