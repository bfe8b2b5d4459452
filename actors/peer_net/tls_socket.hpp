#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/asio.hpp"
#include "runtime/tls.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

/// One connection's socket under TLS: nonblocking steps, each of which says what it waits for.
/// The I/O thread's. The thread must not die of SIGPIPE: OpenSSL writes with plain write().

namespace caucus {

enum class tls_wait : std::uint8_t { nothing, readable, writable, closed, failed };

struct tls_progress {
  tls_wait wait = tls_wait::nothing; ///< nothing: go on; closed: the other side has ended it
  std::size_t size = 0;              ///< bytes done; > 0 only with `nothing`
};

enum class tls_load : std::uint8_t {
  idle,      ///< OpenSSL gives its buffers back after each record
  busy,      ///< it keeps them: 34 KiB
  streaming, ///< several records are read and written at once: 150 KiB
};

class tls_socket {
public:
  using tcp = boost::asio::ip::tcp;

  /// Not connected yet.
  explicit tls_socket(boost::asio::io_context& io) : socket_{io} {}
  explicit tls_socket(tcp::socket connected) : socket_{std::move(connected)} {}

  [[nodiscard]] tcp::socket& lower() { return socket_; }

  /// The socket is connected. Error: `internal`.
  result<void> begin(ssl_ctx_st* context, tls_side side);
  /// Call until it says `nothing`; then tls_peer() of native() says who it is.
  [[nodiscard]] tls_progress shake_hands();
  /// `readable` comes once after a short read too, without a look at the socket: it is mostly
  /// right, and whoever waits then is told at once where it is not.
  [[nodiscard]] tls_progress read(std::span<std::byte> to);
  /// After `readable` or `writable` the same bytes must come again, be it elsewhere. What was
  /// written has left only after flush().
  [[nodiscard]] tls_progress write(bytes_view from);
  /// `nothing`: all that was written is the kernel's.
  [[nodiscard]] tls_progress flush();
  /// Bytes that the kernel has taken, ever: also of a record, or of several, that it took in part.
  [[nodiscard]] std::uint64_t sent() const;
  /// Of those, what the other side's kernel has taken; that stops when its reader does.
  [[nodiscard]] std::uint64_t taken() const;
  /// Says, as well as can be, that nothing more will be sent. Reading may go on.
  void end_writing();
  void close();
  /// Trades memory for time, as the load is; at first it is idle. After the handshake, now and
  /// then: what is said twice in a row is kept to.
  void follow(tls_load load);

  [[nodiscard]] const ssl_st* native() const { return ssl_.get(); }
  /// Why the last step failed, for the log.
  [[nodiscard]] const std::string& problem() const { return problem_; }

private:
  struct free_ssl {
    void operator()(ssl_st* what) const;
  };
  [[nodiscard]] tls_progress judge(int returned);
  [[nodiscard]] bool may_switch() const;
  void gather_records();
  void stop_gathering();

  tcp::socket socket_;
  std::unique_ptr<ssl_st, free_ssl> ssl_;
  bool write_ended_ = false;
  bool drained_ = false; ///< by the last read, which need not be asked again
  tls_load load_ = tls_load::idle;
  bool gathers_ = false; ///< records lie in a buffer first; it goes, empty, when we stream no more
  bool broken_ = false;  ///< OpenSSL wants nothing more to be done with it
  std::string problem_;
};

} // namespace caucus
