#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/ledger.hpp"
#include "test/harness/load.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
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

TEST_CASE(
  "without a quorum status says who is missing and why, and the group is asked as a whole") {
  cluster group;
  group.start_all();
  const auto client = group.add_client();
  group.start(client);
  group.wait_until("the client follows", [&] { return group.view(client).height > 0; });
  // It dials all members at once, and may follow by another than node 0.
  group.wait_until("node 0 has its link to the client",
                   [&] { return json::parse(group.view(0).json).at("others") == 1; });
  const auto whole = json::parse(group.cli(0, "status", {"--group", "--json"}).out);
  INFO(whole.dump(1));
  CHECK(whole.at("peers") == 3); // no client among them
  CHECK(whole.at("others") == 1);
  REQUIRE(whole.at("group").size() == 4);
  for (const auto& one : whole.at("group")) {
    CHECK(one.at("answered") == true);
    CHECK(one.at("votes") == true);
    CHECK(one.at("links") == 3);
    CHECK(one.at("version") == whole.at("version"));
    CHECK(one.at("address").get<std::string>().starts_with("127.0.0.1:"));
    CHECK(std::abs(one.at("clock_ahead_ms").get<double>()) < 5'000); // one machine
  }
  group.kill(2);
  group.kill(3);
  group.wait_until("they are tried again", [&] {
    const auto told = json::parse(group.view(0).json);
    return told.at("peers") == 1 && told.at("missing").size() == 2
           && told.at("missing")[0].at("dials") > 0 && told.at("missing")[1].at("dials") > 0
           && !told.at("missing")[0].at("reason").get<std::string>().empty();
  });
  const auto shown = group.cli(0, "status", {}).out;
  INFO(shown);
  CHECK(shown.find("no quorum   2 of 4 members") != std::string::npos);
  CHECK(shown.find("missing     node2 at 127.0.0.1:" + std::to_string(group.port(2)))
        != std::string::npos);
  CHECK(shown.find("missing     node3") != std::string::npos);
  const auto rest = json::parse(group.cli(client, "status", {"--group", "--json"}).out);
  INFO(rest.dump(1));
  CHECK(rest.at("group")[1].at("answered") == true);
  CHECK(rest.at("group")[2].at("answered") == false);
  CHECK_FALSE(rest.at("group")[2].at("reason").get<std::string>().empty());
}

TEST_CASE("members that all moved find one another over a star or a ring of net.join") {
  const bool star = GENERATE(true, false);
  INFO((star ? "a star" : "a ring"));
  cluster_options options;
  options.genesis = [](std::string text) { // where nobody is any more
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      const auto line = text.substr(at, end - at);
      out += (line.starts_with("address") ? "address = \"127.0.0.1:1\"" : line) + "\n";
      at = end == std::string::npos ? text.size() : end + 1;
    }
    return out;
  };
  cluster group{options};
  for (std::size_t node = 0; node < 4; ++node) {
    const auto other = star ? std::size_t{0} : (node + 1) % 4;
    group.start(node, {"--join", "127.0.0.1:" + std::to_string(group.port(other))});
  }
  for (std::size_t node = 0; node < 4; ++node) {
    group.wait_until("all have links to all", [&] { return group.view(node).peers == 3; });
  }
  auto to = group.talk(3);
  CHECK(cluster::propose(to, "score", "add", {"5"}).outcome == "applied");
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
