#include "test/catch.hpp"
#include "test/sim/group/adversary/snapshot_forger.hpp"
#include "test/sim/group/adversary/twin.hpp"
#include "test/sim/group/group_world.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>

// Nodes that keep few blocks: who was down for long goes on from a state that others give. And a member that
// runs twice.

namespace caucus::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kept = 16;

/// Whoever is down now finds nobody that has its next block, in the ledger or in memory.
void leave_behind(group_world& w, node_index proposer = 0) {
  const auto enough = w.top().value() + 64 + 2 * kept;
  while (w.top().value() < enough && w.verdicts().ok()) {
    w.submit(proposer);
    w.run_for(100ms);
  }
}

TEST_CASE("who was down until nobody has its next block goes on from the state of others") {
  group_world w{{.seed = 1, .followers = 1, .keep_blocks = kept}};
  w.submit(0);
  REQUIRE(w.settle(10s));
  for (const node_index who : {3U, 4U}) {
    w.submit(who, 3); // whether they were executed, a state does not say
    w.run_for(20ms);
    w.crash(who);
  }
  leave_behind(w);
  w.restart(3);
  w.restart(4);
  REQUIRE(w.settle(30s));
  CHECK(w.states_taken() == 2);
  CHECK(w.ledger(3).front()->block->header.height > height{64 + kept});
  for (node_index who = 0; who < w.size(); ++who) {
    w.submit(who);
    w.read(who, true);
  }
  REQUIRE(w.settle(10s));
  w.run_for(5s, [&] { return w.all_read(); });
  CHECK(w.all_read());
  CHECK(w.failed_reads() == 0);
  w.finish();
  INFO(w.verdicts().violation());
  CHECK(w.verdicts().ok());
}

TEST_CASE("where the power fails while a state is taken the next start goes on") {
  group_world w{{.seed = 2, .followers = 1, .keep_blocks = kept}};
  w.submit(0);
  REQUIRE(w.settle(10s));
  std::uint64_t crashes = 0;
  for (std::size_t operations = 1; operations <= 48; ++operations) {
    INFO("at operation " << operations);
    w.crash(4);
    leave_behind(w);
    w.restart(4);
    w.crash_at_disk(4, operations);
    w.run_for(10s, [&] { return !w.alive(4); });
    crashes += w.alive(4) ? 0 : 1;
    w.crash_at_disk(4, 0);
    w.restart(4);
    REQUIRE(w.settle(30s));
    CHECK(w.states_taken() >= operations);
  }
  CHECK(crashes > 40);
  w.finish();
  INFO(w.verdicts().violation());
  CHECK(w.verdicts().ok());
}

TEST_CASE(
  "a state of rules that a program lacks is left where it is, until a newer program comes") {
  group_world w{{.seed = 3, .followers = 1, .changes = true, .codes = true, .keep_blocks = kept}};
  w.submit(0);
  REQUIRE(w.settle(10s));
  for (node_index who = 0; who < 4; ++who) {
    w.upgrade(who);
    w.crash(who);
    w.restart(who);
  }
  w.run_for(2s);
  w.crash(4);
  for (const node_index who : {0U, 1U}) {
    w.order(who, "rules", R"({"rules": "sim:2"})");
  }
  w.run_for(20s, [&] { return w.voters().in_epoch() > first_epoch; });
  REQUIRE(w.voters().in_epoch() > first_epoch);
  leave_behind(w);
  w.restart(4);
  const auto before = w.ledger(4).back()->block->header.height;
  w.run_for(20s);
  CHECK(w.alive(4));
  CHECK(w.states_taken() == 0);
  CHECK(w.ledger(4).back()->block->header.height == before);
  w.upgrade(4);
  w.crash(4);
  w.restart(4);
  REQUIRE(w.settle(60s));
  CHECK(w.states_taken() == 1);
  w.finish();
  INFO(w.verdicts().violation());
  CHECK(w.verdicts().ok());
}

TEST_CASE("who forges states misleads nobody, and is blamed alone") {
  std::size_t blamed = 0;
  std::size_t forged = 0;
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    INFO("seed " << seed);
    const auto liar = std::make_shared<snapshot_forger>();
    group_world w{{.seed = seed, .followers = 1, .liars = {{1, liar}}, .keep_blocks = kept}};
    w.submit(0);
    REQUIRE(w.settle(10s));
    w.crash(3);
    w.crash(4);
    leave_behind(w);
    const auto before = liar->forged;
    w.restart(3);
    w.restart(4);
    REQUIRE(w.settle(120s));
    CHECK(w.states_taken() == 2);
    forged += liar->forged - before;
    for (const node_index who : {0U, 2U, 3U, 4U}) {
      for (const auto& one : w.blamed_by(who)) {
        CHECK(one.peer == peer_of(1));
        ++blamed;
      }
    }
    w.finish();
    INFO(w.verdicts().violation());
    CHECK(w.verdicts().ok());
  }
  CHECK(blamed > 0);
  CHECK(forged > 10);
}

TEST_CASE("a member that runs twice, from copies of one folder, stops nobody") {
  const auto two = std::make_shared<twin>();
  group_world w{
    {.seed = 4, .followers = 1, .twin_of = node_index{0}, .liars = {{0, two}, {4, two}}}};
  std::size_t both_linked = 0;
  std::size_t noticed = 0;
  for (int i = 0; i < 30; ++i) {
    INFO("round " << i);
    if (i % 3 == 0) {
      w.copy_folder(0, 4);
      w.restart(4);
    } else if (i % 3 == 1) {
      w.crash(0);
      w.restart(0);
    }
    w.submit(1 + static_cast<node_index>(i) % 3);
    REQUIRE(w.settle(20s));
    w.run_for(1s);
    both_linked += w.link_count(0) > 0 && w.link_count(4) > 0 ? 1 : 0;
    for (const node_index who : {0U, 4U}) {
      noticed +=
        w.core(who).status().problem.find("another copy of this node runs") != std::string::npos
          ? 1
          : 0;
    }
  }
  CHECK(w.top().value() >= 30);
  CHECK(both_linked > 5);
  CHECK(noticed > 0);
  w.finish();
  INFO(w.verdicts().violation());
  CHECK(w.verdicts().ok());
}

} // namespace
} // namespace caucus::sim
