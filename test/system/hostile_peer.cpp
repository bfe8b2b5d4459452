#include "test/system/hostile_peer.hpp"

#include "messages/hello.hpp"
#include "runtime/archive/frame_header.hpp"
#include "runtime/identity.hpp"
#include "test/runtime/archive/every_packet.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace caucus::harness {

namespace {

template <class T>
T must(result<T> what) {
  if (!what) {
    throw std::runtime_error{"hostile peer: " + to_string(what.error())};
  }
  return std::move(*what);
}

struct free_ssl {
  void operator()(SSL* what) const { SSL_free(what); }
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#elif defined(__has_feature)
constexpr bool is_sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool is_sanitized = false;
#endif

} // namespace

masquerade::masquerade(secret_key with)
    : key{std::move(with)}, x509{must(make_x509(key))}, tls{must(make_tls_context(
                                                          key, x509, tls_side::client))} {}

masquerade masquerade::stranger() {
  return masquerade{must(make_identity())};
}

masquerade masquerade::of(const std::filesystem::path& identity_key) {
  return masquerade{must(load_identity(identity_key))};
}

struct hostile_peer::state {
  int socket = -1;
  std::unique_ptr<SSL, free_ssl> ssl;
  std::uint64_t nonce = 0;

  ~state() {
    ssl.reset();
    if (socket >= 0) {
      ::close(socket);
    }
  }
};

hostile_peer::hostile_peer(std::uint16_t port, milliseconds at_most)
    : state_{std::make_unique<state>()} {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); // OpenSSL writes with write()
  state_->socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (state_->socket < 0
      || ::connect(state_->socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error{"hostile peer: cannot connect to port " + std::to_string(port) + ": "
                             + std::strerror(errno)};
  }
  const timeval limit{at_most.count() / 1000, (at_most.count() % 1000) * 1000};
  ::setsockopt(state_->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(state_->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

hostile_peer::hostile_peer(hostile_peer&&) noexcept = default;
hostile_peer& hostile_peer::operator=(hostile_peer&&) noexcept = default;
hostile_peer::~hostile_peer() = default;

bool hostile_peer::secure(ssl_ctx_st* context) {
  state_->ssl.reset(SSL_new(context));
  SSL_set_fd(state_->ssl.get(), state_->socket);
  const bool done = SSL_connect(state_->ssl.get()) == 1;
  ERR_clear_error();
  return done;
}

bool hostile_peer::enter(const masquerade& as, const network_id& network) {
  if (!secure(as.tls.get()) || !say_hello(network)) {
    return false;
  }
  const auto theirs = read();
  if (!theirs || theirs->header.code != code_of<hello>) {
    return false;
  }
  frame_header header;
  header.code = code_of<ping>;
  return send(header, encode(ping{1}), network);
}

// -- writing ---------------------------------------------------------------------------------------

bool hostile_peer::write(bytes_view what) {
  while (!what.empty()) {
    const auto done = state_->ssl
                        ? SSL_write(state_->ssl.get(), what.data(), static_cast<int>(what.size()))
                        : ::send(state_->socket, what.data(), what.size(), MSG_NOSIGNAL);
    if (done <= 0) {
      ERR_clear_error();
      return false;
    }
    what = what.subspan(static_cast<std::size_t>(done));
  }
  return true;
}

bool hostile_peer::send(frame_header header, const bytes& body, const network_id& network) {
  header.body_size = static_cast<std::uint32_t>(body.size());
  header.tag = test::tag_of(network, header.code);
  header.nonce = state_->nonce;
  return send_as_is(header, body);
}

bool hostile_peer::say_hello(const network_id& network) {
  hello what;
  what.network = network;
  what.agent = "hostile";
  frame_header header;
  header.code = code_of<hello>;
  return send(header, encode(what), network);
}

bool hostile_peer::send_as_is(const frame_header& header, const bytes& body) {
  ++state_->nonce;
  const auto head = encode_header(header);
  bytes all{head.begin(), head.end()};
  all.insert(all.end(), body.begin(), body.end());
  return write(all);
}

std::uint64_t hostile_peer::next_nonce() const {
  return state_->nonce;
}

// -- reading ---------------------------------------------------------------------------------------

bool hostile_peer::fill(std::span<std::byte> to) {
  while (!to.empty()) {
    const auto got = SSL_read(state_->ssl.get(), to.data(), static_cast<int>(to.size()));
    if (got <= 0) {
      ERR_clear_error();
      return false;
    }
    to = to.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

std::optional<hostile_peer::frame> hostile_peer::read() {
  header_bytes head{};
  if (!fill(head)) {
    return std::nullopt;
  }
  frame out{must(decode_header(head)), {}};
  out.body.resize(out.header.body_size);
  if (!fill(out.body)) {
    return std::nullopt;
  }
  return out;
}

std::optional<errc> hostile_peer::read_goodbye() {
  while (const auto next = read()) {
    if (next->header.code == code_of<goodbye>) {
      return must(decode<goodbye>(next->body)).reason;
    }
  }
  return std::nullopt;
}

bool hostile_peer::closed() {
  std::array<char, 4096> rest{};
  for (;;) {
    const auto got = ::recv(state_->socket, rest.data(), rest.size(), 0);
    if (got <= 0) {
      return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
    }
  }
}

bool hostile_peer::closed_now() {
  std::array<char, 4096> rest{};
  for (;;) {
    const auto got = ::recv(state_->socket, rest.data(), rest.size(), MSG_DONTWAIT);
    if (got <= 0) {
      return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
    }
  }
}

bool hostile_peer::readable(milliseconds at_most) {
  if (state_->ssl && SSL_pending(state_->ssl.get()) > 0) {
    return true;
  }
  pollfd watched{state_->socket, POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(at_most.count())) > 0;
}

// -- a process from outside ------------------------------------------------------------------------

std::size_t resident_size(int pid) {
  if constexpr (is_sanitized) {
    return 0;
  }
  std::ifstream from{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(from, line);) {
    if (line.starts_with("VmRSS:")) {
      return std::stoul(line.substr(6)) * 1024;
    }
  }
  throw std::runtime_error{"no memory is told of process " + std::to_string(pid)};
}

std::size_t open_files(int pid) {
  std::size_t count = 0;
  for (const auto& one :
       std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd"}) {
    static_cast<void>(one);
    ++count;
  }
  return count;
}

} // namespace caucus::harness
