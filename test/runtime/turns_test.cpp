#include "runtime/turns.hpp"

#include "runtime/base/ordered_delivery.hpp"
#include "runtime/base/virtual_clock.hpp"
#include "runtime/job_queue.hpp"
#include "runtime/shell.hpp"
#include "runtime/worker_pool.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// An actor's turns, driven by hand: with rings, a clock that is told to pass, and a doorbell.

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// The place of the actor under test.
struct home {
  virtual_clock clock{time_point{1s}};
  std::size_t rung = 0; ///< times that the actor was woken
  std::shared_ptr<doorbell> bell = std::make_shared<doorbell>([this] { ++rung; });
  context around{clock.steady(), clock.wall(), bell};
  turns of{around};
  std::vector<std::string> said; ///< what handlers were called with, in order

  /// An edge to the actor.
  std::shared_ptr<ring<int>> edge_in(std::size_t capacity = 8) {
    return std::make_shared<ring<int>>(capacity, nullptr, bell);
  }
  /// An edge out of the actor.
  std::shared_ptr<ring<int>> edge_out(std::size_t capacity = 2) {
    return std::make_shared<ring<int>>(capacity, bell, other);
  }
  std::size_t others_rung = 0;
  std::shared_ptr<doorbell> other = std::make_shared<doorbell>([this] { ++others_rung; });

  auto says(const std::string& who) {
    return [this, who](int what) { said.push_back(who + std::to_string(what)); };
  }
  std::vector<std::string> heard() { return std::exchange(said, {}); }
  /// As the host does: true: it sleeps, until something rings or its time has come.
  bool falls_asleep() {
    return bell->try_sleep([this] { return of.idle(); });
  }
};

using lines = std::vector<std::string>;

void push(outbox<int>& to, int what) {
  REQUIRE(to.try_push(what));
}

std::vector<int> all_in(inbox<int>& from) {
  std::vector<int> out;
  from.drain(100, [&](int what) { out.push_back(what); });
  return out;
}

// -- sources -------------------------------------------------------------------------------------

TEST_CASE("sources are drained in the order of their declaration, each within its items a turn") {
  home at;
  const auto one = at.edge_in();
  const auto two = at.edge_in();
  outbox<int> to_one{one};
  outbox<int> to_two{two};
  inbox<int> from_one{one};
  inbox<int> from_two{two};
  at.of.takes(from_two, at.says("two "), {.items_per_turn = 2});
  at.of.takes(from_one, at.says("one "), {.items_per_turn = 1});
  for (const int what : {1, 2, 3}) {
    push(to_one, what);
    push(to_two, what);
  }
  CHECK(at.of.step());
  CHECK(at.heard() == lines{"two 1", "two 2", "one 1"});
  CHECK_FALSE(at.of.idle());
  CHECK(at.of.step());
  CHECK(at.heard() == lines{"two 3", "one 2"});
  CHECK(at.of.step());
  CHECK(at.heard() == lines{"one 3"});
  CHECK(at.of.idle());
  CHECK_FALSE(at.of.step());
}

TEST_CASE("a closed source is not taken from, and what is in it is nothing to do") {
  home at;
  const auto edge = at.edge_in();
  outbox<int> to{edge};
  inbox<int> from{edge};
  bool open = false;
  at.of.takes(from, at.says(""), {.open = [&] { return open; }});
  push(to, 1);
  CHECK(at.of.idle());
  CHECK_FALSE(at.of.step());
  CHECK(at.heard().empty());
  open = true;
  CHECK_FALSE(at.of.idle());
  CHECK(at.of.step());
  CHECK(at.heard() == lines{"1"});
}

TEST_CASE("a port of several edges tells who spoke, and a busy one leaves the others their share") {
  home at;
  const std::vector edges{at.edge_in(), at.edge_in()};
  std::vector<outbox<int>> to;
  inboxes<int> from;
  for (const auto& one : edges) {
    to.emplace_back(one);
    from.add(inbox<int>{one});
  }
  at.of.takes(from,
              [&](std::size_t who, int what) {
                at.said.push_back(std::to_string(who) + ":" + std::to_string(what));
              },
              {.items_per_turn = 4});
  for (const int what : {1, 2, 3, 4, 5}) {
    push(to[0], what);
  }
  push(to[1], 9);
  CHECK(at.of.step());
  CHECK(at.heard() == lines{"1:9", "0:1", "0:2"});
  CHECK_FALSE(at.of.idle());
}

