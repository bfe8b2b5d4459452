#include "runtime/supervisor.hpp"

#include "runtime/log.hpp"
#include "runtime/topology.hpp"
#include "test/catch.hpp"
#include "test/runtime/lettered.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <string>

#include <unistd.h>

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// a, then a group of b and c, then d.
struct grouped {
  caf_config<> config{2};
  caf_system system{config};
  std::shared_ptr<journal> log = std::make_shared<journal>();
  topology app;
  outbox<std::string> to_a = feed(app.add<worker<'a'>>(log));
  group_ref group;
  outbox<std::string> to_b;
  outbox<std::string> to_c;
  outbox<std::string> to_d;
  result<running> node = fail(errc::stopping);

  explicit grouped(strategy how, std::size_t restarts_max = 5)
      : group{
        app.add_group("pair", {.how = how, .restarts_max = restarts_max, .back_off_min = 1ms})} {
    to_b = feed(app.add_to<worker<'b'>>(group, log));
    to_c = feed(app.add_to<worker<'c'>>(group, log));
    to_d = feed(app.add<worker<'d'>>(log));
    node = app.start(system, {.restarts_max = 2, .back_off_min = 1ms});
    REQUIRE(node.has_value());
    REQUIRE(log->next(4) == lines{"start a", "start b", "start c", "start d"});
  }
  template <class Actor>
  outbox<std::string> feed(const ref<Actor>& to) {
    return app.feed("test", topology::port(to, &Actor::ports::orders), 4);
  }
};

TEST_CASE("one_for_all restarts the whole group, last first out and first one in, and no other") {
  grouped of{strategy::one_for_all};
  SECTION("when the first fails") {
    REQUIRE(of.to_b.try_push("told to"));
    CHECK(of.log->next(4) == lines{"end b", "end c", "start b", "start c"});
  }
  SECTION("when the last fails") {
    REQUIRE(of.to_c.try_push("told to"));
    CHECK(of.log->next(4) == lines{"end c", "end b", "start b", "start c"});
  }
  const auto how = of.node->stop();
  CHECK(of.log->next(4) == lines{"end d", "end c", "end b", "end a"});
  CHECK(how.restart_count == 0); // the root has restarted nobody
}

TEST_CASE("a group that gives up is one crash of one child of its parent") {
  grouped of{strategy::one_for_all, 0};
  REQUIRE(of.to_b.try_push("too much"));
  CHECK(of.log->next(4) == lines{"end b", "end c", "start b", "start c"});
  const auto how = of.node->stop();
  CHECK_FALSE(how.gave_up);
  CHECK(how.restart_count == 1);
  CHECK(how.last_error.starts_with("pair: "));
  CHECK(how.last_error.find("too much") != std::string::npos);
}

TEST_CASE("a group that gives up too often ends the node, all others in order") {
  grouped of{strategy::one_for_all, 0};
  for (int i = 0; i < 3; ++i) {
    REQUIRE(of.to_c.try_push("again"));
  }
  const auto how = of.node->wait();
  CHECK(how.gave_up);
  const auto all = of.log->next(12);
  REQUIRE(all.size() == 12);
  CHECK(lines(all.end() - 4, all.end()) == lines{"end c", "end b", "end d", "end a"});
}

/// Cannot live: says so in its constructor, or in its first turn.
struct hopeless {
  static constexpr const char* name = "hopeless";
  struct ports {
    void each(auto&& /*visit*/) {}
  };
  hopeless(ports, context&, bool at_once, std::shared_ptr<std::atomic<int>> lives) {
    ++*lives;
    if (at_once) {
      throw no_restart{{errc::bad_checksum, "the file is damaged"}};
    }
  }
  bool step() { throw no_restart{{errc::bad_checksum, "the file is damaged"}}; }
  [[nodiscard]] bool idle() const { return true; }
};

TEST_CASE("where a restart is of no use the whole node gives up at once, and says why") {
  const bool in_a_group = GENERATE(true, false);
  const bool at_once = GENERATE(true, false);
  INFO("in a group: " << in_a_group << ", in the constructor: " << at_once);
  caf_config<> config{2};
  caf_system system{config};
  const auto log = std::make_shared<journal>();
  const auto lives = std::make_shared<std::atomic<int>>(0);
  topology app;
  auto to_a =
    app.feed("test", topology::port(app.add<worker<'a'>>(log), &worker<'a'>::ports::orders), 4);
  const auto group = in_a_group ? app.add_group("pair", {.restarts_max = 0}) : group_ref{};
  app.add_to<hopeless>(group, at_once, lives);
  const auto node = app.start(system, {.restarts_max = 100});
  REQUIRE(node.has_value());
  const auto how = node->wait();
  CHECK(how.gave_up);
  CHECK(how.no_use == errc::bad_checksum);
  CHECK(how.last_error.find("the file is damaged") != std::string::npos);
  CHECK(how.restart_count == 0);
  CHECK(*lives == 1);
  CHECK(log->next(2) == lines{"start a", "end a"});
  CHECK_FALSE(node->wait_until_up(5s));
}

