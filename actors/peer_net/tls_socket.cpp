#include "actors/peer_net/tls_socket.hpp"

#include "runtime/openssl.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <utility>

#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace caucus {

namespace {

/// OpenSSL asks for what fits into its buffer, a record and more. Where less than this came, the socket has
/// no more. That is a guess, and costs a look at the socket if wrong: whoever waits is told at once.
constexpr std::uint64_t short_read = 8 * 1024;
/// Four records of 16 KiB and what TLS adds: handed over one by one they cost the kernel, on both sides, a
/// tenth to a quarter of a link's rate. A single small record goes the faster without.
constexpr std::size_t gathered_size = 4 * (16 * 1024 + 256);
/// OpenSSL's own: one record.
constexpr std::size_t read_buffer_default = 0;

} // namespace

void tls_socket::free_ssl::operator()(ssl_st* what) const {
  SSL_free(what);
}

result<void> tls_socket::begin(ssl_ctx_st* context, tls_side side) {
  boost::system::error_code why;
  socket_.non_blocking(true, why);
  // A vote is small and someone waits for it; we pack records ourselves.
  socket_.set_option(tcp::no_delay{true}, why);
  ssl_.reset(SSL_new(context));
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) {
    return fail(errc::internal, tls_error_text());
  }
  if (side == tls_side::server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
  return {};
}

tls_progress tls_socket::shake_hands() {
  ERR_clear_error();
  return judge(SSL_do_handshake(ssl_.get()));
}

tls_progress tls_socket::read(std::span<std::byte> to) {
  if (std::exchange(drained_, false)) {
    return {tls_wait::readable};
  }
  ERR_clear_error();
  const auto size = static_cast<int>(std::min<std::size_t>(to.size(), INT_MAX));
  auto* const below = SSL_get_rbio(ssl_.get());
  const auto before = BIO_number_read(below);
  const auto done = SSL_read(ssl_.get(), to.data(), size);
  const auto came = BIO_number_read(below) - before;
  drained_ = done > 0 && came > 0 && came < short_read && SSL_has_pending(ssl_.get()) == 0;
  return done > 0 ? tls_progress{tls_wait::nothing, static_cast<std::size_t>(done)} : judge(done);
}

tls_progress tls_socket::write(bytes_view from) {
  ERR_clear_error();
  const auto size = static_cast<int>(std::min<std::size_t>(from.size(), INT_MAX));
  const auto done = SSL_write(ssl_.get(), from.data(), size);
  return done > 0 ? tls_progress{tls_wait::nothing, static_cast<std::size_t>(done)} : judge(done);
}

tls_progress tls_socket::flush() {
  if (!gathers_ || write_ended_) {
    return {};
  }
  ERR_clear_error();
  auto* const out = SSL_get_wbio(ssl_.get());
  if (BIO_wpending(out) > 0 && BIO_flush(out) != 1) {
    if (BIO_should_retry(out) != 0) {
      return {tls_wait::writable};
    }
    broken_ = true;
    return {tls_wait::closed};
  }
  if (load_ != tls_load::streaming && may_switch()) {
    stop_gathering();
  }
  return {};
}

std::uint64_t tls_socket::sent() const {
  return BIO_number_written(
    SSL_get_rbio(ssl_.get())); // the socket's own, below what gathers records
}

std::uint64_t tls_socket::taken() const {
  int left = 0;
  const auto all = sent();
  if (::ioctl(SSL_get_fd(ssl_.get()), SIOCOUTQ, &left) != 0 || left < 0) {
    return all;
  }
  return all - std::min(all, static_cast<std::uint64_t>(left));
}

tls_progress tls_socket::judge(int returned) {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_NONE: return {};
    case SSL_ERROR_WANT_READ: return {tls_wait::readable};
    case SSL_ERROR_WANT_WRITE: return {tls_wait::writable};
    case SSL_ERROR_ZERO_RETURN: return {tls_wait::closed};
    case SSL_ERROR_SYSCALL: broken_ = true; return {tls_wait::closed};
    default: break;
  }
  broken_ = true;
  const auto reason = ERR_GET_REASON(ERR_peek_error());
  problem_ = tls_error_text();
  return {reason == SSL_R_UNEXPECTED_EOF_WHILE_READING ? tls_wait::closed : tls_wait::failed};
}

void tls_socket::follow(tls_load load) {
  if (load == load_) {
    if (load != tls_load::idle) {
      SSL_clear_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
    }
    return;
  }
  load_ = load;
  const bool streams = load == tls_load::streaming;
  SSL_set_default_read_buffer_len(ssl_.get(), streams ? gathered_size : read_buffer_default);
  SSL_set_mode(ssl_.get(),
               SSL_MODE_RELEASE_BUFFERS); // until the next call: a buffer of the old size goes
  if (streams && may_switch()) {
    gather_records();
  }
}

// Amid a message of the handshake, be it one that came long after it, OpenSSL lays a buffer of its own over
// ours.
bool tls_socket::may_switch() const {
  return SSL_is_init_finished(ssl_.get()) == 1;
}

void tls_socket::gather_records() {
  auto* const gatherer = gathers_ ? nullptr : BIO_new(BIO_f_buffer());
  if (gatherer == nullptr) {
    return;
  }
  if (BIO_set_write_buffer_size(gatherer, gathered_size) != 1) {
    BIO_free(gatherer);
    return; // slower, no more
  }
  auto* const below = SSL_get_wbio(ssl_.get());
  BIO_up_ref(below); // OpenSSL gives back what it held of it
  BIO_push(gatherer, below);
  SSL_set0_wbio(ssl_.get(), gatherer);
  gathers_ = true;
}

void tls_socket::stop_gathering() {
  auto* const below = BIO_next(SSL_get_wbio(ssl_.get()));
  BIO_up_ref(below);
  SSL_set0_wbio(ssl_.get(), below); // frees the gatherer, and what it held of the one below
  gathers_ = false;
}

void tls_socket::end_writing() {
  if (write_ended_ || ssl_ == nullptr) {
    return;
  }
  write_ended_ = true;
  ERR_clear_error();
  if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) {
    static_cast<void>(SSL_shutdown(ssl_.get())); // does not wait; ours is sent or it is not
    ERR_clear_error();
  }
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void tls_socket::close() {
  end_writing();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

} // namespace caucus
