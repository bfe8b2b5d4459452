#pragma once

#include "messages/bytes.hpp"
#include "messages/hello.hpp"
#include "runtime/archive/frame_header.hpp"
#include "runtime/asio.hpp"
#include "runtime/openssl.hpp"
#include "runtime/tls.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/every_packet.hpp"

#include <openssl/ssl.h>
#include <sys/time.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

/// A client that says what it likes: blocking sockets and OpenSSL by hand.

namespace caucus::test {

struct free_ssl {
  void operator()(SSL* what) const { SSL_free(what); }
};

class raw_client {
public:
  explicit raw_client(std::uint16_t port) : socket_{io_} {
    std::signal(SIGPIPE, SIG_IGN);
    boost::system::error_code why;
    socket_.connect({boost::asio::ip::address_v4::loopback(), port}, why);
    const timeval at_most{20, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &at_most, sizeof at_most);
  }

  /// True: the handshake went well, as far as a client can tell.
  bool secure(ssl_ctx_st* context) {
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), socket_.native_handle());
    return SSL_connect(ssl_.get()) == 1;
  }

  void write_plain(const std::string& text) {
    boost::system::error_code why;
    boost::asio::write(socket_, boost::asio::buffer(text), why);
  }
  bool write(bytes_view what) {
    return SSL_write(ssl_.get(), what.data(), static_cast<int>(what.size())) > 0;
  }
  bool send(frame_header header, const bytes& body, const network_id& network) {
    header.body_size = static_cast<std::uint32_t>(body.size());
    header.tag = tag_of(network, header.code);
    header.nonce = nonce_++;
    const auto head = encode_header(header);
    bytes all{head.begin(), head.end()};
    all.insert(all.end(), body.begin(), body.end());
    return write(all);
  }
  bool send_hello(const hello& what) {
    frame_header header;
    header.code = code_of<hello>;
    return send(header, encode(what), what.network);
  }

  /// The next frame; nothing: the other side has ended it.
  struct frame {
    frame_header header;
    bytes body;
  };
  std::optional<frame> read() {
    header_bytes head{};
    if (!fill(head)) {
      return std::nullopt;
    }
    frame out{*decode_header(head), {}};
    out.body.resize(out.header.body_size);
    if (!fill(out.body)) {
      return std::nullopt;
    }
    return out;
  }
  /// The reason of the goodbye that comes, pings aside; nothing: closed without a word.
  std::optional<errc> read_goodbye() {
    while (auto next = read()) {
      if (next->header.code == code_of<goodbye>) {
        return decode<goodbye>(next->body)->reason;
      }
    }
    return std::nullopt;
  }
  /// True: the other side has closed.
  bool closed() {
    std::byte one{};
    boost::system::error_code why;
    while (socket_.read_some(boost::asio::buffer(&one, 1), why) > 0) {
    }
    return why == boost::asio::error::eof || why == boost::asio::error::connection_reset;
  }
  void close() {
    boost::system::error_code why;
    socket_.close(why);
  }

private:
  bool fill(std::span<std::byte> to) {
    while (!to.empty()) {
      const auto got = SSL_read(ssl_.get(), to.data(), static_cast<int>(to.size()));
      if (got <= 0) {
        return false;
      }
      to = to.subspan(static_cast<std::size_t>(got));
    }
    return true;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<SSL, free_ssl> ssl_;
  std::uint64_t nonce_ = 0;
};

/// A stranger with an identity of its own.
struct stranger {
  secret_key key = std::move(*make_identity());
  x509_ptr x509 = std::move(*make_x509(key));
  tls_context tls = std::move(*make_tls_context(key, x509, tls_side::client));
};

} // namespace caucus::test
