#include "runtime/base/delivery.hpp" // the header under test comes first, to stand alone

#include "test/catch.hpp"

#include <rapidcheck.h>

#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace caucus {
namespace {

/// An edge whose consumer's bell is counted.
struct edge {
  int rung = 0;
  std::shared_ptr<doorbell> here = std::make_shared<doorbell>([] {});
  std::shared_ptr<doorbell> there = std::make_shared<doorbell>([this] { ++rung; });
  std::shared_ptr<ring<int>> items;
  inbox<int> in;

  explicit edge(std::size_t capacity)
      : items{std::make_shared<ring<int>>(capacity, here, there)}, in{items} {}

  /// Sleeps, so that the next ring is heard.
  void sleep() {
    REQUIRE(there->try_sleep([this] { return in.empty(); }));
  }
  std::vector<int> drain(std::size_t most = capacity_max) {
    std::vector<int> out;
    in.drain(most, [&out](int item) { out.push_back(item); });
    return out;
  }
};

void loses_nothing() {
  edge of{4};
  delivery out{outbox<int>{of.items}};
  std::deque<int> model;
  int next = 0;
  for (const int what : *rc::gen::container<std::vector<int>>(rc::gen::inRange(-6, 10))) {
    if (what == 0) {
      const auto before = out.waiting();
      const bool went = out.flush();
      RC_ASSERT(went == (out.waiting() < before));
    } else if (what > 0) {
      const bool waited = !out.empty();
      const bool went = out.push(next);
      RC_ASSERT(!(waited && went)); // nothing overtakes what waits
      RC_ASSERT(went == out.empty());
      model.push_back(next++);
    } else {
      for (const int item : of.drain(static_cast<std::size_t>(-what))) {
        RC_ASSERT(item == model.front());
        model.pop_front();
      }
    }
    RC_ASSERT(of.items->counts().depth + out.waiting() == model.size());
  }
}

TEST_CASE("a delivery loses nothing and keeps the order, however full its ring is") {
  CHECK(rc::check(loses_nothing));
}

TEST_CASE("what is offered goes at once or not at all, and never before what waits") {
  edge of{2};
  delivery out{outbox<int>{of.items}};
  CHECK(out.offer(1));
  CHECK(out.push(2));
  CHECK_FALSE(out.offer(3));
  CHECK_FALSE(out.push(4));
  CHECK(of.drain() == std::vector{1, 2});
  CHECK_FALSE(out.offer(5)); // 4 still waits
  CHECK(out.flush());
  CHECK(out.offer(6));
  CHECK(of.drain() == std::vector{4, 6});
}

TEST_CASE("a delivery rings its consumer when it is flushed, for all that was pushed before") {
  edge of{8};
  delivery out{outbox<int>{of.items}};
  of.sleep();
  CHECK(out.push(1));
  CHECK(out.push(2));
  CHECK(of.rung == 0);
  CHECK_FALSE(out.flush()); // nothing had waited
  CHECK(of.rung == 1);
  CHECK(of.drain() == std::vector{1, 2});
}

TEST_CASE("a delivery has nothing to do while its ring is full, and has when there is room") {
  edge of{2};
  delivery out{outbox<int>{of.items}};
  CHECK(out.idle());
  for (const int item : {1, 2, 3}) {
    static_cast<void>(out.push(item));
  }
  CHECK(out.waiting() == 1);
  CHECK(out.idle());
  static_cast<void>(of.drain(1));
  CHECK_FALSE(out.idle());
}

TEST_CASE(
  "a consumer's new life hears what waited, unless the former one is over for its producer") {
  for (const auto former : {former_life::goes_on, former_life::is_over}) {
    edge of{2};
    of.in.begin_life();
    delivery out{outbox<int>{of.items}, former};
    static_cast<void>(out.restarted());
    for (const int item : {1, 2, 3}) {
      static_cast<void>(out.push(item));
    }
    of.in = {};
    of.in = inbox<int>{of.items};
    of.in.begin_life();
    CHECK(out.restarted());
    CHECK_FALSE(out.restarted());
    static_cast<void>(out.push(4));
    auto heard = of.drain();
    out.flush();
    for (const int item : of.drain()) {
      heard.push_back(item);
    }
    CHECK(heard == (former == former_life::goes_on ? std::vector{1, 2, 3, 4} : std::vector{4}));
  }
}

TEST_CASE("a delivery that is not connected takes all and keeps nothing") {
  delivery<int> out;
  CHECK(out.push(1));
  CHECK(out.offer(2));
  CHECK(out.empty());
  CHECK_FALSE(out.flush());
  CHECK_FALSE(out.restarted());
}

} // namespace
} // namespace caucus
