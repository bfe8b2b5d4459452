#pragma once

#include "messages/bytes.hpp"
#include "messages/frame.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/tls.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

/// The other end of a node's link, as an attacker would write it: real TCP, TLS and frames, in any
/// order and with any mistake. Blocking; one thread uses an object. Throws std::runtime_error where
/// the attack itself cannot begin.

namespace caucus::harness {

/// Who an attacker says it is. Its key signs whatever it likes.
struct masquerade {
  secret_key key;
  x509_ptr x509;
  tls_context tls; ///< of a client

  /// Nobody has seen this key before.
  [[nodiscard]] static masquerade stranger();
  /// With a stolen key.
  [[nodiscard]] static masquerade of(const std::filesystem::path& identity_key);

  explicit masquerade(secret_key with);
};

class hostile_peer {
public:
  using milliseconds = std::chrono::milliseconds;

  struct frame {
    frame_header header;
    bytes body;
  };

  /// Connects to 127.0.0.1:port. Every read ends after `at_most`.
  explicit hostile_peer(std::uint16_t port, milliseconds at_most = milliseconds{15'000});
  hostile_peer(hostile_peer&&) noexcept;
  hostile_peer& operator=(hostile_peer&&) noexcept;
  ~hostile_peer();

  /// The handshake went well, as far as a client can tell: a TLS 1.3 server may judge its
  /// certificate later.
  [[nodiscard]] bool secure(ssl_ctx_st* context);
  /// hello, the other's hello, ping: what makes a link ready.
  [[nodiscard]] bool enter(const masquerade& as, const network_id& network);

  /// Within TLS if there is any, else in the open. False: the other side has hung up.
  bool write(bytes_view what);
  bool write(std::string_view what) { return write(as_bytes(what)); }
  /// Size, nonce and tag are made to fit.
  bool send(frame_header header, const bytes& body, const network_id& network);
  bool say_hello(const network_id& network);
  /// A frame with the header exactly as given.
  bool send_as_is(const frame_header& header, const bytes& body);
  /// The nonce that an honest peer would use next.
  [[nodiscard]] std::uint64_t next_nonce() const;

  /// Nothing: the other side has ended the link, or said nothing in time.
  [[nodiscard]] std::optional<frame> read();
  /// The reason of the goodbye that ends the link, whatever comes before; nothing: it came to its
  /// end without.
  [[nodiscard]] std::optional<errc> read_goodbye();
  /// The other side has closed, whatever it said before. False: not in time.
  [[nodiscard]] bool closed();
  /// It has closed by now.
  [[nodiscard]] bool closed_now();
  /// A frame, or a part of one, waits to be read within that time.
  [[nodiscard]] bool readable(milliseconds at_most);

private:
  struct state;
  bool fill(std::span<std::byte> to);
  std::unique_ptr<state> state_;
};

/// Bytes of memory that a process holds (VmRSS); 0 where a sanitizer's own memory hides it.
[[nodiscard]] std::size_t resident_size(int pid);
/// Its open files and sockets.
[[nodiscard]] std::size_t open_files(int pid);

} // namespace caucus::harness
