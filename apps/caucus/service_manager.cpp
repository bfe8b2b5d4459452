#include "apps/caucus/service_manager.hpp"

#include "runtime/log.hpp"

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <system_error>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace caucus::cli {

namespace {

std::string_view environment(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here changes the environment
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc{} && end == text.data() + text.size() && out > 0 ? std::optional{out}
                                                                              : std::nullopt;
}

unique_fd connect_to(std::string_view name) {
  ::sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if ((name[0] != '/' && name[0] != '@') || name.size() < 2 || name.size() >= sizeof to.sun_path) {
    return {};
  }
  std::memcpy(static_cast<char*>(to.sun_path), name.data(), name.size());
  if (name[0] == '@') {
    to.sun_path[0] = '\0';
  }
  unique_fd out{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const ::timeval at_most{1, 0};
  const auto size = static_cast<::socklen_t>(offsetof(::sockaddr_un, sun_path) + name.size());
  if (!out || ::setsockopt(out.get(), SOL_SOCKET, SO_SNDTIMEO, &at_most, sizeof at_most) != 0
      || ::connect(out.get(), reinterpret_cast<const ::sockaddr*>(&to), size) != 0) {
    return {};
  }
  return out;
}

} // namespace

service_manager::service_manager() {
  const auto name = environment("NOTIFY_SOCKET");
  if (name.empty()) {
    return;
  }
  socket_ = connect_to(name);
  if (!socket_) {
    log("node", log_level::warn,
        "NOTIFY_SOCKET is " + std::string{name} + ", where nobody listens: nobody is told");
    return;
  }
  const auto pid = environment("WATCHDOG_PID");
  const auto time = whole_number(environment("WATCHDOG_USEC"));
  if (time && (pid.empty() || whole_number(pid) == ::getpid())) {
    watchdog_ = std::chrono::microseconds{*time};
  }
}

void service_manager::tell(std::string_view lines) const {
  if (!socket_) {
    return;
  }
  if (::send(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL) < 0) {
    log_once_per("node/notify", std::chrono::seconds{60}, "node", log_level::warn,
                 std::string{"cannot tell the service manager: "}
                   + std::generic_category().message(errno));
  }
}

void service_manager::tell_reloading() const {
  ::timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  tell("RELOADING=1\nMONOTONIC_USEC="
       + std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000));
}

} // namespace caucus::cli
