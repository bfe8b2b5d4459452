#include "actors/peer_net/tls_socket.hpp"
#include "runtime/identity.hpp"
#include "runtime/openssl.hpp"
#include "runtime/tls.hpp"
#include "test/catch.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

// Two ends of one connection on one thread: each step says what it waits for.

using namespace caucus;

namespace {

/// Deadline of a wait: only a broken test reaches it.
constexpr int patience_ms = 20'000;

struct tls_end {
  secret_key key = std::move(*make_identity());
  tls_context context;
  std::optional<tls_socket> over;

  void begin(tls_socket::tcp::socket connected, tls_side side) {
    context = std::move(*make_tls_context(key, *make_x509(key), side));
    over.emplace(std::move(connected));
    REQUIRE(over->begin(context.get(), side));
  }
  void wait_readable() {
    pollfd one{over->lower().native_handle(), POLLIN, 0};
    REQUIRE(::poll(&one, 1, patience_ms) == 1);
  }
  [[nodiscard]] bool has_input() {
    pollfd one{over->lower().native_handle(), POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
  }
};

/// A stream of bytes that says where it is.
std::byte expected_at(std::uint64_t position) {
  return static_cast<std::byte>((position * 2'654'435'761U) >> 24U);
}

struct connection {
  boost::asio::io_context io;
  tls_end writer;
  tls_end reader;
  std::uint64_t written = 0;
  std::uint64_t read = 0;

  connection() {
    std::signal(SIGPIPE, SIG_IGN);
    using tcp = tls_socket::tcp;
    tcp::acceptor door{io, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
    tcp::socket lower{io};
    lower.connect(door.local_endpoint());
    reader.begin(door.accept(), tls_side::server);
    writer.begin(std::move(lower), tls_side::client);
    bool writer_done = false;
    bool reader_done = false;
    for (int i = 0; i < 1'000 && !(writer_done && reader_done); ++i) {
      writer_done = writer_done || writer.over->shake_hands().wait == tls_wait::nothing;
      reader_done = reader_done || reader.over->shake_hands().wait == tls_wait::nothing;
    }
    REQUIRE(writer_done);
    REQUIRE(reader_done);
  }

  tls_wait write(std::size_t size) {
    bytes what(size);
    for (std::size_t i = 0; i < size; ++i) {
      what[i] = expected_at(written + i);
    }
    const auto done = writer.over->write(what);
    written += done.size;
    return done.wait;
  }
  /// Until the socket is full, in pieces that do not fill records.
  void write_until_full() {
    while (write(5'000) == tls_wait::nothing) {
    }
  }
  /// What there is, without waiting.
  void read_some() {
    std::array<std::byte, 16 * 1'024> room{};
    // The second time around: a short read says `readable` once without a look.
    for (int asked = 0; asked < 2;) {
      const auto got = reader.over->read(room);
      if (got.wait != tls_wait::nothing) {
        REQUIRE(got.wait == tls_wait::readable);
        ++asked;
        continue;
      }
      asked = 0;
      std::size_t right = 0;
      while (right < got.size && room[right] == expected_at(read + right)) {
        ++right;
      }
      REQUIRE(right == got.size);
      read += got.size;
    }
  }
  void read_all() {
    while (read < written) {
      const auto before = read;
      const auto left = writer.over->flush().wait;
      REQUIRE((left == tls_wait::nothing || left == tls_wait::writable));
      read_some();
      if (read == before) {
        reader.wait_readable();
      }
    }
    CHECK(writer.over->flush().wait == tls_wait::nothing);
  }
  void follow(tls_load load) {
    writer.over->follow(load);
    reader.over->follow(load);
  }
};

} // namespace

TEST_CASE("what is written on an idle connection leaves at once") {
  connection one;
  CHECK(one.write(100) == tls_wait::nothing);
  one.reader.wait_readable();
  one.read_all();
  CHECK(one.read == 100);
}

TEST_CASE("records of a stream are gathered until they are flushed") {
  connection one;
  one.follow(tls_load::streaming);
  const auto sent = one.writer.over->sent();
  for (int i = 0; i < 10; ++i) {
    CHECK(one.write(1'000) == tls_wait::nothing);
  }
  CHECK_FALSE(one.reader.has_input());
  CHECK(one.writer.over->sent() == sent);
  CHECK(one.writer.over->flush().wait == tls_wait::nothing);
  CHECK(one.writer.over->sent() > sent + 10'000);
  one.reader.wait_readable();
  one.read_all();
  CHECK(one.read == 10'000);
}

TEST_CASE("a connection keeps its bytes through every change of load, its socket full or not") {
  connection one;
  const auto load = GENERATE(tls_load::idle, tls_load::busy, tls_load::streaming);
  const auto next = GENERATE(tls_load::idle, tls_load::busy, tls_load::streaming);
  const bool twice = GENERATE(false, true);
  one.follow(load);
  if (twice) {
    one.follow(load);
  }
  one.write_until_full();
  one.read_some(); // part of a record may stay in a buffer
  one.follow(next);
  one.write_until_full();
  one.read_all();
  CHECK(one.write(5'000) == tls_wait::nothing); // what was refused comes again
  one.read_all();
  one.follow(next);
  one.write_until_full();
  one.read_all();
  CHECK(one.read == one.written);
  CHECK(one.read > 100'000);
}

TEST_CASE("what a full socket left is flushed when there is room") {
  connection one;
  one.follow(tls_load::streaming);
  one.write_until_full();
  CHECK(one.writer.over->flush().wait == tls_wait::writable);
  one.follow(tls_load::idle);
  CHECK(one.writer.over->flush().wait == tls_wait::writable);
  one.read_all();
}

namespace {

/// What a server sends after the handshake when it gives its client a ticket: some records, as their bytes.
bytes ticket_of(SSL* server) {
  REQUIRE(SSL_is_server(server) == 1);
  const std::array<char, 1'000> much{};
  REQUIRE(SSL_SESSION_set1_ticket_appdata(SSL_get_session(server), much.data(), much.size()) == 1);
  SSL_clear_options(server, SSL_OP_NO_TICKET);
  REQUIRE(SSL_set_max_send_fragment(server, 512) == 1);
  auto* const below = SSL_get_wbio(server);
  BIO_up_ref(below);
  auto* const caught = BIO_new(BIO_s_mem());
  BIO_up_ref(caught);
  SSL_set0_wbio(server, caught);
  REQUIRE(SSL_new_session_ticket(server) == 1);
  REQUIRE(SSL_do_handshake(server) == 1);
  SSL_set0_wbio(server, below);
  bytes out(static_cast<std::size_t>(BIO_pending(caught)));
  REQUIRE(BIO_read(caught, out.data(), static_cast<int>(out.size()))
          == static_cast<int>(out.size()));
  BIO_free(caught);
  return out;
}

} // namespace

TEST_CASE("a stream that ends amid a message of its peer's TLS harms nothing") {
  connection one;
  const bool goes_on = GENERATE(true, false);
  const auto again = GENERATE(tls_load::idle, tls_load::streaming);
  one.writer.over->follow(tls_load::streaming);
  CHECK(one.write(1'000) == tls_wait::nothing);
  one.read_all();
  const auto ticket = ticket_of(const_cast<SSL*>(one.reader.over->native()));
  const auto first =
    5 + 256 * std::to_integer<std::size_t>(ticket[3]) + std::to_integer<std::size_t>(ticket[4]);
  REQUIRE(first < ticket.size());
  const auto tell = [&](bytes_view what) {
    const int to = one.reader.over->lower().native_handle();
    REQUIRE(::send(to, what.data(), what.size(), 0) == static_cast<ssize_t>(what.size()));
    one.writer.wait_readable();
    std::array<std::byte, 100> room{};
    CHECK(one.writer.over->read(room).wait == tls_wait::readable);
  };
  tell(bytes_view{ticket}.first(first));
  CHECK(SSL_is_init_finished(one.writer.over->native()) == 0);
  one.writer.over->follow(tls_load::idle);
  CHECK(one.writer.over->flush().wait == tls_wait::nothing);
  one.writer.over->follow(again);
  CHECK(one.writer.over->flush().wait == tls_wait::nothing);
  if (goes_on) {
    tell(bytes_view{ticket}.subspan(first));
    CHECK(SSL_is_init_finished(one.writer.over->native()) == 1);
    CHECK(one.write(1'000) == tls_wait::nothing);
    one.read_all();
    CHECK(one.read == 2'000);
  }
}

TEST_CASE("a stream whose reader has gone says so") {
  connection one;
  one.follow(tls_load::streaming);
  CHECK(one.write(1'000) == tls_wait::nothing);
  one.reader.over->lower().close(); // without a word
  one.reader.over.reset();
  auto last = tls_wait::nothing;
  for (int i = 0; i < 1'000 && last == tls_wait::nothing; ++i) {
    last = one.writer.over->flush().wait;
    if (last == tls_wait::nothing) {
      last = one.write(16 * 1'024);
    }
  }
  CHECK(last == tls_wait::closed);
}
