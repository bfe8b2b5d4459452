#include "runtime/job_queue.hpp"

#include "runtime/base/virtual_clock.hpp"
#include "test/catch.hpp"
#include "test/runtime/sleeper.hpp"

#include <rapidcheck.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace caucus {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<doorbell> no_bell() {
  return std::make_shared<doorbell>([] {});
}

/// A queue over a pool that runs a job when it is told to.
struct by_hand {
  virtual_clock clock;
  int wakes = 0;
  std::shared_ptr<doorbell> bell = std::make_shared<doorbell>([this] { ++wakes; });
  std::shared_ptr<seeded_pool> pool;
  job_queue<int> jobs;

  explicit by_hand(std::uint64_t seed = 1, std::size_t width = 1, std::size_t capacity = 4)
      : pool{std::make_shared<seeded_pool>(seed, width, clock.steady())}, jobs{pool, bell,
                                                                               capacity} {}
  [[nodiscard]] time_point in(duration wait) const { return clock.now() + wait; }
  std::vector<result<int>> harvest(std::size_t budget = 64) {
    std::vector<result<int>> out;
    jobs.harvest(budget, [&out](job_id, result<int> one) { out.push_back(std::move(one)); });
    return out;
  }
};

using results = std::vector<result<int>>;

void order_is_kept() {
  by_hand of{*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange<std::size_t>(1, 9), 16};
  int asked = 0;
  int next = 0;
  const auto take = [&of, &next] {
    of.jobs.harvest(3, [&next](job_id id, result<int> one) {
      RC_ASSERT(id.number == static_cast<std::uint64_t>(next));
      RC_ASSERT(one.value_or(-1) == next);
      ++next;
    });
  };
  for (const int what : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3))) {
    if (what == 0) {
      const bool room = of.jobs.waiting() < 16;
      const auto id = of.jobs.try_submit([asked] { return asked; }, of.in(1s));
      RC_ASSERT(id.has_value() == room);
      asked += room ? 1 : 0;
    } else if (what == 1) {
      of.pool->run_one();
    } else {
      take();
    }
  }
  while (of.pool->run_one()) {
  }
  while (of.jobs.ready()) {
    take();
  }
  RC_ASSERT(next == asked);
}

TEST_CASE("results come in the order asked, each once, in whatever order the jobs end") {
  CHECK(rc::check(order_is_kept));
}

TEST_CASE("a queue with all slots taken refuses, and rings its asker when one is free") {
  by_hand of;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(of.jobs.try_submit([] { return 1; }, of.in(1s)));
  }
  const auto refused = of.jobs.try_submit([] { return 1; }, of.in(1s));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::busy);
  while (of.pool->run_one()) {
  }
  REQUIRE(of.bell->try_sleep([] { return true; }));
  of.wakes = 0;
  CHECK(of.harvest(1).size() == 1);
  CHECK(of.wakes == 1);
  CHECK(of.jobs.try_submit([] { return 1; }, of.in(1s)));
}

TEST_CASE("a job cancelled before it is begun never runs, and says so in its place") {
  by_hand of;
  bool ran = false;
  const auto first = of.jobs.try_submit([&ran] { return ran = true, 1; }, of.in(1s));
  REQUIRE(first);
  REQUIRE(of.jobs.try_submit([] { return 2; }, of.in(1s)));
  of.jobs.cancel(*first);
  CHECK(of.jobs.ready());
  CHECK(of.harvest() == results{fail(errc::cancelled)});
  while (of.pool->run_one()) {
  }
  CHECK_FALSE(ran);
  CHECK(of.harvest() == results{2});
}

TEST_CASE("a job cancelled after its end keeps its result") {
  by_hand of;
  const auto id = of.jobs.try_submit([] { return 1; }, of.in(1s));
  REQUIRE(id);
  of.pool->run_one();
  of.jobs.cancel(*id);
  CHECK(of.harvest() == results{1});
  of.jobs.cancel(*id); // long gone: nothing happens
  REQUIRE(of.jobs.try_submit([] { return 2; }, of.in(1s)));
  of.pool->run_one();
  CHECK(of.harvest() == results{2});
}

