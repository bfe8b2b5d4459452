#pragma once

#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/base/ed25519.hpp"

#include <memory>
#include <string>
#include <string_view>

/// TLS 1.3 between nodes: mutual, each side with one self-signed certificate made of its identity.
/// Making a context: any thread. A context may be used by many threads, each with its own SSL.
///
///     auto x509 = make_x509(key);
///     auto server = make_tls_context(key, *x509, tls_side::server);
///     SSL* link = SSL_new(server->get()); ... SSL_do_handshake ...
///     result<peer_id> who = tls_peer(link);   // both sides, before a byte is taken or sent
///
/// There is no authority and no name: a certificate shows a key, and the key is the peer's
/// identity. A client's handshake ends before the server has judged its certificate.

struct ssl_ctx_st; // OpenSSL's, so that its headers stay out of ours
struct ssl_st;
struct x509_st;

namespace caucus {

inline constexpr std::string_view tls_protocol = "caucus/1"; ///< ALPN

/// 2 KiB: our certificate has about 300 bytes; OpenSSL would take 100 KiB from anyone who connects.
inline constexpr long x509_size_max = 2 * 1024;

struct tls_free {
  void operator()(ssl_ctx_st* what) const;
  void operator()(x509_st* what) const;
};
using x509_ptr = std::unique_ptr<x509_st, tls_free>;
using tls_context = std::unique_ptr<ssl_ctx_st, tls_free>;

enum class tls_side : bool { server, client };

/// A certificate without an end, made anew at each start: only its key means anything.
/// Error: internal (OpenSSL has no memory or no Ed25519).
[[nodiscard]] result<x509_ptr> make_x509(const secret_key& key);

/// TLS 1.3 alone; ALPN `caucus/1` or no link; the other side's certificate required and judged by
/// key_of_x509(); no tickets, resumption, early data or renegotiation. Reads ahead, gives buffers
/// back when idle, and writes what fits from a buffer that may move.
/// Error: internal.
[[nodiscard]] result<tls_context> make_tls_context(const secret_key& key, const x509_ptr& x509,
                                                   tls_side side);

/// The key that a certificate is for. Pure. Error: bad_x509: not an Ed25519 key, or not signed by
/// it, or issued in another name.
[[nodiscard]] result<peer_id> key_of_x509(x509_st* x509);

/// Who is at the other end, once the handshake is done. Error: bad_x509: not TLS 1.3, not our ALPN
/// or no good certificate; then nothing of this link may be used.
[[nodiscard]] result<peer_id> tls_peer(const ssl_st* link);

/// What OpenSSL's error queue of this thread says, for a log line; empties it.
[[nodiscard]] std::string tls_error_text();

} // namespace caucus
