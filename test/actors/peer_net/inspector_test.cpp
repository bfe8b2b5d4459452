#include "actors/peer_net/peer_net_actor.hpp"
#include "runtime/clock.hpp"
#include "test/catch.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

/// Who is asked about a connection, and whose answer counts: peer_net's actor without any link.

namespace caucus {
namespace {

template <class T>
std::shared_ptr<ring<T>> quiet_edge(std::size_t capacity) {
  const auto bell = std::make_shared<doorbell>([] {});
  return std::make_shared<ring<T>>(capacity, bell, bell);
}

/// An application's actor that is asked; hears at most two questions at once.
struct inspector {
  std::shared_ptr<ring<connection_question>> questions = quiet_edge<connection_question>(2);
  std::shared_ptr<ring<connection_verdict>> verdicts = quiet_edge<connection_verdict>(8);
  inbox<connection_question> asked{questions};
  outbox<connection_verdict> says{verdicts};

  [[nodiscard]] std::size_t hear() {
    return asked.drain(8, [](const connection_question&) {});
  }
  void allow(std::uint64_t id) { REQUIRE(says.try_push(connection_verdict{link_id{id}, true})); }
};

struct gate {
  std::shared_ptr<ring<link_event>> events = quiet_edge<link_event>(64);
  std::shared_ptr<ring<link_command>> commands = quiet_edge<link_command>(64);
  std::shared_ptr<ring<directive>> directives = quiet_edge<directive>(64);
  std::shared_ptr<ring<peer_news>> news = quiet_edge<peer_news>(2); ///< nobody takes them
  std::vector<inspector> inspectors;
  outbox<link_event> transport{events};
  inbox<link_command> told{commands};
  outbox<directive> anybody{directives};
  context around{steady_now, system_now};
  std::unique_ptr<peer_net_actor> actor;

  explicit gate(std::size_t count) : inspectors(count) {
    live();
    REQUIRE(transport.try_push(link_event{told_all{}}));
  }
  void live() {
    actor.reset();
    peer_net_actor::ports ports;
    ports.events = inbox<link_event>{events};
    ports.commands = outbox<link_command>{commands};
    ports.directives.add(inbox<directive>{directives});
    ports.news.add(outbox<peer_news, when_full::drop>{news});
    for (auto& one : inspectors) {
      ports.questions.add(outbox<connection_question, when_full::drop>{one.questions});
      ports.verdicts.add(inbox<connection_verdict>{one.verdicts});
    }
    peer_net_settings settings;
    settings.manager.self = peer_id{{std::byte{50}}};
    actor = std::make_unique<peer_net_actor>(std::move(ports), around, settings);
  }
  void greet(std::uint64_t id) {
    hello_heard out;
    out.info.id = link_id{id};
    out.info.peer = peer_id{{static_cast<std::byte>(id)}};
    out.info.address = "10.0.0.1:999";
    REQUIRE(transport.try_push(link_event{std::move(out)}));
  }
  template <class T>
  [[nodiscard]] std::size_t count() {
    while (actor->step()) {
    }
    std::size_t out = 0;
    told.drain(64,
               [&out](const link_command& one) { out += std::holds_alternative<T>(one) ? 1 : 0; });
    return out;
  }
};

TEST_CASE("an inspector asked again by peer_net's next life has not allowed a link for another") {
  gate at{2};
  at.greet(1);
  CHECK(at.count<accept_link>() == 0);
  at.live();
  at.greet(1); // the transport tells all again
  CHECK(at.count<accept_link>() == 0);
  CHECK(at.inspectors[0].hear() == 2);
  at.inspectors[0].allow(1);
  at.inspectors[0].allow(1);
  CHECK(at.count<accept_link>() == 0);
  CHECK(at.inspectors[1].hear() == 2);
  at.inspectors[1].allow(1);
  CHECK(at.count<accept_link>() == 1);
}

TEST_CASE("news that an actor does not take refuse nobody") {
  gate at{1};
  for (int i = 0; i < 8; ++i) {
    REQUIRE(at.anybody.try_push(directive{dial{peer_id{{std::byte{9}}}, {}}}));
  }
  CHECK(at.count<end_link>() == 0);
  REQUIRE(at.news->counts().turned_away == 6);
  at.greet(1);
  CHECK(at.count<end_link>() == 0);
  CHECK(at.inspectors[0].hear() == 1);
  at.inspectors[0].allow(1);
  CHECK(at.count<accept_link>() == 1);
}

TEST_CASE("a connection about which an inspector cannot be asked is refused") {
  gate at{2};
  at.greet(1);
  at.greet(2);
  CHECK(at.count<end_link>() == 0);
  CHECK(at.inspectors[0].hear() == 2); // the other one takes none
  at.greet(3);
  CHECK(at.count<end_link>() == 1);
}

TEST_CASE("an inspector that is asked and cannot answer is an error at the start") {
  peer_net_actor::ports ports;
  const auto questions = quiet_edge<connection_question>(2);
  ports.questions.add(outbox<connection_question, when_full::drop>{questions});
  context around{steady_now, system_now};
  const auto begin = [&] { peer_net_actor{std::move(ports), around, {}}; };
  CHECK_THROWS_AS(begin(), std::runtime_error);
}

} // namespace
} // namespace caucus
