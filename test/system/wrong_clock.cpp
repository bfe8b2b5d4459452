#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

// Preloaded into a node: its wall clock is as far from the right time as the file that CAUCUS_WRONG_CLOCK
// names says, in milliseconds, one little-endian int64, and may jump whenever the test writes there. The
// clock that only runs forward is left alone. A jump is what NTP, a virtual machine and an owner do.

namespace {

constexpr std::int64_t second_ms = 1'000;
constexpr std::int64_t ms_ns = 1'000'000;
constexpr std::int64_t second_ns = second_ms * ms_ns;

const std::atomic<std::int64_t>* offset() {
  static const auto* const at = []() -> const std::atomic<std::int64_t>* {
    const char* const path = std::getenv("CAUCUS_WRONG_CLOCK");
    const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      return nullptr;
    }
    void* const made = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    return made == MAP_FAILED ? nullptr : static_cast<const std::atomic<std::int64_t>*>(made);
  }();
  return at;
}

} // namespace

extern "C" {

int clock_gettime(clockid_t which, timespec* out) noexcept {
  const auto failed = static_cast<int>(::syscall(SYS_clock_gettime, which, out));
  if (failed == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
    if (const auto* const by = offset(); by != nullptr) {
      const auto ns = out->tv_sec * second_ns + out->tv_nsec + by->load() * ms_ns;
      out->tv_sec = ns / second_ns;
      out->tv_nsec = ns % second_ns;
    }
  }
  return failed;
}

int gettimeofday(timeval* out, void*) noexcept {
  timespec now{};
  const int failed = clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1'000;
  return failed;
}

std::time_t time(std::time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) {
    *out = now.tv_sec;
  }
  return now.tv_sec;
}

} // extern "C"
