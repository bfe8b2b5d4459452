#include "runtime/host.hpp"

#include "runtime/job_queue.hpp"
#include "runtime/topology.hpp"
#include "test/catch.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <utility>
#include <vector>

// What a host gives its actor: turns when rung, turns in time, and some more at the end.

namespace caucus {
namespace {

using namespace std::chrono_literals;

struct no_ports {
  void each(auto&& /*visit*/) {}
};

/// Sets three timers, in the wrong order, and tells when all are due.
class waiter {
public:
  static constexpr const char* name = "waiter";
  using ports = no_ports;
  struct report {
    std::promise<bool> in_order;
  };

  waiter(ports, context& around, std::shared_ptr<report> to)
      : around_{&around}, to_{std::move(to)} {
    for (const auto wait : {30ms, 10ms, 20ms}) {
      due_.push_back(around.now() + wait);
      around.wake_at(due_.back());
    }
  }
  bool step() {
    const auto now = around_->now();
    const auto before = due_.size();
    std::erase_if(due_, [now](time_point when) { return when <= now; });
    if (before > 0 && due_.empty()) {
      to_->in_order.set_value(around_->wall_now() > wall_ms{0});
    }
    return false;
  }
  static bool idle() { return true; }

private:
  context* around_;
  std::shared_ptr<report> to_;
  std::vector<time_point> due_;
};

TEST_CASE("an actor that sleeps is woken for each of its timers") {
  caf_config<> config{2};
  caf_system system{config};
  topology app;
  const auto told = std::make_shared<waiter::report>();
  static_cast<void>(app.add<waiter>(told));
  const auto node = app.start(system);
  REQUIRE(node.has_value());
  auto done = told->in_order.get_future();
  REQUIRE(done.wait_for(20s) == std::future_status::ready);
  CHECK(done.get());
}

/// Takes one item a turn, and remembers what it saw while stopping.
class slow_taker {
public:
  static constexpr const char* name = "slow_taker";
  struct ports {
    inbox<int> in;
    void each(auto&& visit) { visit("in", in); }
  };
  struct seen {
    std::atomic<int> taken{0};
    std::atomic<bool> stopping{false};
    std::promise<void> first;
    std::shared_future<void> gate;
  };

  slow_taker(ports its_ports, context& around, std::shared_ptr<seen> to)
      : ports_{std::move(its_ports)}, around_{&around}, to_{std::move(to)} {}
  bool step() {
    return ports_.in.drain(1, [this](int) {
      if (to_->taken++ == 0) {
        to_->first.set_value();
        to_->gate.wait();
      }
      to_->stopping = around_->stopping();
    }) > 0;
  }
  [[nodiscard]] bool idle() const { return ports_.in.empty(); }

private:
  ports ports_;
  context* around_;
  std::shared_ptr<seen> to_;
};

TEST_CASE("an actor that is stopped works off its inboxes first, and is told that it is stopping") {
  caf_config<> config{2};
  caf_system system{config};
  topology app;
  const auto what = std::make_shared<slow_taker::seen>();
  std::promise<void> gate;
  what->gate = gate.get_future().share();
  const auto taker = app.add<slow_taker>(what);
  auto feed = app.feed("test", topology::port(taker, &slow_taker::ports::in), 256);
  auto node = app.start(system);
  REQUIRE(node.has_value());
  for (int i = 0; i < 200; ++i) {
    REQUIRE(feed.try_push(i));
  }
  REQUIRE(what->first.get_future().wait_for(20s) == std::future_status::ready);
  node->begin_stop();
  gate.set_value();
  CHECK_FALSE(node->wait().gave_up);
  CHECK(what->taken == 200);
  CHECK(what->stopping);
}

/// Has a pool square numbers.
class squarer {
public:
  static constexpr const char* name = "squarer";
  using ports = no_ports;
  static constexpr int job_count = 500;

  squarer(ports, context& around, std::shared_ptr<worker_pool> pool,
          std::shared_ptr<std::promise<std::vector<int>>> to)
      : around_{&around}, to_{std::move(to)}, jobs_{pool, around.bell(), 16} {}
  bool step() {
    bool worked = jobs_.harvest(8, [this](job_id, const result<int>& one) {
      got_.push_back(one.value_or(-1));
    }) > 0;
    while (asked_ < job_count
           && jobs_.try_submit([n = asked_] { return n * n; }, around_->now() + 1h)) {
      ++asked_;
      worked = true;
    }
    if (worked && got_.size() == static_cast<std::size_t>(job_count)) {
      to_->set_value(got_);
    }
    return worked;
  }
  [[nodiscard]] bool idle() const { return !jobs_.ready(); }

private:
  context* around_;
  std::shared_ptr<std::promise<std::vector<int>>> to_;
  job_queue<int> jobs_;
  int asked_ = 0;
  std::vector<int> got_;
};

TEST_CASE("an actor that sleeps is woken for the results of its jobs") {
  caf_config<> config{2};
  caf_system system{config};
  topology app;
  const std::shared_ptr<worker_pool> pool = std::make_shared<thread_pool>(2);
  const auto told = std::make_shared<std::promise<std::vector<int>>>();
  static_cast<void>(app.add<squarer>(pool, told));
  const auto node = app.start(system);
  REQUIRE(node.has_value());
  auto done = told->get_future();
  REQUIRE(done.wait_for(20s) == std::future_status::ready);
  std::vector<int> expected;
  for (int i = 0; i < squarer::job_count; ++i) {
    expected.push_back(i * i);
  }
  CHECK(done.get() == expected);
}

} // namespace
} // namespace caucus
