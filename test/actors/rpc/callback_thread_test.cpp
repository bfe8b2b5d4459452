#include "actors/rpc/callback_thread.hpp"

#include "test/catch.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <stdexcept>
#include <vector>

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// Only a broken test waits so long.
constexpr auto patience = 20s;

TEST_CASE("callbacks run in the order given, also behind one that throws") {
  std::vector<int> order;
  callback_thread calls;
  for (int i = 0; i < 3; ++i) {
    std::function<void()> job = [&order, i] {
      order.push_back(i);
      throw i; // not even an exception
    };
    REQUIRE(calls.push(job));
  }
  REQUIRE(calls.finish(patience));
  CHECK(order == std::vector<int>{0, 1, 2});
}

TEST_CASE("a callback that finishes its own thread does not wait for itself") {
  callback_thread calls;
  std::promise<bool> told;
  std::function<void()> job = [&] { told.set_value(calls.finish(patience)); };
  REQUIRE(calls.push(job));
  CHECK_FALSE(told.get_future().get());
  CHECK(calls.finish(patience));
  std::function<void()> late = [] {};
  CHECK_FALSE(calls.push(late));
  CHECK(late != nullptr); // still the caller's
}

TEST_CASE("a callback that does not return is not waited for beyond the deadline") {
  std::promise<void> go;
  callback_thread calls;
  std::function<void()> job = [&] { go.get_future().wait(); };
  REQUIRE(calls.push(job));
  CHECK_FALSE(calls.finish(1ms));
  go.set_value();
  CHECK(calls.finish(patience));
}

} // namespace
} // namespace caucus
