#include "runtime/topology.hpp"

#include "runtime/io_thread.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Ports of several edges, and the ends that a thread outside of the topology holds.

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// Answers each asker with what it asked, times ten; throws at a negative number.
class answerer {
public:
  static constexpr const char* name = "answerer";
  struct ports {
    inboxes<int> asked;
    outboxes<int> answers;
    void each(auto&& visit) {
      visit("asked", asked);
      visit("answers", answers);
    }
  };

  answerer(ports its_ports, context& /*around*/) : ports_{std::move(its_ports)} {}
  bool step() {
    if (ports_.answers.any_full()) {
      return false;
    }
    const auto count = ports_.asked.drain(1, [this](std::size_t who, int what) {
      if (what < 0) {
        throw std::runtime_error{"negative"};
      }
      CAUCUS_ASSERT(ports_.answers[who].try_push_quietly(what * 10));
    });
    ports_.answers.ring_bell();
    return count > 0;
  }
  [[nodiscard]] bool idle() { return ports_.asked.empty() || ports_.answers.any_full(); }

private:
  ports ports_;
};

TEST_CASE("foreign threads ask through a port of several edges, and each gets its own answers") {
  const auto& [client_count, each] =
    GENERATE(std::pair{std::size_t{3}, 20'000}, std::pair{std::size_t{100}, 200});
  const int questions = each;
  caf_config<> config{2};
  caf_system system{config};
  io_thread io{"test-io"};
  topology app;
  const auto who = app.add<answerer>();
  struct client {
    outbox<int> ask;
    inbox<int> answers;
    int asked = 0;
    int answered = 0;
    bool good = true;
  };
  std::vector<client> clients;
  for (std::size_t i = 0; i < client_count; ++i) {
    const foreign_place there{"io." + std::to_string(i), io.bell()};
    auto ask = app.feed_from(there, topology::port(who, &answerer::ports::asked), 8);
    auto answers = app.sink_to(topology::port(who, &answerer::ports::answers), there, 8);
    clients.push_back({std::move(ask), std::move(answers)});
  }
  std::promise<void> done;
  std::size_t finished = 0;
  for (std::size_t index = 0; index < clients.size(); ++index) {
    auto& one = clients[index];
    const auto first = static_cast<int>(index) * questions;
    io.on_rung(
      [&, first] {
        bool worked = one.answers.drain(4, [&](int item) {
          one.good &= item == (first + one.answered++) * 10;
          if (one.answered == questions && ++finished == clients.size()) {
            done.set_value();
          }
        }) > 0;
        while (one.asked < questions && one.ask.try_push(first + one.asked)) {
          ++one.asked;
          worked = true;
        }
        return worked;
      },
      [&] { return one.answers.empty() && (one.asked == questions || one.ask.full()); });
  }
  auto node = app.start(system);
  REQUIRE(node.has_value());
  io.start();
  REQUIRE(done.get_future().wait_for(20s) == std::future_status::ready);
  io.stop();
  io.join();
  static_cast<void>(node->stop());
  for (const auto& one : clients) {
    CHECK(one.good);
  }
}

TEST_CASE("a port of several edges may have none") {
  caf_config<> config{1};
  caf_system system{config};
  topology app;
  static_cast<void>(app.add<answerer>());
  auto node = app.start(system);
  REQUIRE(node.has_value());
  CHECK_FALSE(node->stop().gave_up);
}

TEST_CASE("a foreign thread hears that the actor at the other end has a new life") {
  caf_config<> config{2};
  caf_system system{config};
  topology app;
  const auto who = app.add<answerer>();
  std::promise<void> rung;
  const foreign_place there{"test", std::make_shared<doorbell>([&rung] { rung.set_value(); })};
  auto ask = app.feed_from(there, topology::port(who, &answerer::ports::asked), 4);
  auto answers = app.sink_to(topology::port(who, &answerer::ports::answers), there, 4);
  auto node = app.start(system, {.back_off_min = 1ms});
  REQUIRE(node.has_value());
  REQUIRE(there.bell->try_sleep([&answers] { return answers.empty(); }));
  REQUIRE(ask.try_push(-1));
  REQUIRE(rung.get_future().wait_for(20s) == std::future_status::ready);
  static_cast<void>(node->stop());
  CHECK(ask.restarted());
  CHECK(answers.restarted());
  CHECK(app.edges()[0].counts().reader_lives == 2);
  CHECK(app.edges()[1].counts().writer_lives == 2);
}

struct not_listed {
  static constexpr const char* name = "not_listed";
  struct ports {
    inboxes<int> in;
    outboxes<int> out;
    void each(auto&& visit) { visit("in", in); }
  };
  not_listed(ports, context&) {}
  static bool step() { return false; }
  static bool idle() { return true; }
};

TEST_CASE("a port of several edges that each() leaves out is found all the same") {
  caf_config<> config{1};
  caf_system system{config};
  topology app;
  static_cast<void>(app.add<not_listed>());
  const auto node = app.start(system);
  REQUIRE_FALSE(node.has_value());
  CHECK(node.error()
        == error{errc::unconnected_port, "not_listed.(a port that each() does not list)"});
}

// A wrong type does not compile.
template <class Out, class In>
constexpr bool connects = requires(topology app, port_of<answerer, Out> from,
                                   port_of<answerer, In> to) {
  app.connect(from, to, 4);
};
static_assert(connects<outbox<int>, inbox<int>>);
static_assert(connects<outboxes<int, when_full::drop>, inbox<int>>);
static_assert(connects<outbox<int>, inboxes<int>>);
static_assert(!connects<outbox<int>, inbox<long>>);
static_assert(!connects<inbox<int>, inbox<int>>);
static_assert(!connects<outbox<int>, outbox<int>>);

} // namespace
} // namespace caucus
