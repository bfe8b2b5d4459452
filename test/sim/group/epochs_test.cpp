#include "runtime/base/text.hpp"
#include "test/catch.hpp"
#include "test/sim/group/adversary/closing_liar.hpp"
#include "test/sim/group/adversary/equivocator.hpp"
#include "test/sim/group/adversary/recruiter.hpp"
#include "test/sim/group/group_world.hpp"
#include "test/sim/keys.hpp"
#include "test/sim/sim_network.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// Groups that change their members: whole nodes, with operators who type what operators type.

namespace caucus::sim {
namespace {

using nlohmann::json;

constexpr duration second{1'000'000};

struct changing : group_world {
  explicit changing(std::size_t newcomers, std::size_t members = 4, std::uint64_t seed = 1)
      : group_world{{.seed = seed, .members = members, .followers = newcomers, .changes = true}} {
    run_for(2 * second);
  }
  static std::string id_of(node_index who) { return to_text(peer_of(who)); }
  void ask(const std::vector<node_index>& whom, const std::string& what, const json& body) {
    for (const auto who : whom) {
      order(who, what, body.dump());
    }
  }
  void bring_in(node_index who, const std::vector<node_index>& whom) {
    const auto name = "f" + std::to_string(who);
    const auto address = sim_network::address_of(who);
    order(who, "join", json{{"name", name}, {"address", address}, {"timeout_ms", 60'000}}.dump());
    ask(whom, "admit", {{"who", id_of(who)}, {"name", name}, {"address", address}});
  }
  bool until_members(std::size_t count, duration at_most = 30 * second) {
    run_for(at_most, [&] { return voters().size() == count; });
    return verdicts().ok() && voters().size() == count;
  }
  /// Something that each node's users propose is done.
  bool goes_on() {
    for (node_index i = 0; i < size(); ++i) {
      submit(i);
    }
    return settle(60 * second);
  }
};

TEST_CASE("a group grows from four to five, seven and ten, and shrinks to four") {
  changing w{6};
  const std::size_t sizes[] = {5, 5, 7, 7, 7, 10};
  for (node_index who = 4; who < 10; ++who) {
    std::vector<node_index> askers;
    for (node_index i = 0; i <= w.voters().liars(); ++i) {
      askers.push_back(i);
    }
    w.bring_in(who, askers);
    INFO(who);
    REQUIRE(w.until_members(sizes[who - 4]));
    w.run_for(3 * second); // who waits is a standby meanwhile
    CHECK(w.goes_on());
  }
  for (node_index who = 9; who >= 4; --who) {
    const auto before = w.voters().size();
    std::vector<node_index> askers;
    for (node_index i = 0; i <= w.voters().liars(); ++i) {
      askers.push_back(i);
    }
    w.ask(askers, "kick", {{"who", changing::id_of(who)}, {"lower_f", true}});
    INFO(who);
    REQUIRE(w.until_members(before - 1));
    CHECK(w.goes_on());
  }
  CHECK(w.voters().in_epoch().value() == 9);
  INFO(w.verdicts().violation());
  CHECK(w.verdicts().ok());
}

TEST_CASE(
  "a newcomer that is gone before it has a place, and one killed in its first epoch, stop nobody") {
  changing w{3};
  w.bring_in(4, {0, 1});
  REQUIRE(w.until_members(5));
  w.crash(4);
  CHECK(w.goes_on());
  w.bring_in(5, {0, 1}); // a standby
  w.run_for(5 * second);
  w.crash(5);
  w.restart(4);
  w.bring_in(6, {2, 3});
  REQUIRE(w.until_members(7));
  CHECK(w.goes_on()); // six of seven
  w.crash(6);
  CHECK(w.goes_on()); // five
  w.restart(5);
  w.restart(6);
  CHECK(w.goes_on());
  CHECK(w.verdicts().ok());
}

TEST_CASE("the first member is kicked, all restart, and the places of the others are others") {
  changing w{1, 5};
  w.ask({1, 2}, "kick", {{"who", changing::id_of(0)}, {"lower_f", false}});
  REQUIRE(w.until_members(4));
  CHECK(w.voters().index_of(peer_of(1)) == member_index{0});
  for (node_index i = 0; i < w.size(); ++i) {
    w.crash(i);
  }
  for (node_index i = 0; i < w.size(); ++i) {
    w.restart(i);
  }
  CHECK(w.goes_on());
  w.crash(4); // three of the four that are left
  CHECK(w.goes_on());
  CHECK(w.verdicts().ok());
}

TEST_CASE("the first leader of a new epoch is down, and it begins all the same") {
  changing w{1, 5};
  // Of the epoch after it the leader of view 1 is the second member: node 2, once node 0 is gone.
  w.ask({1, 3}, "kick", {{"who", changing::id_of(0)}, {"lower_f", false}});
  w.run_for(20 * second, [&] { return w.voters().size() == 4; });
  w.crash(2);
  CHECK(w.goes_on());
  w.restart(2);
  CHECK(w.goes_on());
  CHECK(w.verdicts().ok());
}

TEST_CASE("a member's friend becomes none by that member alone, whatever it says") {
  const member whom{peer_of(4), "f4", sim_network::address_of(4)};
  const auto liar = std::make_shared<recruiter>(whom);
  group_world w{{.seed = 5, .members = 4, .followers = 1, .changes = true, .liars = {{1, liar}}}};
  w.run_for(2 * second);
  const json said{{"name", whom.name}, {"address", whom.address}};
  auto wish = said;
  wish["timeout_ms"] = 60'000;
  auto asked = said;
  asked["who"] = to_text(whom.peer);
  w.order(4, "join", wish.dump());
  w.order(1, "admit", asked.dump());
  for (int i = 0; i < 100; ++i) {
    w.say(1, liar->next(w.voters().peers()));
    w.submit(0);
    w.run_for(second / 10);
  }
  CHECK(w.voters() == committee_of(w.from())); // nobody else is out, either
  CHECK_FALSE(w.was_member(4));
  CHECK(w.top().value() > 50); // and it was heard
  // By one more who wants it it does.
  w.order(0, "admit", asked.dump());
  w.run_for(30 * second, [&] { return w.voters().size() == 5; });
  CHECK(w.was_member(4));
  INFO(w.verdicts().violation());
  CHECK(w.verdicts().ok());
}

TEST_CASE("who lies about where epochs end moves no end, and holds up nobody for ever") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    INFO("seed " << seed);
    const auto liar = std::make_shared<closing_liar>();
    group_world w{
      {.seed = seed, .members = 5, .followers = 1, .changes = true, .liars = {{4, liar}}}};
    w.run_for(2 * second);
    w.crash(3); // it catches up from the liar, too
    const json kick{{"who", to_text(peer_of(0))}, {"lower_f", false}};
    w.order(1, "kick", kick.dump());
    w.order(2, "kick", kick.dump());
    w.run_for(second);
    w.restart(3);
    for (node_index i = 0; i < 40 && w.verdicts().ok(); ++i) {
      w.submit(i % 5);
      w.run_for(second / 4);
    }
    INFO(w.verdicts().violation());
    INFO(w.unsettled());
    REQUIRE(w.settle(60 * second));
    CHECK_FALSE(w.voters().has(peer_of(0)));
    CHECK(liar->told_lies > 0);
    CHECK_FALSE(liar->lies().empty());
    CHECK(w.verdicts().ok());
  }
}

TEST_CASE("a liar is kicked by the proof of it, without anybody's asking") {
  group_world w{
    {.seed = 3, .members = 7, .changes = true, .liars = {{2, std::make_shared<equivocator>()}}}};
  for (int i = 0; i < 30 && w.voters().size() == 7; ++i) {
    w.submit(0);
    w.run_for(second);
  }
  CHECK(w.voters().size() == 6);
  CHECK_FALSE(w.voters().has(peer_of(2)));
  CHECK(w.settle(60 * second));
  CHECK(w.is_out(2));
  INFO(w.verdicts().violation());
  CHECK(w.verdicts().ok());
}

} // namespace
} // namespace caucus::sim
