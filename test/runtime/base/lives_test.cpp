#include "runtime/base/mailbox.hpp"

#include "test/catch.hpp"

#include <rapidcheck.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

// What one end of an edge hears of the other's restarts.

namespace caucus {
namespace {

struct stamped {
  std::uint64_t life = 0;
  std::uint64_t number = 0;
};

template <class T>
std::shared_ptr<ring<T>> make_ring(std::size_t capacity) {
  const auto bell = std::make_shared<doorbell>([] {});
  return std::make_shared<ring<T>>(capacity, bell, bell);
}

template <class T>
outbox<T> live_outbox(const std::shared_ptr<ring<T>>& edge) {
  outbox<T> made{edge};
  made.begin_life();
  return made;
}

template <class T>
inbox<T> live_inbox(const std::shared_ptr<ring<T>>& edge) {
  inbox<T> made{edge};
  made.begin_life();
  return made;
}

TEST_CASE("a first life at either end is no restart") {
  const auto edge = make_ring<int>(4);
  auto out = live_outbox(edge);
  auto in = live_inbox(edge);
  CHECK_FALSE(out.restarted());
  CHECK_FALSE(in.restarted());
  CHECK(edge->counts().writer_lives == 1);
  CHECK(edge->counts().reader_lives == 1);
}

TEST_CASE("the consumer hears of a new producer when all of the former one's items are taken") {
  const auto edge = make_ring<int>(8);
  auto in = live_inbox(edge);
  {
    auto former = live_outbox(edge);
    REQUIRE(former.try_push(1));
    REQUIRE(former.try_push(2));
  }
  auto out = live_outbox(edge);
  REQUIRE(out.try_push(3));
  CHECK_FALSE(in.restarted());
  std::vector<int> got;
  const auto keep = [&got](int item) { got.push_back(item); };
  CHECK(in.drain(8, keep) == 2);
  CHECK(got == std::vector{1, 2});
  CHECK(in.restarted());
  CHECK_FALSE(in.restarted());
  CHECK(in.drain(8, keep) == 1);
  CHECK(got == std::vector{1, 2, 3});
}

TEST_CASE("a consumer that does not ask gets every item all the same") {
  const auto edge = make_ring<int>(8);
  auto in = live_inbox(edge);
  for (const int item : {1, 2, 3}) {
    REQUIRE(live_outbox(edge).try_push(item));
  }
  std::vector<int> got;
  while (in.drain(8, [&got](int item) { got.push_back(item); }) > 0) {
  }
  CHECK(got == std::vector{1, 2, 3});
}

TEST_CASE("a new producer wakes the consumer, though it has pushed nothing yet") {
  int wakes = 0;
  const auto to = std::make_shared<doorbell>([&wakes] { ++wakes; });
  const auto edge = std::make_shared<ring<int>>(4, nullptr, to);
  auto in = live_inbox(edge);
  static_cast<void>(live_outbox(edge));
  REQUIRE(to->try_sleep([&in] { return in.empty(); }));
  static_cast<void>(live_outbox(edge));
  CHECK(wakes == 1);
  CHECK(in.restarted());
}

TEST_CASE("the producer hears once of a consumer's new life, and is rung for it") {
  int wakes = 0;
  const auto from = std::make_shared<doorbell>([&wakes] { ++wakes; });
  const auto edge = std::make_shared<ring<int>>(4, from, std::make_shared<doorbell>([] {}));
  auto out = live_outbox(edge);
  static_cast<void>(live_inbox(edge));
  CHECK_FALSE(out.restarted());
  REQUIRE(from->try_sleep([] { return true; }));
  static_cast<void>(live_inbox(edge));
  CHECK(wakes == 1);
  CHECK(out.restarted());
  CHECK_FALSE(out.restarted());
}

TEST_CASE("a producer's new life has not seen its consumer restart before it") {
  const auto edge = make_ring<int>(4);
  static_cast<void>(live_inbox(edge));
  static_cast<void>(live_inbox(edge));
  auto out = live_outbox(edge);
  CHECK_FALSE(out.restarted());
}

// Lives of 0 to 5 items, drained with any budget: the consumer's count of lives, raised by
// restarted() alone, says of every item which life pushed it, lives without items left out.
void marks_are_exact() {
  const auto edge = make_ring<stamped>(64);
  auto in = live_inbox(edge);
  std::vector<std::uint64_t> with_items; // lives
  std::uint64_t life = 0;
  for (const int count : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6))) {
    auto out = live_outbox(edge);
    ++life;
    for (int i = 0; i < count && out.space() > 0; ++i) {
      RC_ASSERT(out.try_push(stamped{life, 0}));
      if (with_items.empty() || with_items.back() != life) {
        with_items.push_back(life);
      }
    }
  }
  const auto budget = *rc::gen::inRange<std::size_t>(1, 9);
  std::vector<std::vector<std::uint64_t>> heard(1); // items' lives, between restarts
  std::size_t taken = 0;
  while (!in.empty()) {
    if (in.restarted()) {
      heard.emplace_back();
    }
    taken += in.drain(budget, [&heard](const stamped& item) { heard.back().push_back(item.life); });
  }
  RC_ASSERT(taken == edge->counts().pushed);
  std::erase_if(heard, [](const auto& one) { return one.empty(); });
  RC_ASSERT(heard.size() == with_items.size());
  for (std::size_t i = 0; i < heard.size(); ++i) {
    for (const auto item_life : heard[i]) {
      RC_ASSERT(item_life == with_items[i]);
    }
  }
}

