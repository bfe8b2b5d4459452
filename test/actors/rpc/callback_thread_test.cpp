#include "actors/rpc/callback_thread.hpp"

#include "test/catch.hpp"

#include <atomic>
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

TEST_CASE("no job waits for more than one aside, nor an aside for jobs without end") {
  std::promise<void> go;
  std::vector<int> order; // jobs from 1, asides below 0
  std::atomic<int> refused{0};
  callback_thread calls;
  const auto job = [&](int number) { // on either thread
    std::function<void()> it = [&order, number] { order.push_back(number); };
    refused += calls.push(it) ? 0 : 1;
  };
  const auto aside = [&](int number, std::function<void()> then) {
    std::function<void()> it = [&order, number, then = std::move(then)] {
      order.push_back(number);
      then();
    };
    REQUIRE(calls.push_aside(it));
  };
  aside(-1, [wait = go.get_future().share()] { wait.wait(); });
  aside(-2, [&] { job(3); });
  aside(-3, [] {});
  job(1);
  job(2);
  CHECK(calls.waiting() == 2);
  go.set_value();
  std::promise<void> done;
  aside(-4, [&] { done.set_value(); });
  done.get_future().wait();
  REQUIRE(calls.finish(patience));
  CHECK(refused == 0);
  CHECK(order == std::vector<int>{-1, 1, 2, -2, 3, -3, -4});
}

TEST_CASE("asides that have not begun are dropped at the end") {
  std::promise<void> begun;
  std::promise<void> go;
  bool ran = false;
  callback_thread calls;
  std::function<void()> first = [&] {
    begun.set_value();
    go.get_future().wait();
  };
  std::function<void()> aside = [&] { ran = true; };
  REQUIRE(calls.push(first));
  begun.get_future().wait(); // else an aside may come before it
  REQUIRE(calls.push_aside(aside));
  CHECK_FALSE(calls.finish(1ms));
  CHECK_FALSE(calls.push_aside(first));
  go.set_value();
  CHECK(calls.finish(patience));
  CHECK_FALSE(ran);
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
