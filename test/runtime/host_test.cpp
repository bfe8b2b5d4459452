#include "runtime/host.hpp"

#include "runtime/caf.hpp"
#include "runtime/job_queue.hpp"
#include "runtime/topology.hpp"
#include "test/catch.hpp"
#include "test/runtime/lettered.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
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

/// Takes nothing until the gate is open, then one item a turn.
class slow_taker {
public:
  static constexpr const char* name = "slow_taker";
  struct ports {
    inbox<int> in;
    void each(auto&& visit) { visit("in", in); }
  };
  struct seen {
    std::atomic<int> taken{0};
    std::promise<void> told; ///< that it is stopping
    std::shared_future<void> gate;
  };

  slow_taker(ports its_ports, context& around, std::shared_ptr<seen> to)
      : ports_{std::move(its_ports)}, around_{&around}, to_{std::move(to)} {}
  bool step() {
    if (around_->stopping() && !is_told_) {
      is_told_ = true;
      to_->told.set_value();
    }
    if (to_->gate.wait_for(0s) != std::future_status::ready) {
      return true; // one turn after the other, so that it hears of the stop
    }
    return ports_.in.drain(1, [this](int) { ++to_->taken; }) > 0;
  }
  [[nodiscard]] bool idle() const { return ports_.in.empty(); }

private:
  ports ports_;
  context* around_;
  std::shared_ptr<seen> to_;
  bool is_told_ = false;
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
  node->begin_stop();
  const auto told = what->told.get_future().wait_for(20s);
  gate.set_value();
  CHECK(told == std::future_status::ready);
  CHECK_FALSE(node->wait().gave_up);
  CHECK(what->taken == 200);
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

/// Writes down its first turn, each letter that it is rung for, and its end.
class lodger final : public steppable {
public:
  lodger(std::string name, std::shared_ptr<journal> log, std::shared_ptr<std::atomic<bool>> letter)
      : name_{std::move(name)}, log_{std::move(log)}, letter_{std::move(letter)} {}
  ~lodger() override { log_->add(name_ + " leaves"); }

  bool step() override {
    if (!std::exchange(lives_here_, true)) {
      log_->add(name_ + " is in");
    }
    if (letter_->exchange(false)) {
      log_->add(name_ + " has a letter");
    }
    return false;
  }
  [[nodiscard]] bool idle() override { return !*letter_; }

private:
  std::string name_;
  std::shared_ptr<journal> log_;
  std::shared_ptr<std::atomic<bool>> letter_;
  bool lives_here_ = false;
};

struct house {
  caf_config<> config{2};
  caf_system system{config};
  std::shared_ptr<journal> log = std::make_shared<journal>();
  std::shared_ptr<std::atomic<bool>> letter = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<place> where = std::make_shared<place>("house");

  /// A life, past its first turn; those who watch it are told, after which the journal says so.
  caf::actor live(const std::string& name) {
    const actor_maker make = [this, name](context& /*around*/) {
      return std::make_unique<lodger>(name, log, letter);
    };
    const auto one = caf::actor_cast<caf::actor>(on_caf::spawn<host_state>(system, where, make));
    one->attach_functor(
      [to = log, name](const caf::error& /*why*/) { to->add("told of " + name); });
    REQUIRE(log->next(1) == lines{name + " is in"});
    return one;
  }
};

TEST_CASE("whoever is told of the end of a life finds given back what it held") {
  house one;
  for (const auto reason : {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    const auto who = one.live("a");
    caf::anon_send_exit(who, reason);
    CHECK(one.log->next(2) == lines{"a leaves", "told of a"});
  }
}

TEST_CASE("a life that ends after its successor began does not take the doorbell with it") {
  house one;
  const auto stuck = one.live("old");
  const auto after = one.live("new");
  caf::anon_send_exit(stuck, caf::exit_reason::kill);
  REQUIRE(one.log->next(2) == lines{"old leaves", "told of old"});
  *one.letter = true;
  one.where->bell()->ring();
  CHECK(one.log->next(1) == lines{"new has a letter"});
  caf::anon_send_exit(after, caf::exit_reason::kill);
}

} // namespace
} // namespace caucus
