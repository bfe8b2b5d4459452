#include "actors/consensus/node_states.hpp"

#include "test/catch.hpp"

#include <chrono>
#include <limits>
#include <string>
#include <vector>

namespace caucus {
namespace {

using namespace std::chrono_literals;

peer_id id_of(unsigned number) {
  return peer_id{{std::byte(number)}};
}

/// The first of four members, and links that are moved by hand.
struct first_of_four {
  std::optional<node_states> core;
  time_point now{1h};
  wall_ms wall{1'000'000};
  std::vector<node_state_asked> asked;
  std::vector<address_learned> learned;

  first_of_four() {
    std::vector<member> all;
    for (unsigned i = 0; i < 4; ++i) {
      all.push_back({id_of(i + 1), "node" + std::to_string(i), ""});
    }
    core.emplace(committee{first_epoch, std::move(all)}, id_of(1));
  }
  void link(unsigned peer, const std::string& listens_at = "") {
    link_info who;
    who.id = link_id{peer};
    who.peer = id_of(peer);
    who.listens_at = listens_at;
    core->up(who);
  }
  void ask(request_tag tag) {
    asked.clear();
    core->ask(0, tag, now, asked);
  }
  void learn() {
    asked.clear();
    core->learn(now, asked);
  }
  void answer(std::size_t index, const node_state& what) {
    learned.clear();
    core->heard(asked.at(index).tag, what, now, wall, learned);
  }
};

TEST_CASE("a group that is asked for is told once all have answered or cannot") {
  first_of_four at;
  at.link(2);
  at.link(3);
  at.ask(7);
  REQUIRE(at.asked.size() == 2);
  CHECK(at.core->take_done().empty());
  at.now += 10ms;
  at.wall += wall_ms{10};
  node_state said;
  said.height = height{5};
  said.votes = true;
  said.clock = wall_ms{1'003'000};
  at.answer(0, said);
  CHECK(at.core->take_done().empty());
  at.core->failed(at.asked[1].tag, errc::timed_out);
  const auto done = at.core->take_done();
  REQUIRE(done.size() == 1);
  CHECK(done[0].tag == 7);
  REQUIRE(done[0].words.size() == 3);
  CHECK(done[0].words[0].state == said);
  CHECK(done[0].words[0].round_trip == 10ms);
  CHECK(done[0].words[0].clock_ahead == 2'995ms); // 2,990 and half the way
  CHECK_FALSE(done[0].words[1].state);
  CHECK(done[0].words[1].code == errc::timed_out);
  CHECK(done[0].words[2].code == errc::link_lost); // there is none
}

TEST_CASE("whatever clock a member claims, nothing overflows") {
  for (const auto clock : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                           std::numeric_limits<std::int64_t>::max()}) {
    first_of_four at;
    at.link(2);
    at.ask(1);
    node_state said;
    said.clock = wall_ms{clock};
    at.answer(0, said);
    const auto done = at.core->take_done();
    REQUIRE(done.size() == 1);
    CHECK((done[0].words[0].clock_ahead > 0ms) == (clock > 0));
  }
}

TEST_CASE("without any link a group that is asked for is told at once") {
  first_of_four at;
  at.ask(7);
  CHECK(at.asked.empty());
  REQUIRE(at.core->take_done().size() == 1);
}

TEST_CASE("a peer that asks all the time is answered a few times a second") {
  first_of_four at;
  at.link(2);
  unsigned answered = 0;
  for (int i = 0; i < 1'000; ++i) {
    answered += at.core->may_answer(link_id{2}, at.now) ? 1 : 0;
  }
  CHECK(answered == node_states_per_second);
  at.now += 1s;
  CHECK(at.core->may_answer(link_id{2}, at.now));
  CHECK_FALSE(at.core->may_answer(link_id{3}, at.now)); // no link any more
}

TEST_CASE("more groups at once than are kept are told busy, and ask nobody") {
  first_of_four at;
  at.link(2);
  for (std::size_t i = 0; i < censuses_max; ++i) {
    at.ask(i);
    CHECK(at.asked.size() == 1);
  }
  at.ask(99);
  CHECK(at.asked.empty());
  const auto done = at.core->take_done();
  REQUIRE(done.size() == 1);
  CHECK(done[0].words[0].code == errc::busy);
}

TEST_CASE("while a member has no link the others are asked where it is, now and then") {
  first_of_four at;
  CHECK_FALSE(at.core->next_wake()); // there is nobody to ask
  at.link(2);
  REQUIRE(at.core->next_wake());
  at.learn();
  REQUIRE(at.asked.size() == 1);
  node_state said;
  said.members = {{id_of(1), "10.0.0.1:1"},  // ourselves
                  {id_of(2), "10.0.0.2:1"},  // who is linked
                  {id_of(3), "10.0.0.3:1"},  // who is not
                  {id_of(3), "10.0.0.33:1"}, // a second word on him
                  {id_of(4), ""},            // who listens nowhere
                  {id_of(9), "10.0.0.9:1"}}; // no member
  at.answer(0, said);
  REQUIRE(at.learned.size() == 1);
  CHECK(at.learned[0].peer == id_of(3));
  CHECK(at.learned[0].address == "10.0.0.3:1");
  at.learn();
  CHECK(at.asked.empty()); // not yet
  at.now += learning_interval;
  at.learn();
  CHECK(at.asked.size() == 1);
  at.link(3);
  at.link(4);
  CHECK_FALSE(at.core->next_wake()); // all are here
}

TEST_CASE("what is told of members is where they can be dialled") {
  first_of_four at;
  at.link(2, "10.0.0.2:7400");
  at.link(9, "10.0.0.9:7400"); // no member
  const auto told = at.core->linked_members();
  REQUIRE(told.size() == 1);
  CHECK(told[0] == peer_hint{id_of(2), "10.0.0.2:7400"});
}

} // namespace
} // namespace caucus
