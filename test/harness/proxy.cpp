#include "test/harness/proxy.hpp"

#include "runtime/asio.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace caucus::harness {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using clock = std::chrono::steady_clock;

/// 16 KiB a read: small enough that a rate limit is smooth.
constexpr std::size_t read_size = std::size_t{16} * 1024;
/// What a delayed direction may hold; beyond it the source is not read, and TCP holds the rest.
constexpr std::size_t held_size_max = std::size_t{4} * 1024 * 1024;

/// One direction of one connection: reads, holds what is not due, writes in order.
class pump : public std::enable_shared_from_this<pump> {
public:
  pump(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to, const wire* how,
       std::atomic<std::uint64_t>* passed)
      : from_{std::move(from)}, to_{std::move(to)}, how_{how}, passed_{passed},
        timer_{from_->get_executor()} {}

  void start() { read(); }

  /// The wire changed, or time passed: do what is now due.
  void look() {
    timer_.cancel();
    if (!reading_ && !ended_ && held_size_ < held_size_max) {
      read();
    }
    write();
  }

  [[nodiscard]] bool closed() const { return !from_->is_open(); }

  void close() {
    boost::system::error_code ignored;
    from_->close(ignored);
    to_->close(ignored);
    timer_.cancel();
  }

private:
  struct piece {
    clock::time_point read_at;
    std::vector<char> what;
  };

  void read() {
    if (how_->cut) {
      return;
    }
    reading_ = true;
    from_->async_read_some(asio::buffer(buffer_),
                           [self = shared_from_this()](auto error, std::size_t size) {
                             self->reading_ = false;
                             if (error) {
                               self->ended_ = true;
                             } else {
                               self->hold(size);
                             }
                             self->look();
                           });
  }

  void hold(std::size_t size) {
    held_.push_back({clock::now(), {buffer_.begin(), buffer_.begin() + static_cast<long>(size)}});
    held_size_ += size;
  }

  void write() {
    if (writing_ || how_->cut) {
      return;
    }
    if (held_.empty()) {
      if (ended_) {
        close();
      }
      return;
    }
    const auto due = std::max(held_.front().read_at + how_->delay, free_at_);
    if (due > clock::now()) {
      timer_.expires_at(due);
      timer_.async_wait([self = shared_from_this()](auto error) {
        if (!error) {
          self->write();
        }
      });
      return;
    }
    writing_ = true;
    const auto size = held_.front().what.size();
    if (how_->bytes_per_second > 0) {
      free_at_ =
        clock::now() + std::chrono::microseconds{size * 1'000'000 / how_->bytes_per_second};
    }
    asio::async_write(*to_, asio::buffer(held_.front().what),
                      [self = shared_from_this(), size](auto error, std::size_t) {
                        self->writing_ = false;
                        if (error) {
                          self->close();
                          return;
                        }
                        *self->passed_ += size;
                        self->held_size_ -= size;
                        self->held_.pop_front();
                        self->look();
                      });
  }

  std::shared_ptr<tcp::socket> from_;
  std::shared_ptr<tcp::socket> to_;
  const wire* how_;
  std::atomic<std::uint64_t>* passed_;
  asio::steady_timer timer_;
  std::array<char, read_size> buffer_{};
  std::deque<piece> held_;
  std::size_t held_size_ = 0;
  clock::time_point free_at_{}; ///< when the rate allows the next piece
  bool reading_ = false;
  bool writing_ = false;
  bool ended_ = false;
};

} // namespace

struct proxy::state {
  asio::io_context io{1};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  tcp::endpoint target;
  std::uint16_t port = acceptor.local_endpoint().port();
  wire forth; ///< the thread's, as all below
  wire back;
  std::vector<std::shared_ptr<pump>> pumps; ///< one on a cut wire has nothing else to live by
  std::atomic<std::uint64_t> passed{0};
  std::thread thread;

  void accept() {
    acceptor.async_accept([this](auto error, tcp::socket caller) {
      if (error) {
        return;
      }
      connect(std::make_shared<tcp::socket>(std::move(caller)));
      accept();
    });
  }

  void connect(const std::shared_ptr<tcp::socket>& caller) {
    const auto to = std::make_shared<tcp::socket>(io);
    to->async_connect(target, [this, caller, to](auto error) {
      if (error) {
        return; // both sockets close as they go
      }
      boost::system::error_code ignored;
      caller->set_option(tcp::no_delay{true}, ignored);
      to->set_option(tcp::no_delay{true}, ignored);
      std::erase_if(pumps, [](const auto& one) { return one->closed(); });
      for (const auto& one : {std::make_shared<pump>(caller, to, &forth, &passed),
                              std::make_shared<pump>(to, caller, &back, &passed)}) {
        pumps.push_back(one);
        one->start();
      }
    });
  }

  template <class What>
  void each_pump(What what) {
    const auto all = pumps; // one that closes may change the list
    for (const auto& one : all) {
      if (!one->closed()) {
        what(*one);
      }
    }
  }
};

proxy::proxy(std::uint16_t target_port) : state_{std::make_unique<state>()} {
  state_->target = {asio::ip::address_v4::loopback(), target_port};
  state_->accept();
  state_->thread = std::thread{[this] { state_->io.run(); }};
}

proxy::~proxy() {
  asio::post(state_->io, [this] {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    state_->each_pump([](pump& one) { one.close(); });
    state_->io.stop();
  });
  state_->thread.join();
}

std::uint16_t proxy::port() const {
  return state_->port;
}

void proxy::caller_to_target(wire how) {
  asio::post(state_->io, [this, how] {
    state_->forth = how;
    state_->each_pump([](pump& one) { one.look(); });
  });
}

void proxy::target_to_caller(wire how) {
  asio::post(state_->io, [this, how] {
    state_->back = how;
    state_->each_pump([](pump& one) { one.look(); });
  });
}

void proxy::sever() {
  asio::post(state_->io, [this] { state_->each_pump([](pump& one) { one.close(); }); });
}

std::uint64_t proxy::bytes_passed() const {
  return state_->passed;
}

} // namespace caucus::harness
