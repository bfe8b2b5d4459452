#pragma once

#include "runtime/asio.hpp"

#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

/// Sockets that a program which this process starts does not inherit: Boost 1.74 makes and accepts
/// them without close-on-exec, and a helper that a host starts by system() would keep the node's
/// port. The thread of their context.

namespace caucus {

/// As it.open(of). Precondition: it is closed.
template <class Socket>
boost::system::error_code open_socket(Socket& it, const typename Socket::protocol_type& of) {
  const int made = ::socket(of.family(), of.type() | SOCK_CLOEXEC, of.protocol());
  if (made < 0) {
    return {errno, boost::system::system_category()};
  }
  boost::system::error_code why;
  it.assign(of, made, why);
  if (why) {
    ::close(made);
  }
  return why;
}

/// As from.async_accept(then): `then(error_code, socket)`, once. `from` must live until then.
template <class Acceptor, class Then>
void accept_socket(Acceptor& from, Then then) {
  using socket = typename Acceptor::protocol_type::socket;
  from.async_wait(
    Acceptor::wait_read, [&from, then = std::move(then)](boost::system::error_code why) mutable {
      socket came{from.get_executor()};
      if (!why) {
        from.native_non_blocking(true, why); // who knocked may have gone again
      }
      const int made =
        why ? -1 : ::accept4(from.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (!why && made < 0) {
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) {
          accept_socket(from, std::move(then));
          return;
        }
        why = {errno, boost::system::system_category()};
      }
      if (!why) {
        came.assign(from.local_endpoint(why).protocol(), made, why);
        if (why) {
          ::close(made);
        }
      }
      then(why, std::move(came));
    });
}

} // namespace caucus