TEST_CASE("a job that nobody has begun by its deadline is not run") {
  by_hand of;
  bool ran = false;
  REQUIRE(of.jobs.try_submit([&ran] { return ran = true, 1; }, of.in(10ms)));
  CHECK(of.jobs.next_wake() == of.in(10ms));
  CHECK_FALSE(of.jobs.ready());
  of.clock.advance(10ms);
  CHECK(of.jobs.ready());
  CHECK(of.harvest() == results{fail(errc::timed_out)});
  while (of.pool->run_one()) {
  }
  CHECK_FALSE(ran);
}

TEST_CASE("a slot given up is free again once a worker has passed it, and not before") {
  by_hand of;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(of.jobs.try_submit([] { return 1; }, of.in(10ms)));
  }
  of.clock.advance(10ms);
  CHECK(of.harvest().size() == 4);
  CHECK_FALSE(of.jobs.try_submit([] { return 2; }, of.in(10ms)));
  while (of.pool->run_one()) {
  }
  REQUIRE(of.jobs.try_submit([] { return 2; }, of.in(10ms)));
  of.pool->run_one();
  CHECK(of.harvest() == results{2});
}

TEST_CASE(
  "what a job reports is seen while it runs, rings its taker, and is gone with its result") {
  by_hand of;
  std::vector<std::uint64_t> seen;
  std::vector<int> wakes;
  job_id id;
  const auto asked = of.jobs.try_submit(
    [&](const job_token& token) {
      for (std::uint64_t done = 1; done <= 3; ++done) {
        REQUIRE(of.bell->try_sleep([] { return true; }));
        token.report(done * 10);
        seen.push_back(of.jobs.progress(id));
        wakes.push_back(of.wakes);
      }
      return 7;
    },
    of.in(1s));
  REQUIRE(asked);
  id = *asked;
  CHECK(of.jobs.progress(id) == 0);
  REQUIRE(of.pool->run_one());
  CHECK(seen == std::vector<std::uint64_t>{10, 20, 30});
  CHECK(wakes == std::vector<int>{1, 2, 3});
  CHECK(of.jobs.progress(id) == 30);
  CHECK(of.harvest() == results{7});
  CHECK(of.jobs.progress(id) == 0);
}

TEST_CASE("a slot's next job has reported nothing") {
  by_hand of{1, 1, 2};
  for (int i = 0; i < 4; ++i) {
    const auto id = of.jobs.try_submit(
      [i](const job_token& token) {
        token.report(100);
        return i;
      },
      of.in(1s));
    REQUIRE(id);
    CHECK(of.jobs.progress(*id) == 0);
    REQUIRE(of.pool->run_one());
    CHECK(of.jobs.progress(*id) == 100);
    CHECK(of.harvest() == results{i});
  }
}

TEST_CASE("a job cancelled, or left by its queue, while it runs is told") {
  by_hand of;
  const bool queue_goes = GENERATE(false, true);
  auto jobs = std::make_unique<job_queue<int>>(of.pool, of.bell, 4);
  std::uint64_t rounds = 0;
  job_id id;
  const auto asked = jobs->try_submit(
    [&](const job_token& token) {
      while (!token.cancelled()) {
        if (++rounds == 3 && queue_goes) {
          jobs.reset();
        } else if (rounds == 3) {
          jobs->cancel(id);
        }
      }
      return 1;
    },
    of.in(1s));
  REQUIRE(asked);
  id = *asked;
  REQUIRE(of.pool->run_one());
  CHECK(rounds == 3);
}

TEST_CASE("a job that throws is an error in its place, and others go on") {
  by_hand of;
  REQUIRE(of.jobs.try_submit([]() -> int { throw std::runtime_error{"no luck"}; }, of.in(1s)));
  REQUIRE(of.jobs.try_submit([] { return 2; }, of.in(1s)));
  while (of.pool->run_one()) {
  }
  CHECK(of.harvest() == results{fail(errc::internal, "a job threw: no luck"), 2});
}

TEST_CASE("the doorbell rings for the oldest job, not for those behind it") {
  virtual_clock clock;
  int wakes = 0;
  const auto bell = std::make_shared<doorbell>([&wakes] { ++wakes; });
  job_ring<int> ring{4, bell};
  const auto work = [](const job_token&) { return result<int>{1}; };
  for (int i = 0; i < 2; ++i) {
    REQUIRE(ring.ask(work, clock.now() + 1s));
  }
  const auto first = ring.claim();
  const auto second = ring.claim();
  REQUIRE((first && second));
  REQUIRE(bell->try_sleep([] { return true; }));
  ring.run(*second, clock.now());
  CHECK(wakes == 0);
  ring.run(*first, clock.now());
  CHECK(wakes == 1);
}

