#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/ledger.hpp"
#include "test/harness/load.hpp"

#include <nlohmann/json.hpp>

#include <string>

/// What a group does with too few of its members, and when they are back.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE(
  "with two of four stopped nothing commits and is said so, and all goes on when one returns") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"5"}).outcome == "applied");
  CHECK(group.stop(2).ok());
  CHECK(group.stop(3).ok());
  const auto before = read_ledger(group, 0);

  const std::vector<std::string> proposal{"score",        "add",   "2",         "--json",
                                          "--request-id", "waits", "--timeout", "3"};
  const auto said = group.cli(0, "propose", proposal);
  CHECK(said.how.code == 4);
  CHECK(json::parse(said.out).at("status") == "unknown");
  CHECK(json::parse(said.out).at("request_id") == "waits");
  CHECK(said.err.find("the outcome is unknown") != std::string::npos);
  CHECK(said.err.find("--request-id waits") != std::string::npos); // how to ask again
  CHECK(read_ledger(group, 0).text == before.text);
  CHECK(read_ledger(group, 1).text == before.text);
  group.wait_until("a node says that the group stands still",
                   [&] { return json::parse(group.view(0).json).at("standstill").get<bool>(); });
  // A certified read needs no quorum now: the certificate is there.
  CHECK(group.cli(0, "get", {"score", "--json"}).how.code == 0);

  group.start(2);
  const auto again =
    group.cli(0, "propose", {"score", "add", "2", "--json", "--request-id", "waits"});
  INFO(again.err);
  REQUIRE(again.how.code == 0);
  CHECK(json::parse(again.out).at("status") == "applied");
  const auto after = same_ledger(group, {0, 1, 2});
  CHECK(after.entries.size() == before.entries.size() + 1); // though it was proposed twice
  group.start(3);
  CHECK(same_ledger(group, group.all()).text == after.text);
}

TEST_CASE("a group that was stopped as a whole has everything when it is back") {
  cluster group;
  group.start_all();
  load users{group, {.count = 500}};
  const auto all = users.finish(60s);
  const auto before = same_ledger(group, group.all());
  const auto score = group.view(0).state_root;
  for (const auto node : group.all()) {
    CHECK(group.stop(node).ok());
  }
  group.start_all();
  const auto after = same_ledger(group, group.all());
  CHECK(after.text == before.text);
  CHECK(compare(after, all) == "");
  CHECK(group.view(3).state_root == score);
  auto to = group.talk(2);
  CHECK(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
}

TEST_CASE("a group that was killed as a whole under load has everything when it is back") {
  cluster group;
  group.start_all();
  load users{group};
  group.wait_until("a hundred receipts", [&] { return users.count() >= 100; });
  for (const auto node : group.all()) {
    group.kill(node);
  }
  for (const auto node : group.all()) {
    group.start(node);
  }
  const auto target = users.count() + 100;
  group.wait_until("a hundred more", [&] { return users.count() >= target; });
  const auto all = users.finish();
  const auto what = same_ledger(group, group.all());
  CHECK(what.entries.size() == all.size());
  CHECK(compare(what, all) == "");
}

TEST_CASE("a node that is paused stalls nobody else, and catches up once it runs again") {
  cluster group;
  group.start_all();
  group.pause(3);
  load users{group, {.nodes = {0, 1, 2}, .clients = 4, .count = 1'000}};
  group.wait_until("a thousand receipts", [&] { return users.done(); });
  const auto all = users.finish();
  group.resume(3);
  const auto what = same_ledger(group, group.all());
  CHECK(what.entries.size() == all.size());
  CHECK(compare(what, all) == "");
  group.wait_ready();
  group.kill(0);
  auto to = group.talk(3);
  CHECK(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
}

} // namespace
} // namespace caucus::harness
