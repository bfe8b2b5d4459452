#pragma once

#include "runtime/file.hpp"

#include <chrono>
#include <string>
#include <string_view>

/// Whoever started this process and wants to hear how it is: systemd with Type=notify, or another
/// that speaks its protocol, which is a datagram of lines to the socket that NOTIFY_SOCKET names.
/// Source: sd_notify(3), sd_watchdog_enabled(3). Spoken here rather than by libsystemd: it is one
/// sendto(), and so runs the same where there is no systemd.

namespace caucus::cli {

class service_manager {
public:
  /// Reads NOTIFY_SOCKET (a path, or "@name" of the abstract kind), WATCHDOG_USEC and WATCHDOG_PID.
  /// Nobody listens if there is no such socket.
  service_manager();

  [[nodiscard]] bool listens() const { return static_cast<bool>(socket_); }

  /// Wants to be told "WATCHDOG=1" at least so often; zero: does not.
  [[nodiscard]] std::chrono::microseconds watchdog() const { return watchdog_; }

  /// Lines such as "READY=1\nSTATUS=...". Any thread. Waits a second at most for one that does not
  /// read; what cannot be told then is lost.
  void tell(std::string_view lines) const;

  /// "RELOADING=1", with the time that its protocol wants beside it.
  void tell_reloading() const;

private:
  unique_fd socket_; ///< connected; none: nobody listens
  std::chrono::microseconds watchdog_{0};
};

} // namespace caucus::cli