// -- edges out -----------------------------------------------------------------------------------

TEST_CASE("what a turn pushes rings its consumer once, at the turn's end") {
  home at;
  const auto in = at.edge_in();
  const auto out = at.edge_out(8);
  outbox<int> to{in};
  inbox<int> from{in};
  delivery<int> replies{outbox<int>{out}};
  inbox<int> replied{out};
  std::size_t rung_within = 0;
  at.of.delivers(replies);
  at.of.takes(from, [&](int what) {
    CHECK(replies.push(what * 10));
    rung_within += at.others_rung;
  });
  REQUIRE(at.other->try_sleep([] { return true; }));
  for (const int what : {1, 2, 3}) {
    push(to, what);
  }
  CHECK(at.of.step());
  CHECK(rung_within == 0);
  CHECK(at.others_rung == 1);
  CHECK(all_in(replied) == std::vector{10, 20, 30});
}

TEST_CASE("what finds an edge full goes with the turn after there is room, in order, and its "
          "source waits") {
  home at;
  const auto in = at.edge_in();
  const auto out = at.edge_out();
  outbox<int> to{in};
  inbox<int> from{in};
  delivery<int> replies{outbox<int>{out}};
  inbox<int> replied{out};
  at.of.delivers(replies);
  at.of.takes(from, [&](int what) { static_cast<void>(replies.push(what)); },
              {.items_per_turn = 3, .open = [&] { return replies.empty(); }});
  for (const int what : {1, 2, 3, 4}) {
    push(to, what);
  }
  CHECK(at.of.step());
  REQUIRE(replies.waiting() == 1);
  CHECK(at.falls_asleep()); // with 4 in its inbox
  CHECK(all_in(replied) == std::vector{1, 2});
  CHECK(at.rung == 1);
  CHECK(at.of.step());
  CHECK(all_in(replied) == std::vector{3, 4});
  CHECK(at.falls_asleep());
}

TEST_CASE("room that came just before the actor sleeps is seen") {
  home at;
  const auto out = at.edge_out();
  delivery<int> replies{outbox<int>{out}};
  inbox<int> replied{out};
  at.of.delivers(replies);
  for (const int what : {1, 2, 3}) {
    static_cast<void>(replies.push(what));
  }
  CHECK_FALSE(at.of.step());
  CHECK(all_in(replied) == std::vector{1, 2});
  CHECK_FALSE(at.falls_asleep());
  CHECK(at.of.step());
  CHECK(all_in(replied) == std::vector{3});
}

TEST_CASE("of two edges with one order, the full one holds back the other") {
  home at;
  const auto left = at.edge_out();
  const auto right = std::make_shared<ring<std::string>>(2, at.bell, at.other);
  delivery<int> numbers{outbox<int>{left}};
  delivery<std::string> words{outbox<std::string>{right}};
  inbox<int> told{left};
  inbox<std::string> written{right};
  ordered_delivery<int, std::string> both{numbers, words};
  at.of.delivers(both);
  for (const int what : {1, 2, 3}) {
    both.push(what);
  }
  both.push(std::string{"after 3"});
  CHECK(at.of.step());
  CHECK(both.waiting() == 2);
  CHECK(written.empty());
  CHECK(at.falls_asleep());
  CHECK(all_in(told) == std::vector{1, 2});
  CHECK(at.rung == 1);
  CHECK(at.of.step());
  CHECK(all_in(told) == std::vector{3});
  CHECK_FALSE(written.empty());
}

