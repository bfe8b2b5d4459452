#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/ledger.hpp"
#include "test/harness/load.hpp"

#include <string>

/// Bad wires: slow, cut in one direction or in both, severed, and a group cut in halves.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;

/// Commits through nodes 0 to 2, whatever ails the wires of node 3.
void others_commit(cluster& group, std::uint64_t count) {
  load users{group, {.nodes = {0, 1, 2}, .clients = 4, .count = count}};
  group.wait_until("the others go on", [&] { return users.done(); });
  const auto all = users.finish();
  CHECK(all.size() == count);
}

void heals(cluster& group) {
  group.wait_ready();
  const auto what = same_ledger(group, group.all());
  auto to = group.talk(3);
  CHECK(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  CHECK(same_ledger(group, group.all()).entries.size() == what.entries.size() + 1);
}

TEST_CASE("a slow link stalls nobody else") {
  cluster group{{.proxied = true}};
  group.start_all();
  group.isolate(3, {.delay = 300ms, .bytes_per_second = 16 * 1024});
  others_commit(group, 1'000);
  group.isolate(3, {});
  heals(group);
}

TEST_CASE("a link that is cut in one direction stalls nobody else") {
  cluster group{{.proxied = true}};
  group.start_all();
  SECTION("nobody hears the node") {
    for (const std::size_t other : {0U, 1U, 2U}) {
      group.between(3, other, {.cut = true});
    }
  }
  SECTION("the node hears nobody") {
    for (const std::size_t other : {0U, 1U, 2U}) {
      group.between(other, 3, {.cut = true});
    }
  }
  SECTION("one does not hear one other") {
    group.between(3, 0, {.cut = true});
  }
  others_commit(group, 1'000);
  group.isolate(3, {});
  heals(group);
}

TEST_CASE("a group cut in halves commits nothing, and goes on when the wires are mended") {
  cluster group{{.proxied = true}};
  group.start_all();
  const auto cut = [&](wire how) {
    for (const std::size_t left : {0U, 1U}) {
      for (const std::size_t right : {2U, 3U}) {
        group.between(left, right, how);
        group.between(right, left, how);
      }
    }
  };
  auto left = group.talk(0);
  auto right = group.talk(3);
  REQUIRE(cluster::propose(left, "score", "add", {"1"}).outcome == "applied");
  static_cast<void>(group.wait_equal(group.all()));
  const auto before = same_ledger(group, group.all());
  cut({.cut = true});
  CHECK(cluster::propose(left, "motto", "set", {"left"}, "l", 3s).outcome == "outcome_unknown");
  CHECK(cluster::propose(right, "motto", "set", {"right"}, "r", 3s).outcome == "outcome_unknown");
  for (const auto node : group.all()) {
    CHECK(read_ledger(group, node).text == before.text);
  }
  cut({});
  CHECK(cluster::propose(left, "motto", "set", {"left"}, "l").outcome == "applied");
  CHECK(cluster::propose(right, "motto", "set", {"right"}, "r").outcome == "applied");
  group.wait_ready();
  CHECK(same_ledger(group, group.all()).entries.size() == before.entries.size() + 2);
}

TEST_CASE("severed links come back, and what was under way arrives") {
  cluster group{{.proxied = true}};
  group.start_all();
  load users{group};
  for (int round = 0; round < 5; ++round) {
    const auto target = users.count() + 50;
    group.wait_until("the group goes on", [&] { return users.count() >= target; });
    for (const std::size_t one : {0U, 1U, 2U, 3U}) {
      for (std::size_t other = 0; other < one; ++other) {
        group.sever(one, other);
      }
    }
  }
  const auto target = users.count() + 50;
  group.wait_until("the group goes on", [&] { return users.count() >= target; });
  const auto all = users.finish();
  group.wait_ready();
  const auto what = same_ledger(group, group.all());
  CHECK(what.entries.size() == all.size());
  CHECK(compare(what, all) == "");
}

} // namespace
} // namespace caucus::harness
