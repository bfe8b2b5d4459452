#include "runtime/base/mailbox.hpp"

#include "test/catch.hpp"

#include <rapidcheck.h>

#include <array>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

// Ports of several edges, quiet pushes, and the outbox that threads share.

namespace caucus {
namespace {

std::shared_ptr<ring<int>> make_ring(std::size_t capacity, std::shared_ptr<doorbell> to) {
  return std::make_shared<ring<int>>(capacity, nullptr, std::move(to));
}

std::shared_ptr<ring<int>> make_ring(std::size_t capacity) {
  return make_ring(capacity, std::make_shared<doorbell>([] {}));
}

TEST_CASE("a port without edges is empty, drains nothing and is never full") {
  inboxes<int> in;
  outboxes<int> out;
  CHECK(in.empty());
  CHECK(in.drain(8, [](std::size_t, int) { FAIL("nothing was sent"); }) == 0);
  CHECK_FALSE(out.any_full());
  out.ring_bell();
}

TEST_CASE("inboxes say who spoke, and starve nobody") {
  inboxes<int> in;
  std::vector<outbox<int>> out;
  for (int i = 0; i < 3; ++i) {
    const auto edge = make_ring(64);
    out.emplace_back(edge);
    in.add(inbox<int>{edge});
  }
  for (int i = 0; i < 60; ++i) {
    REQUIRE(out[0].try_push(0)); // much from the first, one each from the others
  }
  REQUIRE(out[1].try_push(1));
  REQUIRE(out[2].try_push(2));
  std::array<std::size_t, 3> heard{};
  const auto done = in.drain(6, [&heard](std::size_t from, int item) {
    CHECK(from == static_cast<std::size_t>(item));
    ++heard.at(from);
  });
  CHECK(done == 4);
  CHECK(heard == std::array<std::size_t, 3>{2, 1, 1});
  CHECK_FALSE(in.empty());
}

void a_budget_is_kept() {
  inboxes<int> in;
  std::size_t pushed = 0;
  for (const int count : *rc::gen::container<std::vector<int>>(3, rc::gen::inRange(0, 16))) {
    const auto edge = make_ring(16);
    outbox<int> out{edge};
    for (int i = 0; i < count; ++i) {
      RC_ASSERT(out.try_push(i));
      ++pushed;
    }
    in.add(inbox<int>{edge});
  }
  const auto budget = *rc::gen::inRange<std::size_t>(1, 20);
  std::size_t taken = 0;
  while (!in.empty()) {
    const auto now = in.drain(budget, [](std::size_t, int) {});
    RC_ASSERT(now > 0U);
    RC_ASSERT(now <= budget);
    taken += now;
  }
  RC_ASSERT(taken == pushed);
}

TEST_CASE("a drain of several inboxes keeps its budget and gets on while there is an item") {
  CHECK(rc::check(a_budget_is_kept));
}

TEST_CASE("one that throws among several inboxes loses exactly its item") {
  inboxes<int> in;
  const auto edge = make_ring(4);
  outbox<int> out{edge};
  in.add(inbox<int>{edge});
  REQUIRE(out.try_push(1));
  REQUIRE(out.try_push(2));
  CHECK_THROWS_AS(in.drain(8, [](std::size_t, int) { throw 1; }), int);
  CHECK(in.drain(8, [](std::size_t, int item) { CHECK(item == 2); }) == 1);
}

TEST_CASE("quiet pushes ring once, when told") {
  int wakes = 0;
  const auto to = std::make_shared<doorbell>([&wakes] { ++wakes; });
  const auto edge = make_ring(8, to);
  outbox<int> out{edge};
  inbox<int> in{edge};
  REQUIRE(to->try_sleep([&in] { return in.empty(); }));
  for (const int item : {1, 2, 3}) {
    REQUIRE(out.try_push_quietly(item));
  }
  CHECK(wakes == 0);
  out.ring_bell();
  CHECK(wakes == 1);
  CHECK(edge->counts().wakes == 1);
  REQUIRE_FALSE(to->try_sleep([&in] { return in.empty(); }));
}

TEST_CASE("a quiet push that finds the ring full rings for those before it") {
  int wakes = 0;
  const auto to = std::make_shared<doorbell>([&wakes] { ++wakes; });
  const auto edge = make_ring(2, to);
  outbox<int> out{edge};
  REQUIRE(to->try_sleep([] { return true; }));
  REQUIRE(out.try_push_quietly(1));
  REQUIRE(out.try_push_quietly(2));
  CHECK(wakes == 0);
  CHECK_FALSE(out.try_push_quietly(3));
  CHECK(wakes == 1);
}

TEST_CASE("a bell that is rung twice with nothing new in between wakes once") {
  int wakes = 0;
  const auto to = std::make_shared<doorbell>([&wakes] { ++wakes; });
  const auto edge = make_ring(4, to);
  outbox<int> out{edge};
  REQUIRE(to->try_sleep([] { return true; }));
  REQUIRE(out.try_push_quietly(1));
  out.ring_bell();
  REQUIRE(to->try_sleep([] { return true; }));
  out.ring_bell();
  CHECK(wakes == 1);
}

TEST_CASE("a poisoned item is told of where somebody listens") {
  int told = 0;
  const auto edge =
    std::make_shared<ring<int>>(4, nullptr, std::make_shared<doorbell>([] {}), [&told] { ++told; });
  outbox<int> out{edge};
  inbox<int> in{edge};
  REQUIRE(out.try_push(1));
  CHECK_THROWS_AS(in.drain(1, [](int) { throw 1; }), int);
  CHECK(told == 1);
}

TEST_CASE("threads that share an outbox lose and double nothing") {
  constexpr int items_a_thread = 20'000;
  const auto edge = make_ring(64);
  shared_outbox<int> out{outbox<int, when_full::refuse>{edge}};
  inbox<int> in{edge};
  std::vector<std::jthread> threads;
  for (int who = 0; who < 3; ++who) {
    threads.emplace_back([&out, who] {
      for (int i = 0; i < items_a_thread; ++i) {
        while (!out.try_push(who * items_a_thread + i)) {
          std::this_thread::yield();
        }
      }
    });
  }
  std::vector<int> times(3 * items_a_thread);
  for (std::size_t taken = 0; taken < times.size();) {
    const auto now =
      in.drain(64, [&times](int item) { ++times.at(static_cast<std::size_t>(item)); });
    taken += now;
    if (now == 0) {
      std::this_thread::yield();
    }
  }
  CHECK(times == std::vector<int>(times.size(), 1));
}

} // namespace
} // namespace caucus