TEST_CASE("what is held goes when it is released, and what was pushed before need not wait") {
  home at;
  const auto out = at.edge_out(8);
  delivery<int> numbers{outbox<int>{out}};
  inbox<int> told{out};
  ordered_delivery<int> ordered{numbers};
  at.of.delivers(ordered);
  ordered.push(1);
  ordered.hold();
  ordered.push(2);
  ordered.hold(); // for another: one release lets go of both
  ordered.push(3);
  CHECK(at.of.step());
  CHECK(all_in(told) == std::vector{1});
  CHECK(at.of.idle()); // a release is the owner's to do
  CHECK_FALSE(at.of.step());
  ordered.release();
  CHECK_FALSE(at.of.idle());
  CHECK(at.of.step());
  CHECK(all_in(told) == std::vector{2, 3});
}

TEST_CASE("an actor that makes items goes on while it wants to and there is room") {
  home at;
  const auto out = at.edge_out();
  outbox<int> asks{out};
  inbox<int> asked{out};
  int next = 0;
  at.of.rings(asks);
  at.of.offers(
    asks, [&] { return next < 3; },
    [&] {
      if (!asks.try_push_quietly(next)) {
        return false;
      }
      ++next;
      return true;
    });
  REQUIRE(at.other->try_sleep([] { return true; }));
  CHECK_FALSE(at.of.idle());
  CHECK(at.of.step());
  CHECK(at.others_rung == 1);
  CHECK(at.falls_asleep());
  CHECK(all_in(asked) == std::vector{0, 1});
  CHECK(at.rung == 1);
  CHECK_FALSE(at.of.idle());
  CHECK(at.of.step());
  CHECK(all_in(asked) == std::vector{2});
  CHECK(at.of.idle());
}

// -- lives ---------------------------------------------------------------------------------------

TEST_CASE(
  "a new life of a producer is told between the last item of the former one and its first") {
  home at;
  const auto edge = at.edge_in();
  inbox<int> from{edge};
  bool open = true;
  at.of.takes(from, at.says(""),
              {.open = [&] { return open; }, .restarted = [&] { at.said.push_back("new life"); }});
  {
    outbox<int> former{edge};
    former.begin_life();
    push(former, 1);
  }
  outbox<int> to{edge};
  to.begin_life();
  push(to, 2);
  while (at.of.step()) {
  }
  CHECK(at.heard() == lines{"1", "new life", "2"});
  SECTION("also while nothing is taken, and though it says nothing") {
    open = false;
    CHECK(at.falls_asleep());
    to = {};
    to = outbox<int>{edge};
    to.begin_life();
    CHECK(at.rung == 1);
    CHECK_FALSE(at.of.idle());
    CHECK(at.of.step());
    CHECK(at.heard() == lines{"new life"});
    CHECK(at.of.idle());
  }
}

/// At the other end of an edge in and an edge out, a life after the other.
struct neighbour_lives {
  std::shared_ptr<ring<int>> in;
  std::shared_ptr<ring<int>> out;
  outbox<int> said{};
  inbox<int> read{};

  void end() {
    said = {};
    read = {};
  }
  void begin_to_speak() {
    said = outbox<int>{in};
    said.begin_life();
  }
  void begin_to_read() {
    read = inbox<int>{out};
    read.begin_life();
  }
};