/// Its first turn takes until it is told.
struct late {
  static constexpr const char* name = "late";
  struct ports {
    void each(auto&& /*visit*/) {}
  };
  late(ports, context&, std::shared_future<void> told) : told_{std::move(told)} {}
  bool step() {
    told_.wait();
    return false;
  }
  [[nodiscard]] bool idle() const { return true; }

private:
  std::shared_future<void> told_;
};

TEST_CASE("a node is up once each of its actors has taken a turn") {
  caf_config<> config{2};
  caf_system system{config};
  std::promise<void> go;
  topology app;
  app.add<late>(go.get_future().share());
  const auto node = app.start(system);
  REQUIRE(node.has_value());
  CHECK_FALSE(node->wait_until_up(0ms));
  go.set_value();
  CHECK(node->wait_until_up(60s));
}

TEST_CASE("restarts are counted an actor, and its last error kept, for any thread to read") {
  grouped of{strategy::one_for_all};
  REQUIRE(of.to_b.try_push("told to"));
  REQUIRE(of.log->next(4).size() == 4);
  const auto& actors = of.app.table()->actors;
  REQUIRE(actors.size() == 4);
  CHECK(actors[0].name == "a");
  CHECK(actors[0].group.empty());
  CHECK(actors[0].life->restarts() == 0);
  CHECK(actors[1].group == "pair");
  CHECK(actors[1].life->restarts() == 1);
  CHECK(actors[1].life->last_error().find("told to") != std::string::npos);
  CHECK(actors[2].life->restarts() == 1);
  CHECK(actors[2].life->last_error().empty());
}

// -- those who do not stop ------------------------------------------------------------------------

/// Always has something to do.
struct busybody {
  static constexpr const char* name = "busybody";
  struct ports {
    void each(auto&& /*visit*/) {}
  };
  busybody(ports, context&, std::chrono::milliseconds a_turn) : a_turn_{a_turn} {}
  bool step() {
    std::promise<void> never;
    never.get_future().wait_for(a_turn_); // heavy work
    return true;
  }
  static bool idle() { return false; }

private:
  std::chrono::milliseconds a_turn_;
};

TEST_CASE(
  "an actor that does not come to rest within its deadline is killed, and others end well") {
  caf_config<> config{2};
  caf_system system{config};
  topology app;
  const auto log = std::make_shared<journal>();
  const auto first = app.add<worker<'a'>>(log);
  const auto feed = app.feed("test", topology::port(first, &worker<'a'>::ports::orders), 4);
  app.add<busybody>(100ms)->stop_deadline = 50ms; // a turn takes longer
  auto node = app.start(system);
  REQUIRE(node.has_value());
  const auto how = node->stop();
  CHECK_FALSE(how.gave_up);
  CHECK(how.stuck.empty());
  CHECK(log->next(2) == lines{"start a", "end a"});
}

TEST_CASE("an actor whose producers never rest ends in order, however long its turns") {
  const auto file = std::filesystem::temp_directory_path()
                    / ("caucus-groups-" + std::to_string(::getpid()) + ".log");
  REQUIRE(set_log_file(file.string()));
  caf_config<> config{2};
  caf_system system{config};
  topology app;
  app.add<busybody>(20ms); // as long as a turn that waits for the disk
  auto node = app.start(system);
  REQUIRE(node.has_value());
  const auto how = node->stop();
  CHECK(how.stuck.empty());
  REQUIRE(set_log_file({}));
  std::ifstream from{file};
  const std::string said{std::istreambuf_iterator<char>{from}, {}};
  CHECK(said.find("killed") == std::string::npos);
  std::filesystem::remove(file);
}

/// Hangs in its turn until it is let go.
struct hanging {
  static constexpr const char* name = "hanging";
  struct ports {
    void each(auto&& /*visit*/) {}
  };
  struct doors {
    std::promise<void> in;
    std::promise<void> out;
  };
  hanging(ports, context&, std::shared_ptr<doors> through) : through_{std::move(through)} {}
  bool step() {
    through_->in.set_value();
    through_->out.get_future().wait();
    return false;
  }
  static bool idle() { return true; }

private:
  std::shared_ptr<doors> through_;
};

TEST_CASE("an actor that hangs in its turn is named as stuck and holds up nobody's end") {
  caf_config<> config{3};
  caf_system system{config};
  topology app;
  const auto log = std::make_shared<journal>();
  const auto first = app.add<worker<'a'>>(log);
  const auto feed = app.feed("test", topology::port(first, &worker<'a'>::ports::orders), 4);
  const auto through = std::make_shared<hanging::doors>();
  app.add<hanging>(through)->stop_deadline = 20ms;
  auto node = app.start(system);
  REQUIRE(node.has_value());
  REQUIRE(through->in.get_future().wait_for(20s) == std::future_status::ready);
  const auto how = node->stop();
  CHECK(how.stuck == std::vector<std::string>{"hanging"});
  CHECK(log->next(2) == lines{"start a", "end a"});
  through->out.set_value(); // else the actor system would wait for it for ever
}

} // namespace
} // namespace caucus