TEST_CASE("nobody's jobs are not run") {
  virtual_clock clock;
  const auto pool = std::make_shared<seeded_pool>(1, 1, clock.steady());
  auto jobs = std::make_unique<job_queue<int>>(pool, no_bell(), 4);
  bool ran = false;
  REQUIRE(jobs->try_submit([&ran] { return ran = true, 1; }, clock.now() + 1s));
  jobs.reset();
  while (pool->run_one()) {
  }
  CHECK_FALSE(ran);
}

TEST_CASE("one seed runs jobs in one order, and some seeds in different ones") {
  const auto order_of = [](std::uint64_t seed) {
    by_hand of{seed, 4, 16};
    std::vector<int> order;
    for (int i = 0; i < 16; ++i) {
      REQUIRE(of.jobs.try_submit([&order, i] { return order.push_back(i), i; }, of.in(1s)));
    }
    while (of.pool->run_one()) {
    }
    return order;
  };
  CHECK(order_of(3) == order_of(3));
  CHECK(order_of(3) != order_of(4));
}

// -- threads --------------------------------------------------------------------------------------

TEST_CASE("an asker that sleeps whenever it may gets every result of a pool of threads, in order") {
  constexpr int job_count = 20'000;
  sleeper self;
  const auto pool = std::make_shared<thread_pool>(3);
  job_queue<int> jobs{pool, self.bell(), 8};
  const auto deadline = pool->now() + 1h;
  int asked = 0;
  int next = 0;
  bool good = true;
  while (good && next < job_count) {
    bool full = false;
    while (asked < job_count && !full) {
      full = !jobs.try_submit([asked] { return asked; }, deadline);
      asked += full ? 0 : 1;
    }
    const auto count =
      jobs.harvest(4, [&](job_id, const result<int>& one) { good &= one == result<int>{next++}; });
    if (count == 0) {
      good &= self.rest([&jobs] { return !jobs.ready(); });
    }
  }
  CHECK(good);
}

TEST_CASE("a job that runs too long is not waited for, and is told that nobody wants it") {
  sleeper self;
  const auto pool = std::make_shared<thread_pool>(1);
  job_queue<int> jobs{pool, self.bell(), 4};
  const auto began = std::make_shared<std::promise<void>>();
  const auto told = std::make_shared<std::promise<void>>();
  const auto id = jobs.try_submit(
    [began, told](const job_token& token) {
      began->set_value();
      while (!token.cancelled()) {
        std::this_thread::yield();
      }
      told->set_value();
      return 1;
    },
    pool->now() + 1h);
  REQUIRE(id);
  REQUIRE(began->get_future().wait_for(20s) == std::future_status::ready);
  jobs.cancel(*id);
  results got;
  while (got.empty()) {
    jobs.harvest(1, [&got](job_id, result<int> one) { got.push_back(std::move(one)); });
  }
  // Cancelled, or, where the job was faster than we were, its result.
  CHECK((got == results{fail(errc::cancelled)} || got == results{1}));
  CHECK(told->get_future().wait_for(20s) == std::future_status::ready);
}

TEST_CASE("a pool that goes with its last queue runs no job that nobody had begun") {
  const auto ran = std::make_shared<std::atomic<int>>(0);
  const auto began = std::make_shared<std::promise<void>>();
  {
    auto pool = std::make_shared<thread_pool>(1);
    auto jobs = std::make_unique<job_queue<int>>(pool, no_bell(), 4);
    const auto deadline = pool->now() + 1h;
    pool.reset();
    REQUIRE(jobs->try_submit(
      [began](const job_token& token) {
        began->set_value();
        while (!token.cancelled()) { // until the queue goes
          std::this_thread::yield();
        }
        return 1;
      },
      deadline));
    REQUIRE(jobs->try_submit([ran] { return ++*ran; }, deadline));
    REQUIRE(began->get_future().wait_for(20s) == std::future_status::ready);
    jobs.reset(); // and the pool with it, which waits for the job that runs
  }
  CHECK(*ran == 0);
}

} // namespace
} // namespace caucus