TEST_CASE("of a neighbour's new life it is told that it begins, then that the former one is over") {
  home at;
  neighbour_lives next{at.edge_in(), at.edge_out()};
  inbox<int> answers{next.in};
  delivery<int> asks{outbox<int>{next.out}};
  at.of.delivers(asks);
  at.of.neighbour(
    answers, asks, [&] { at.said.push_back("begins"); }, [&] { at.said.push_back("is over"); });
  at.of.takes(answers, at.says(""));
  next.begin_to_speak();
  next.begin_to_read();
  CHECK(at.of.idle()); // its first life
  push(next.said, 1);
  CHECK(at.of.step());
  CHECK(at.heard() == lines{"1"});
  REQUIRE(at.falls_asleep());
  SECTION("both ends at once, and it has spoken already") {
    next.end();
    next.begin_to_speak();
    next.begin_to_read();
    push(next.said, 2);
    CHECK(at.rung > 0);
    CHECK_FALSE(at.of.idle());
    CHECK(at.of.step());
    CHECK(at.heard() == lines{"begins", "is over", "2"});
  }
  SECTION("with a turn before it reads") {
    next.end();
    next.begin_to_speak();
    at.of.step();
    CHECK(at.heard().empty());
    REQUIRE(at.falls_asleep());
    next.begin_to_read();
    CHECK_FALSE(at.of.idle());
    CHECK(at.of.step());
    CHECK(at.heard() == lines{"begins", "is over"});
  }
  SECTION("with turns before it reads, of lives that failed before they did") {
    for (int i = 0; i < 3; ++i) {
      next.end();
      next.begin_to_speak();
      at.of.step();
    }
    next.begin_to_read();
    CHECK(at.of.step());
    CHECK(at.heard() == lines{"begins", "is over"});
  }
  SECTION("while the former life's words wait") {
    push(next.said, 2);
    next.end();
    next.begin_to_speak();
    next.begin_to_read();
    push(next.said, 3);
    CHECK(at.of.step());
    CHECK(at.heard() == lines{"begins", "2"});
    CHECK(at.of.step());
    CHECK(at.heard() == lines{"is over", "3"});
  }
  SECTION("and again of the life after that") {
    for (int i = 0; i < 2; ++i) {
      next.end();
      next.begin_to_speak();
      at.of.step();
      next.begin_to_read();
      at.of.step();
      CHECK(at.heard() == lines{"begins", "is over"});
    }
  }
  at.of.step();
  CHECK(at.of.idle());
}

// -- time ----------------------------------------------------------------------------------------

TEST_CASE("a timer brings a turn, and is something to do once its time has come and not before") {
  home at;
  std::optional<time_point> due = at.clock.now() + 5s;
  at.of.timer([&] { return due; },
              [&] {
                at.said.push_back("due");
                due.reset();
              });
  CHECK_FALSE(at.of.step());
  CHECK(at.around.next_wake() == at.clock.now() + 5s);
  CHECK(at.of.idle());
  at.clock.advance(5s);
  CHECK_FALSE(at.of.idle()); // though the host has forgotten the wake by now
  CHECK(at.of.step());
  CHECK(at.heard() == lines{"due"});
  CHECK(at.of.idle());
}

TEST_CASE("a time that moves on with each turn is asked for when the one asked for has passed") {
  home at;
  const auto begin = at.clock.now();
  std::optional<time_point> due = begin + 5s;
  at.of.wakes([&] { return due; });
  at.of.step();
  due = begin + 7s;
  at.of.step();
  CHECK(at.around.next_wake() == begin + 5s);
  at.clock.advance(5s);
  CHECK(at.of.idle());
  at.of.step();
  CHECK(at.around.next_wake() == begin + 7s);
  due = begin + 6s;
  at.of.step();
  CHECK(at.around.next_wake() == begin + 6s);
}

TEST_CASE("what is to be done while something is so is done in a turn, and is something to do") {
  home at;
  bool full = false;
  at.of.whenever([&] { return full; },
                 [&] {
                   at.said.emplace_back("full");
                   full = false;
                 });
  CHECK(at.of.idle());
  CHECK_FALSE(at.of.step());
  full = true;
  CHECK_FALSE(at.of.idle());
  CHECK(at.of.step());
  CHECK(at.heard() == lines{"full"});
  CHECK(at.of.idle());
}

TEST_CASE("that the node stops is told once") {
  home at;
  at.of.stops([&] { at.said.push_back("stops"); });
  CHECK_FALSE(at.of.step());
  at.around.say_stopping();
  CHECK_FALSE(at.of.idle());
  CHECK(at.of.step());
  CHECK_FALSE(at.of.step());
  CHECK(at.heard() == lines{"stops"});
}

// -- jobs ----------------------------------------------------------------------------------------

