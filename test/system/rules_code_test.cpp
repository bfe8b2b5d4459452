#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

// Rules in C++ that a group takes by its vote: programs of two versions, in real processes.

namespace caucus {
namespace {

using namespace std::chrono_literals;
using harness::cluster;
using harness::run_result;
using nlohmann::json;
using words = std::vector<std::string>;

struct noting : cluster {
  std::array<std::string, 5> versions{"1", "1", "1", "1", "2"}; ///< of each node's next start

  noting()
      : cluster{
        {.newcomers = 1,
         .environment = [this](std::size_t node) { return words{"RULES=" + versions[node]}; },
         .program_of = [](std::size_t) { return std::filesystem::path{CAUCUS_VERSIONED}; },
         .genesis =
           [](const std::string& made) {
             const auto variables = made.find("[[");
             return "rules = \"noting:1\"\n" + made.substr(0, variables) + R"([[variables]]
name = "notes"
kind = "custom"
operations = [{ name = "note", arguments = ["bytes"] }]

)" + made.substr(variables);
           }}} {
    start_all();
  }
  [[nodiscard]] run_result rules(std::size_t node, const words& more) {
    words all{"group", "rules", "--config", config(node).string(), "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return cluster::cli(std::move(all));
  }
  json done(std::size_t node, const words& more) {
    const auto told = rules(node, more);
    INFO(told.out << told.err << logs());
    REQUIRE(told.how.ok());
    return json::parse(told.out);
  }
  [[nodiscard]] json show(std::size_t node) {
    const auto told =
      cluster::cli(words{"group", "show", "--config", config(node).string(), "--json"});
    INFO(told.out << told.err);
    REQUIRE(told.how.ok());
    return json::parse(told.out);
  }
  [[nodiscard]] json status(std::size_t node) { return json::parse(view(node).json); }
  [[nodiscard]] std::string in_force(std::size_t node) {
    return status(node).at("notary").at("rules_in_force").get<std::string>();
  }
  void restart_with(std::size_t node, const std::string& version) {
    kill(node);
    versions.at(node) = version;
    start(node);
  }
  void note(std::size_t node, const std::string& key) {
    const auto told = cluster::cli(node, "propose", {"notes", "note", key});
    INFO(told.out << told.err << logs());
    REQUIRE(told.how.ok());
  }
  [[nodiscard]] std::string noted(std::size_t node, const std::string& key) {
    const auto told = cluster::cli(node, "get", {"notes", key, "--json", "--fresh"});
    INFO(told.out << told.err << logs());
    REQUIRE(told.how.ok());
    return json::parse(told.out).at("value").get<std::string>();
  }
  void wait_epoch(std::uint64_t which, const std::vector<std::size_t>& at) {
    wait_until("epoch " + std::to_string(which), [&] {
      for (const auto node : at) {
        if (status(node).at("epoch") != which) {
          return false;
        }
      }
      return true;
    });
  }
  [[nodiscard]] std::string logs() {
    std::string out;
    for (std::size_t i = 0; i < size(); ++i) {
      const auto all = log(i);
      out += "\n-- node " + std::to_string(i) + "\n"
             + all.substr(all.size() - std::min<std::size_t>(all.size(), 1'500));
    }
    return out;
  }
};

} // namespace

TEST_CASE("C++ rules change by vote, program by program, and who lacks them stops and goes on") {
  noting group;
  const words next{"--rules", "noting:2"};
  group.note(0, "a");
  CHECK(group.noted(1, "a") == "version 1");
  CHECK(group.show(0).at("rules") == "noting:1");
  CHECK(group.in_force(0) == "noting:1");

  INFO("asked for while no program has them: everybody waits, and says for what");
  for (const std::size_t node : {0U, 1U}) {
    CHECK(group.done(node, next).at("passed") == false);
  }
  const auto asked = group.show(2).at("asked_for")[0];
  CHECK(asked.at("what") == "change the rules: use noting:2");
  CHECK(asked.at("rules") == "noting:2");
  CHECK(asked.at("waits_here_for").get<std::string>().find("this program brings noting:1")
        != std::string::npos);
  CHECK(asked.at("command") == "group rules --rules noting:2");

  INFO("new programs judge as the old ones until then");
  for (const std::size_t node : {0U, 1U, 2U}) {
    group.restart_with(node, "2");
    group.note(node, "b" + std::to_string(node));
  }
  CHECK(group.noted(3, "b2") == "version 1");
  CHECK(group.status(0).at("epoch") == 0);
  CHECK(group.show(0).at("asked_for").size() == 1);

  INFO("what the new rules make of the state is tried, and may be refused");
  REQUIRE(group.cli(0, "propose", {"motto", "set", "stay as we are"}).how.ok());
  words without = next;
  without.insert(without.end(), {"--without", "node3"});
  words attempt = without;
  attempt.emplace_back("--try");
  const auto tried = group.rules(0, attempt);
  CHECK(tried.how.code == 3);
  CHECK(tried.err.find("the motto says to stay") != std::string::npos);
  CHECK(group.rules(3, {"--rules", "noting:2", "--try"}).err.find("brings noting:1")
        != std::string::npos);

  INFO("the last member is left out, and stops before them");
  REQUIRE(group.cli(0, "propose", {"motto", "set", "go on"}).how.ok());
  CHECK(group.done(0, attempt).at("holds") == true);
  for (const std::size_t node : {0U, 1U}) {
    group.done(node, without);
  }
  group.wait_epoch(1, {0, 1, 2});
  group.note(0, "c");
  CHECK(group.noted(1, "a") == "version 1, moved");
  CHECK(group.noted(2, "c") == "version 2");
  CHECK(group.in_force(2) == "noting:2");
  CHECK(group.status(2).at("rules") == "noting:1"); // of the network's id
  const auto needs = [&group](std::size_t node) {
    return group.view(node).problems.find(
             "it takes the C++ rules noting:2, and this program brings noting:1")
           != std::string::npos;
  };
  group.wait_until("the last one says what it needs", [&] { return needs(3); });
  CHECK(group.status(3).at("epoch") == 0);
  group.restart_with(3, "1");
  group.wait_until("it stops there again", [&] { return needs(3); });

  INFO("killed just behind the change, and with the rules: they go on alike");
  group.restart_with(0, "2");
  group.restart_with(3, "2");
  group.wait_epoch(1, {0, 3});
  CHECK(group.noted(3, "a") == "version 1, moved");
  group.note(3, "d");
  CHECK(group.noted(0, "d") == "version 2");

  INFO("a lost disk, and at first the former program: it stops, and goes on with the newer one");
  group.kill(2);
  for (const auto& one : std::filesystem::directory_iterator{group.directory(2)}) {
    const auto name = one.path().filename();
    if (name != "identity.key" && name != "node.toml") {
      std::filesystem::remove_all(one.path());
    }
  }
  group.versions.at(2) = "1";
  group.start(2);
  group.wait_until("it says what it needs", [&] { return needs(2); });
  group.restart_with(2, "2");
  group.wait_epoch(1, {2});
  CHECK(group.noted(2, "d") == "version 2");

  INFO("whoever has but the genesis checks what is read, of before and after");
  const auto answer = group.cli(2, "get", {"notes", "d", "--json"});
  REQUIRE(answer.how.ok());
  const auto saved = group.folder() / "answer.json";
  std::ofstream{saved} << answer.out;
  const auto holds =
    cluster::cli(words{"verify", "--genesis", group.genesis().string(), saved.string(), "--json"});
  INFO(holds.out << holds.err);
  CHECK(holds.how.ok());

  INFO("a program that lacks them does not open a folder behind them");
  group.wait_until("the state is stored",
                   [&] { return group.status(1).at("height") == group.status(0).at("height"); });
  CHECK(group.stop(1).ok());
  group.versions.at(1) = "1";
  group.start(1);
  const auto how = group.of(1).wait(30s);
  REQUIRE(how);
  CHECK(how->code == 2);
  CHECK(group.log(1).find("start one that brings those too") != std::string::npos);
  group.versions.at(1) = "2";
  group.start(1);

  INFO("a new node with all versions executes both");
  const auto made = group.add_newcomer();
  group.start(made);
  group.wait_until("it is there", [&] { return group.status(made).at("epoch") == 1; });
  CHECK(group.noted(made, "a") == "version 1, moved");
}

} // namespace caucus