TEST_CASE("restarts are heard exactly between the items of two lives") {
  CHECK(rc::check(marks_are_exact));
}

TEST_CASE("a producer that restarts while the consumer drains is told apart exactly") {
  constexpr std::uint64_t lives = 2'000;
  constexpr std::uint64_t items_a_life = 7;
  const auto edge = make_ring<stamped>(16);
  auto in = live_inbox(edge);
  const std::jthread producer{[&edge] {
    for (std::uint64_t life = 1; life <= lives; ++life) {
      auto out = live_outbox(edge);
      for (std::uint64_t i = 0; i < items_a_life; ++i) {
        while (!out.try_push(stamped{life, i})) {
          std::this_thread::yield();
        }
      }
    }
  }};
  std::uint64_t life = 1;
  std::uint64_t next = 0;
  bool exact = true;
  for (std::uint64_t taken = 0; exact && taken < lives * items_a_life;) {
    if (in.restarted()) {
      exact &= next == items_a_life;
      ++life;
      next = 0;
    }
    taken += in.drain(
      5, [&](const stamped& item) { exact &= item.life == life && item.number == next++; });
  }
  CHECK(exact);
  CHECK(life == lives);
}

// -- lives kept apart ------------------------------------------------------------------------------

TEST_CASE("with lives kept apart a life hears what was pushed since it was opened, and no more") {
  const auto edge = make_ring<int>(4);
  outbox<int> out{edge};
  out.keep_lives_apart();
  std::vector<int> got;
  const auto keep = [&got](int item) { got.push_back(item); };
  {
    auto first = live_inbox(edge);
    REQUIRE(out.try_push(1)); // a first life is open from the start
    REQUIRE(out.try_push(2));
    CHECK(first.drain(1, keep) == 1);
  }
  auto in = live_inbox(edge);
  REQUIRE(out.try_push(3)); // not seen yet, and for whom it was is gone
  CHECK(in.drain(8, keep) == 0);
  CHECK(in.empty());
  REQUIRE(out.try_push(4));
  REQUIRE(out.restarted());
  out.open_life();
  REQUIRE(out.try_push(5));
  CHECK(in.drain(8, keep) == 1);
  CHECK(got == std::vector{1, 5});
}

TEST_CASE("what is dropped for a former life makes room, and the producer that waits is rung") {
  int wakes = 0;
  const auto from = std::make_shared<doorbell>([&wakes] { ++wakes; });
  const auto edge = std::make_shared<ring<int>>(2, from, std::make_shared<doorbell>([] {}));
  outbox<int> out{edge};
  out.keep_lives_apart();
  static_cast<void>(live_inbox(edge));
  REQUIRE(out.try_push(1));
  REQUIRE(out.try_push(2));
  auto in = live_inbox(edge);
  REQUIRE(from->try_sleep([&out] { return out.full(); }));
  CHECK(in.drain(1, [](int) {}) == 0);
  CHECK(wakes == 1);
  CHECK_FALSE(out.full());
}

TEST_CASE("with lives kept apart a consumer that restarts under a busy producer hears its own") {
  constexpr std::uint64_t lives = 2'000;
  const auto edge = make_ring<stamped>(16);
  outbox<stamped> out{edge};
  out.keep_lives_apart();
  auto in = live_inbox(edge);
  std::atomic<bool> over{false};
  const std::jthread producer{[&] {
    // Of a life: 0 when it is opened, then upwards; a number that is left out is lost.
    stamped next{1, 0};
    while (!over) {
      if (out.restarted()) {
        out.open_life();
        next = {next.life + 1, 0};
      }
      if (out.try_push(next)) {
        ++next.number;
      } else {
        std::this_thread::yield();
      }
    }
  }};
  bool exact = true;
  std::uint64_t newest = 0;
  for (std::uint64_t life = 1; exact && life <= lives; ++life) {
    std::uint64_t count = 0;
    while (exact && count < life % 40) {
      in.drain(5, [&](const stamped& item) {
        exact &= item.number == count++ && (count > 1 ? item.life == newest : item.life > newest);
        newest = item.life;
      });
    }
    in = {};
    in = live_inbox(edge);
  }
  over = true;
  CHECK(exact);
  CHECK(newest > 1);
}

} // namespace
} // namespace caucus
