#include "runtime/io_thread.hpp"

#include "runtime/asio.hpp"
#include "runtime/base/mailbox.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace caucus {
namespace {

using namespace std::chrono_literals;

TEST_CASE("what is pushed to an I/O thread's ring is drained there, in order, whoever sleeps") {
  constexpr std::uint64_t item_count = 100'000;
  io_thread io{"test-io"};
  const auto edge = std::make_shared<ring<std::uint64_t>>(16, nullptr, io.bell());
  outbox<std::uint64_t> out{edge};
  inbox<std::uint64_t> in{edge};
  std::uint64_t next = 0;
  bool good = true;
  std::promise<void> done;
  io.on_rung(
    [&] {
      return in.drain(4, [&](std::uint64_t item) {
        good &= item == next++ && io.runs_here();
        if (next == item_count) {
          done.set_value();
        }
      }) > 0;
    },
    [&in] { return in.empty(); });
  REQUIRE(out.try_push(std::uint64_t{0})); // before the start: found by the first turn
  io.start();
  for (std::uint64_t i = 1; i < item_count; ++i) {
    while (!out.try_push(i)) {
      std::this_thread::yield();
    }
  }
  REQUIRE(done.get_future().wait_for(20s) == std::future_status::ready);
  io.stop();
  io.join();
  CHECK(good);
}

TEST_CASE("a ring that is never empty does not keep the sockets waiting") {
  io_thread io{"test-io"};
  io.on_rung([] { return true; }, [] { return false; });
  io.start();
  CHECK(io.call([] {}));
}

TEST_CASE("a call runs on the thread, waits, and brings back what it throws") {
  io_thread io{"test-io"};
  CHECK_FALSE(io.call([] { FAIL("it does not run yet"); }));
  io.start();
  bool there = false;
  CHECK(io.call([&] { there = io.runs_here() && io.call([] {}); }));
  CHECK(there);
  CHECK_FALSE(io.runs_here());
  CHECK_THROWS_AS(io.call([] { throw std::runtime_error{"no luck"}; }), std::runtime_error);
  CHECK(io.call([] {}));
  io.stop();
  io.join();
  CHECK_FALSE(io.call([] { FAIL("it runs no more"); }));
}

TEST_CASE("an exception that leaves a handler ends the loop and is told") {
  std::promise<std::string> told;
  io_thread io{"test-io", [&told](const std::string& why) { told.set_value(why); }};
  io.start();
  io.post([] { throw std::runtime_error{"no luck"}; });
  auto why = told.get_future();
  REQUIRE(why.wait_for(20s) == std::future_status::ready);
  CHECK(why.get() == "no luck");
  io.join();
}

TEST_CASE("what waits in the context goes with the thread, and its doorbell may ring later") {
  const auto held = std::make_shared<int>(1);
  std::shared_ptr<doorbell> bell;
  {
    io_thread io{"test-io"};
    bell = io.bell();
    boost::asio::steady_timer timer{io.context(), 1h};
    timer.async_wait([held](const boost::system::error_code&) {});
    io.start();
    REQUIRE(io.call([] {}));
    io.stop();
    io.join();
  }
  CHECK(held.use_count() == 1);
  static_cast<void>(bell->try_sleep([] { return true; }));
  bell->ring();
}

} // namespace
} // namespace caucus
