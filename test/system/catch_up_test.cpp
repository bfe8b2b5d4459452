#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/ledger.hpp"
#include "test/harness/load.hpp"

#include <nlohmann/json.hpp>

#include <string>

/// Nodes that were away, and nodes that never vote, come to know what the group knows.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::uint64_t missed = 10'000;

TEST_CASE("a node that was down for 10,000 mutations catches up") {
  cluster group;
  group.start_all();
  group.kill(3);
  load users{group, {.nodes = {0, 1, 2}, .clients = 16, .count = missed}};
  group.wait_until(
    "10,000 receipts", [&] { return users.done(); }, 150s);
  const auto all = users.finish();
  REQUIRE(all.size() == missed);

  group.start(3);
  const auto what = same_ledger(group, group.all());
  CHECK(what.entries.size() == missed);
  CHECK(compare(what, all) == "");
  // It is a member again, not just a follower: without it, two others make no quorum of three.
  group.kill(0);
  auto to = group.talk(3);
  CHECK(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
}

/// A cluster whose links are up, and a client of it.
struct with_client {
  cluster group;
  std::size_t client;

  with_client() {
    group.start_all();
    client = group.add_client(1);
    group.start(client);
    wait_linked();
  }
  void wait_linked() {
    group.wait_until("the client is linked", [&] { return group.view(client).peers > 0; });
  }
  [[nodiscard]] std::string own_entry(const std::string& key) {
    return json::parse(group.view(client).json).at("peer_id").get<std::string>() + '/' + key;
  }
  [[nodiscard]] json get(std::size_t node, const std::string& variable, const std::string& key,
                         std::uint64_t at_least) {
    const auto got =
      group.cli(node, "get", {variable, key, "--json", "--at-least", std::to_string(at_least)});
    INFO(got.err);
    REQUIRE(got.how.code == 0); // `get` has verified proof and certificate
    return json::parse(got.out);
  }
};

TEST_CASE("a node in client mode follows, serves verified reads and proposes through members") {
  with_client on;
  auto& group = on.group;
  auto member = group.talk(0);
  const auto tagged = cluster::propose(member, "tags", "insert", {"blue"});
  REQUIRE(tagged.outcome == "applied");
  CHECK(on.get(on.client, "tags", "blue", tagged.height + 1).at("value") == true);

  const auto said =
    group.cli(on.client, "propose", {"profile", "put", on.own_entry("name"), "Ada", "--json"});
  INFO(said.err);
  REQUIRE(said.how.code == 0);
  const auto receipt = json::parse(said.out);
  CHECK(receipt.at("status") == "applied");
  const auto seen = receipt.at("height").get<std::uint64_t>() + 1;
  CHECK(on.get(0, "profile", on.own_entry("name"), seen).at("value") == "Ada");
  CHECK(on.get(on.client, "profile", on.own_entry("name"), seen).at("value") == "Ada");

  // The rules bind it as anybody: another's entry, and what members alone may write.
  const auto foreign = group.cli(
    on.client, "propose", {"profile", "put", std::string(52, 'a') + "/name", "Eve", "--json"});
  CHECK(foreign.how.code == 3);
  CHECK(group.cli(on.client, "propose", {"score", "add", "1", "--json"}).how.code == 3);
  static_cast<void>(group.wait_equal({0, 1, 2, 3, on.client}));
}

TEST_CASE("a node in client mode survives kill -9 under its own load and misses nothing") {
  with_client on;
  auto& group = on.group;
  const auto mine = on.own_entry("");
  load own{
    group,
    {.nodes = {on.client}, .clients = 4, .wanted = [mine](auto client, auto number) {
       return wanted{"profile", "put", {mine + std::to_string(client), std::to_string(number)}};
     }}};
  load others{group};
  const auto commits = [&](std::uint64_t more) {
    const auto target = own.count() + more;
    group.wait_until("the client's mutations commit", [&] { return own.count() >= target; });
  };
  commits(50);
  group.kill(on.client);
  group.start(on.client);
  commits(50);
  auto all = own.finish();
  for (auto& one : others.finish()) {
    all.push_back(std::move(one));
  }
  const auto what = same_ledger(group, {0, 1, 2, 3, on.client});
  CHECK(what.entries.size() == all.size());
  CHECK(compare(what, all) == "");
}

TEST_CASE("a node in client mode goes on by the other members when the one it joined by is gone") {
  with_client on;
  auto& group = on.group;
  group.kill(1);
  auto to = group.talk(on.client);
  const auto done = cluster::propose(to, "profile", "put", {on.own_entry("name"), "Ada"});
  CHECK(done.outcome == "applied");
  static_cast<void>(group.wait_equal({0, 2, 3, on.client}));
}

} // namespace
} // namespace caucus::harness
