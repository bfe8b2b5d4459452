#include "apps/measure/stream_end.hpp"

#include "actors/peer_net/tls_socket.hpp"
#include "messages/try.hpp"
#include "runtime/clock.hpp"
#include "runtime/identity.hpp"
#include "runtime/tls.hpp"

#include <atomic>
#include <exception>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <csignal>

#include <pthread.h>
#include <sys/socket.h>

namespace caucus::measure {

namespace {

using tcp = boost::asio::ip::tcp;
using failure = boost::system::error_code;

/// What an SSL_read gives at most: one record.
constexpr std::size_t read_size = 16 * 1024;

} // namespace

struct stream_end::inside {
  explicit inside(stream_setup what) : setup{std::move(what)} {}

  stream_setup setup;
  boost::asio::io_context io;
  tcp::acceptor door{io};
  tcp::socket lower{io};
  std::uint16_t port = 0;
  tls_context context;
  std::optional<tls_socket> over; ///< closed here, when the thread has ended
  std::atomic<bool> stopped{false};
  std::atomic<int> descriptor{-1}; ///< of `over`, once there is one
  std::thread thread;

  [[nodiscard]] result<void> open();
  void run();
  void write(tls_socket& to) const;
  void read(tls_socket& from) const;
};

result<void> stream_end::inside::open() {
  CAUCUS_TRY(auto key, make_identity());
  CAUCUS_TRY(const auto x509, make_x509(key));
  const auto side = setup.address.empty() ? tls_side::server : tls_side::client;
  CAUCUS_TRY(auto made, make_tls_context(key, x509, side));
  context = std::move(made);
  failure why;
  if (setup.address.empty()) {
    const tcp::endpoint here{boost::asio::ip::address_v4::loopback(), 0};
    door.open(here.protocol(), why);
    if (!why) {
      door.bind(here, why);
    }
    if (!why) {
      door.listen(1, why);
    }
    port = why ? 0 : door.local_endpoint().port();
  } else {
    const auto colon = setup.address.rfind(':');
    const auto number = static_cast<std::uint16_t>(std::stoul(setup.address.substr(colon + 1)));
    lower.connect({boost::asio::ip::make_address(setup.address.substr(0, colon), why), number},
                  why);
  }
  return why ? fail(errc::io_failed, why.message()) : result<void>{};
}

void stream_end::inside::run() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr); // OpenSSL writes with write()
  if (setup.address.empty()) {
    failure why;
    door.accept(lower, why);
    if (why) {
      return;
    }
  }
  descriptor = lower.native_handle();
  over.emplace(std::move(lower));
  if (!over->begin(context.get(), setup.address.empty() ? tls_side::server : tls_side::client)) {
    return;
  }
  // Blocking, which a thread with nothing else to do can afford.
  failure why;
  over->lower().non_blocking(false, why);
  if (why || over->shake_hands().wait != tls_wait::nothing) {
    return;
  }
  if (setup.address.empty()) {
    read(*over);
  } else {
    write(*over);
  }
}

void stream_end::inside::write(tls_socket& to) const {
  const bytes what(setup.write_size);
  for (std::size_t at = 0; !stopped;) {
    const auto done = to.write(bytes_view{what}.subspan(at));
    if (done.wait != tls_wait::nothing) {
      return;
    }
    at = at + done.size == what.size() ? 0 : at + done.size;
  }
}

void stream_end::inside::read(tls_socket& from) const {
  bytes room(read_size);
  const auto& load = setup.traffic;
  const auto first = steady_now();
  auto began = first;
  std::uint64_t size = 0;
  bool warm = false;
  bool done = false;
  while (!stopped) {
    const auto got = from.read(room);
    if (got.wait == tls_wait::readable) {
      continue; // a guess: the socket blocks, so asking it is waiting
    }
    if (got.wait != tls_wait::nothing) {
      return;
    }
    size += got.size;
    const auto now = steady_now();
    if (!warm && now >= first + load.warm_up) {
      warm = true;
      began = now;
      size = 0;
    } else if (warm && !done && now >= began + load.time) {
      done = true;
      const std::chrono::duration<double> took = now - began;
      load.on_measured({static_cast<double>(size) / took.count()});
    }
  }
}

result<stream_end> stream_end::start(const stream_setup& setup) {
  auto made = std::make_unique<inside>(setup);
  CAUCUS_TRY_VOID(made->open());
  made->thread = std::thread{[raw = made.get()] { raw->run(); }};
  return stream_end{std::move(made)};
}

std::uint16_t stream_end::port() const {
  return inside_->port;
}

stream_end::stream_end(std::unique_ptr<inside> made) : inside_{std::move(made)} {}
stream_end::stream_end(stream_end&&) noexcept = default;
stream_end& stream_end::operator=(stream_end&&) noexcept = default;

stream_end::~stream_end() {
  if (!inside_) {
    return;
  }
  auto& here = *inside_;
  here.stopped = true; // before the look at the descriptor, as the thread looks after it has set it
  if (here.setup.address.empty()) {
    ::shutdown(here.door.native_handle(), SHUT_RDWR);
  }
  if (here.descriptor >= 0) {
    ::shutdown(here.descriptor, SHUT_RDWR);
  }
  try {
    here.thread.join();
  } catch (...) {
    std::terminate(); // it must not outlive us
  }
}

} // namespace caucus::measure