TEST_CASE("a job's result comes with what it was asked for, and its deadline brings a turn") {
  home at;
  const auto pool = std::make_shared<seeded_pool>(1, 1, at.clock.steady()); // runs none
  kept_jobs<int, std::string> jobs{pool, at.bell, 2};
  at.of.harvests(jobs, [&](const std::string& what, const result<int>& how) {
    at.said.push_back(what + (how ? " done" : " " + std::string{to_string(how.error().code)}));
  });
  for (const auto* const what : {"first", "second"}) {
    std::string asked = what;
    REQUIRE(jobs.try_submit(
      asked, [] { return 1; }, at.clock.now() + 10s));
  }
  std::string third = "third";
  CHECK_FALSE(jobs.try_submit(
    third, [] { return 1; }, at.clock.now() + 10s));
  CHECK(third == "third");
  CHECK_FALSE(at.of.step());
  CHECK(at.of.idle());
  CHECK(at.around.next_wake() == at.clock.now() + 10s);
  at.clock.advance(10s);
  CHECK_FALSE(at.of.idle());
  CHECK(at.of.step());
  CHECK(at.heard() == lines{"first timed_out", "second timed_out"});
}

// -- a core's shell ------------------------------------------------------------------------------

/// Counts; says each sum that it was asked for, and at a turn's end how many there were.
class adder {
public:
  struct tick {};
  struct add {
    int what = 0;
  };
  struct sum {
    int of = 0;
  };
  struct count {
    int of = 0;
  };
  using event = std::variant<tick, add>;
  using action = std::variant<sum, count>;

  void step(event what, const turn<action>& now) {
    if (const auto* const one = std::get_if<add>(&what)) {
      total += one->what;
      ++count_;
      due_ = now.now + 1s;
      now.want(sum{total});
    } else {
      due_.reset();
      now.want(sum{0});
    }
  }
  void finish_turn(const turn<action>& now) {
    if (const int many = std::exchange(count_, 0); many > 0) {
      now.want(count{many});
    }
  }
  [[nodiscard]] std::optional<time_point> next_wake() const { return due_; }
  [[nodiscard]] bool wants_turn() const { return wants_more; }

  bool wants_more = false;
  int total = 0;

private:
  int count_ = 0;
  std::optional<time_point> due_;
};

/// An actor around it.
struct adding : home {
  adder core;
  shell<adder> acts{around, core, [this](auto& what) { perform(what); }};
  std::shared_ptr<ring<int>> edge = edge_in();
  outbox<int> to{edge};
  inbox<int> from{edge};

  adding() {
    acts.ticks();
    acts.takes(from, [this](int what) {
      said.push_back("hears " + std::to_string(what));
      acts.apply(adder::add{what});
    });
    acts.ends([this] { said.emplace_back("ends"); });
  }
  void perform(adder::sum& what) {
    said.push_back("sum " + std::to_string(what.of));
    if (what.of == 7) { // ended at once
      acts.apply_later(adder::add{100});
    }
  }
  void perform(adder::count& what) {
    said.push_back("count " + std::to_string(what.of) + " of " + std::to_string(core.total));
  }
};

TEST_CASE("what a core wants is done at the turn's end, in order, and its bulk is finished once") {
  adding at;
  push(at.to, 1);
  push(at.to, 2);
  CHECK(at.acts.step());
  CHECK(at.heard() == lines{"hears 1", "hears 2", "sum 1", "sum 3", "count 2 of 3", "ends"});
  CHECK(at.acts.idle());
  CHECK(at.around.next_wake() == at.clock.now() + 1s);
}

TEST_CASE("an action that ended at once is told to the core when all of its batch is done") {
  adding at;
  push(at.to, 7);
  push(at.to, 1);
  CHECK(at.acts.step());
  CHECK(at.heard()
        == lines{"hears 7", "hears 1", "sum 7", "sum 8", "count 2 of 8", "sum 108", "ends"});
}

TEST_CASE(
  "a core hears a tick when its time has come, and a turn that it wants is not slept over") {
  adding at;
  push(at.to, 1);
  CHECK(at.acts.step());
  at.heard();
  at.clock.advance(999ms);
  CHECK(at.acts.idle());
  CHECK_FALSE(at.acts.step());
  CHECK(at.heard() == lines{"ends"});
  at.clock.advance(1ms);
  CHECK_FALSE(at.acts.idle());
  CHECK(at.acts.step());
  CHECK(at.heard() == lines{"sum 0", "ends"});
  CHECK(at.acts.idle());
  at.core.wants_more = true;
  CHECK_FALSE(at.acts.idle());
}

} // namespace
} // namespace caucus
