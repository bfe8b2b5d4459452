#include "apps/group/local_ports.hpp"

#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace caucus {

namespace {

/// Below 32,768, where Linux begins to give ports to outgoing connections; above what services of
/// a developer's machine commonly use.
constexpr unsigned port_first = 20'000;
constexpr unsigned port_last = 31'999;

/// No descriptor: another process, or another object of this one, holds it.
unique_fd hold(unsigned port) {
  unique_fd out{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const auto name = "caucus-port-" + std::to_string(port);
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(static_cast<char*>(address.sun_path) + 1, name.data(), name.size());
  const auto size = offsetof(::sockaddr_un, sun_path) + 1 + name.size();
  if (::bind(out.get(), reinterpret_cast<const ::sockaddr*>(&address),
             static_cast<::socklen_t>(size))
      != 0) {
    out.reset();
  }
  return out;
}

bool is_free(unsigned port) {
  const unique_fd probe{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int on = 1; // a node sets it too: what a former one left in TIME_WAIT is no obstacle
  ::setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(probe.get(), reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0;
}

} // namespace

result<local_ports> local_ports::take(std::size_t count) {
  constexpr auto span = port_last - port_first + 1;
  // Processes that start together begin apart, so that they do not try one another's ports first.
  const auto start = static_cast<unsigned>(::getpid()) * 97U % span;
  local_ports out;
  for (unsigned i = 0; i < span; ++i) {
    const auto port = port_first + (start + i) % span;
    if (out.held_.empty() && port + count - 1 > port_last) {
      continue;
    }
    auto held = hold(port);
    if (!held || !is_free(port)) {
      out.held_.clear();
      continue;
    }
    out.held_.push_back(std::move(held));
    if (out.held_.size() == count) {
      out.first_ = static_cast<std::uint16_t>(port + 1 - count);
      return out;
    }
  }
  return fail(errc::in_use, "no " + std::to_string(count) + " free ports between "
                              + std::to_string(port_first) + " and " + std::to_string(port_last));
}

} // namespace caucus
