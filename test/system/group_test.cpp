#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/ledger.hpp"
#include "test/harness/load.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

// A group that changes its members while its users go on: real nodes, real operators' commands.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using words = std::vector<std::string>;

/// Texts that no other mutation has.
wanted note(std::size_t client, std::uint64_t number) {
  return {"tags", "insert", {std::to_string(client) + '-' + std::to_string(number)}};
}

/// Four members, and newcomers with ports of their own.
struct changing : cluster {
  std::vector<std::unique_ptr<process>> joining;

  explicit changing(std::size_t newcomers, std::size_t members = 4)
      : cluster{{.nodes = members, .newcomers = newcomers}} {
    start_all();
  }
  [[nodiscard]] run_result group_command(std::size_t node, const std::string& what, words more) {
    words all{"group", what, "--config", config(node).string()};
    all.insert(all.end(), more.begin(), more.end());
    return cli(all);
  }
  json done(std::size_t node, const std::string& what, words more = {}) {
    more.emplace_back("--json");
    const auto told = group_command(node, what, more);
    INFO(what << " said: " << told.out << told.err << logs());
    REQUIRE(told.how.ok());
    return json::parse(told.out);
  }
  static std::string name_of(std::size_t node) { return "f" + std::to_string(node); }
  /// Starts one and has it ask to become a member.
  std::size_t newcomer() {
    const auto made = add_newcomer();
    start(made);
    wait_until("the newcomer answers", [&] { return view(made).height > 0 || running(made); });
    join(made);
    return made;
  }
  void join(std::size_t node, const std::string& name = {}) {
    joining.push_back(std::make_unique<process>(
      words{program().string(), "group", "join", "--config", config(node).string(), "--name",
            name.empty() ? name_of(node) : name, "--timeout", "120"},
      folder() / ("join" + std::to_string(node) + ".log")));
    wait_until("the group hears of the newcomer", [&] {
      const auto shown = done(0, "show");
      for (const auto& one : shown.at("newcomers")) {
        if (one.at("ready").get<bool>()
            && one.at("name") == (name.empty() ? name_of(node) : name)) {
          return true;
        }
      }
      return false;
    });
  }
  [[nodiscard]] json status(std::size_t node) { return json::parse(view(node).json); }
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
  void wait_members(std::size_t count, const std::vector<std::size_t>& at) {
    wait_until(std::to_string(count) + " members", [&] {
      for (const auto node : at) {
        if (status(node).at("members") != count) {
          return false;
        }
      }
      return true;
    });
  }
};

TEST_CASE(
  "one operator of four changes nothing, a second one raises the epoch, and all can be proven") {
  changing group{1};
  const auto eva = group.newcomer();
  const auto first = group.done(0, "admit", {"f4"});
  CHECK(first.at("what") == "admit f4");
  CHECK(first.at("passed") == false);
  CHECK(first.at("asked").size() == 1);
  CHECK(first.at("asks_wanted") == 2);
  CHECK(group.status(0).at("epoch") == 0);
  CHECK(group.done(1, "show").at("asked_for")[0].at("asked").size() == 1);
  const auto refused = group.group_command(eva, "admit", {"f4"});
  CHECK(refused.how.code == 3);
  CHECK(refused.err.find("this node is no member") != std::string::npos);
  group.done(1, "admit", {"f4"});
  group.wait_members(5, {0, 1, 2, 3, eva});
  CHECK(group.joining.front()->wait(10s)->code == 0);
  CHECK(group.status(eva).at("member") == "f4");
  REQUIRE(group.cli(eva, "propose", {"score", "add", "5"}).how.ok()); // as a member
  const auto answer = group.cli(eva, "get", {"score", "--json", "--fresh"});
  INFO(answer.out << answer.err);
  REQUIRE(answer.how.ok());
  const auto saved = group.folder() / "answer.json";
  std::ofstream{saved} << answer.out;
  CHECK(json::parse(answer.out).at("epochs").size() == 1);
  const auto holds =
    group.cli(words{"verify", "--genesis", group.genesis().string(), saved.string(), "--json"});
  INFO(holds.out << holds.err);
  REQUIRE(holds.how.ok());
  CHECK(json::parse(holds.out).at("epoch") == 1);
  const auto point =
    cluster::cli(words{"checkpoint", "--config", group.config(2).string(), "--json"});
  REQUIRE(point.how.ok());
  std::ofstream{group.folder() / "checkpoint.json"} << point.out;
  const auto from_point =
    cluster::cli(words{"verify", "--genesis", group.genesis().string(), "--checkpoint",
                       (group.folder() / "checkpoint.json").string(), saved.string()});
  INFO(from_point.out << from_point.err);
  CHECK(from_point.how.ok());
  auto without = json::parse(answer.out);
  without.erase("epochs");
  std::ofstream{saved} << without.dump();
  const auto fails =
    cluster::cli(words{"verify", "--genesis", group.genesis().string(), saved.string()});
  CHECK(fails.how.code == 6);
  CHECK(fails.err.find("epoch") != std::string::npos);
  const auto history = group.done(3, "history").at("epochs");
  REQUIRE(history.size() == 2);
  CHECK(history[1].at("came")[0].at("name") == "f4");
  CHECK(history[1].at("left").empty());
  const auto shown = group.group_command(3, "history", {}).out;
  INFO(shown);
  CHECK(shown.find("epoch 0  from height 1  4 members:") == 0);
  CHECK(shown.find("\nepoch 1  from height " + history[1].at("from_height").dump() + ", 20")
        != std::string::npos);
  CHECK(shown.find("5 members: ") != std::string::npos);
  CHECK(shown.find("\n  + f4 (") != std::string::npos);
  CHECK(shown.size() < 1'000); // what ended the epoch is in --json

  for (const std::size_t node : {0U, 1U}) {
    group.done(node, "announce", {"season 2"});
  }
  group.wait_until("it is announced", [&] {
    return group.cli(2, "log", {"--json"}).out.find("\"announced\":\"season 2\"")
           != std::string::npos;
  });
  const auto log = group.cli(3, "log", {}).out;
  INFO(log);
  CHECK(log.find("the group announced: ") != std::string::npos);
  CHECK(log.find("season 2") != std::string::npos);
}

TEST_CASE(
  "a group grows from four to seven and shrinks back under load, old and new members are killed") {
  changing group{3};
  load users{group, {.clients = 2, .wanted = note}};
  const auto commits = [&](std::uint64_t more) {
    const auto target = users.count() + more;
    group.wait_until("the group goes on committing", [&] { return users.count() >= target; });
  };
  commits(50);
  const auto fifth = group.newcomer();
  for (const std::size_t node : {0U, 1U}) {
    group.done(node, "admit", {"f4"});
  }
  group.wait_members(5, {0, 1, 2, 3, fifth});
  group.kill(fifth); // in its first epoch: four of five go on
  commits(50);
  group.start(fifth);
  const auto sixth = group.newcomer();
  const auto seventh = group.newcomer();
  for (const std::size_t node : {0U, 1U}) {
    group.done(node, "admit", {"f5"});
  }
  commits(20);
  CHECK(group.status(0).at("members") == 5); // six bear no more than five: it waits
  CHECK(group.done(0, "show").at("standbys").size() == 1);
  for (const std::size_t node : {2U, 3U}) {
    group.done(node, "admit", {"f6"});
  }
  group.wait_members(7, {0, 1, 2, 3, fifth, sixth, seventh});
  group.kill(1);
  group.kill(sixth);
  commits(100); // five of seven
  group.start(1);
  group.start(sixth);
  commits(50);
  for (const std::size_t node : {0U, 2U, 3U}) { // f falls from two to one
    group.done(node, "kick", {"f6", "--lower-f"});
  }
  group.wait_members(6, {0, 1, 2, 3, fifth, sixth, seventh});
  group.done(sixth, "retire");
  group.wait_members(5, {0, 1, 2, 3, fifth, sixth, seventh});
  group.done(fifth, "retire");
  group.wait_members(4, {0, 1, 2, 3, fifth, sixth, seventh});
  commits(50);
  const auto all = users.finish();
  group.wait_equal({0, 1, 2, 3, fifth, sixth, seventh});
  const auto what = same_ledger(group, {0, 1, 2, 3, fifth, sixth, seventh});
  CHECK(compare(what, all) == "");
  CHECK(group.status(seventh).at("votes") == false);
  CHECK(group.status(0).at("epoch") == 5);
}

TEST_CASE(
  "what is read in a late epoch is followed from the genesis, beyond what an answer shows") {
  changing group{1};
  const auto eva = group.newcomer();
  for (std::uint64_t in = 0; in < 12; in += 2) {
    if (in != 0) {
      group.join(eva);
    }
    for (const std::size_t node : {0U, 1U}) {
      group.done(node, "admit", {"f4"});
    }
    group.wait_epoch(in + 1, {0, 1, 2, 3, eva});
    group.done(eva, "retire");
    group.wait_epoch(in + 2, {0, 1, 2, 3, eva});
  }
  REQUIRE(group.cli(0, "propose", {"score", "add", "5", "--json"}).how.ok());
  const auto answer = group.cli(0, "get", {"score", "--json", "--fresh"});
  INFO(answer.out << answer.err);
  REQUIRE(answer.how.ok());
  CHECK(json::parse(answer.out).at("epochs").size() < 12); // 8 KiB of them
  const auto point = group.cli(2, "checkpoint", {"--json"});
  REQUIRE(point.how.ok());
  CHECK(json::parse(point.out).at("epoch") == 12);
  CHECK(json::parse(point.out).at("members").size() == 4);
}

TEST_CASE("a stolen key is replaced, and what its thief signs afterwards is nothing") {
  changing group{1};
  REQUIRE(group.cli(3, "propose", {"score", "add", "1"}).how.ok());
  group.kill(3);
  const auto heir = group.newcomer();
  for (const std::size_t node : {0U, 1U}) {
    group.done(node, "replace", {"node3", "f4"});
  }
  group.wait_epoch(1, {0, 1, 2, heir});
  REQUIRE(group.cli(heir, "propose", {"score", "add", "2"}).how.ok());
  group.start(3); // the thief
  group.wait_until("the thief is turned away, and told why", [&] {
    const auto told = group.status(3);
    return told.at("peers") == 0 && !told.at("missing").empty()
           && told.at("missing")[0].at("reason").get<std::string>().find("barred")
                != std::string::npos;
  });
  const auto doctor = group.cli(3, "doctor", {});
  CHECK(doctor.out.find("refuse this node: the group has barred it") != std::string::npos);
  const auto told = group.cli(3, "propose", {"score", "add", "100", "--timeout", "1"});
  INFO(told.out << told.err);
  CHECK_FALSE(told.how.ok());
  const auto read = group.cli(0, "get", {"score", "--json"});
  CHECK(json::parse(read.out).at("value") == 3);
}

TEST_CASE(
  "a join that nobody answers ends with exit code 4, and one that is interrupted is forgotten") {
  changing group{1};
  const auto made = group.add_newcomer();
  group.start(made);
  group.wait_until("it runs", [&] { return group.status(made).at("peers") == 4; });
  const auto told = group.group_command(made, "join", {"--timeout", "1"});
  CHECK(told.how.code == 4);
  const auto bad = group.group_command(made, "join", {"--name", "Not A Name"});
  CHECK(bad.how.code == 2);
  CHECK(bad.err.find("allowed: small letters") != std::string::npos);
}

TEST_CASE("rules change by vote: what two operators ask for holds for all, and answers prove it") {
  changing group{0};
  const auto file = group.folder() / "rules.toml";
  const auto write = [&file](const std::string& text) {
    std::ofstream{file} << text;
    return words{file.string()};
  };
  const auto was = group.done(0, "rules").at("rules").get<std::string>();
  const auto plain = group.group_command(0, "rules", {});
  CHECK(plain.out == was); // such a file as it takes
  const auto wanted = write(was + "[[variables]]\nname = \"news\"\nkind = \"map\"\n");
  INFO("tried, nobody is asked");
  CHECK(group.done(0, "rules", {file.string(), "--try"}).at("holds") == true);
  CHECK(group.done(0, "show").at("asked_for").empty());
  INFO("one operator of four changes nothing, the other sees what is asked for");
  CHECK(group.done(0, "rules", wanted).at("passed") == false);
  const auto seen = group.done(1, "show").at("asked_for")[0];
  CHECK(seen.at("what") == "change the rules: declare news");
  CHECK(seen.at("declares").get<std::string>().find("kind = \"map\"") != std::string::npos);
  CHECK(group.cli(2, "propose", {"news", "put", "today", "sun"}).how.code != 0);
  group.done(1, "rules", wanted);
  group.wait_epoch(1, {0, 1, 2, 3});
  REQUIRE(group.cli(2, "propose", {"news", "put", "today", "sun"}).how.ok());
  INFO("whoever has the genesis alone checks what is read of it");
  const auto answer = group.cli(3, "get", {"news", "today", "--json", "--fresh"});
  INFO(answer.out << answer.err);
  REQUIRE(answer.how.ok());
  const auto saved = group.folder() / "answer.json";
  std::ofstream{saved} << answer.out;
  const auto verify = [&group, &saved] {
    return cluster::cli(
      words{"verify", "--genesis", group.genesis().string(), saved.string(), "--json"});
  };
  const auto holds = verify();
  INFO(holds.out << holds.err);
  REQUIRE(holds.how.ok());
  CHECK(json::parse(holds.out).at("value") == "sun");
  auto altered = json::parse(answer.out);
  altered["kind"] = "set";
  std::ofstream{saved} << altered.dump();
  CHECK(verify().how.code == 6);
  INFO("a restart knows it");
  group.kill(2);
  group.start(2);
  REQUIRE(group.cli(2, "propose", {"news", "put", "tomorrow", "rain", "--timeout", "30"}).how.ok());
  CHECK(group.cli(2, "log", {"--json"}).out.find(R"("variable":"news","mutation":"put")")
        != std::string::npos);
  INFO("what the state does not keep to is named");
  const auto narrow = write("[[variables]]\nname = \"news\"\nkind = \"map\"\nentries = 1\n");
  const auto tried = group.group_command(0, "rules", {file.string(), "--add", "--try"});
  CHECK(tried.how.code == 3);
  CHECK(tried.err.find("news has 2 entries; entries would be 1") != std::string::npos);
  for (const std::size_t node : {0U, 1U}) {
    group.done(node, "rules", {file.string(), "--add"});
  }
  group.wait_until("it is refused", [&] { return group.done(3, "show").contains("refused"); });
  const auto refused = group.done(3, "show").at("refused");
  CHECK(refused.at("why") == "news has 2 entries; entries would be 1");
  CHECK(group.status(3).at("epoch") == 1);
  INFO("and what is removed is gone, but for the log");
  for (const std::size_t node : {2U, 3U}) {
    group.done(node, "rules", {"--add", "--remove", "news"});
  }
  group.wait_epoch(2, {0, 1, 2, 3});
  const auto gone = group.cli(0, "get", {"news", "today"});
  CHECK_FALSE(gone.how.ok());
  CHECK(gone.err.find("the group has removed the variable news") != std::string::npos);
  CHECK(group.cli(0, "log", {"--json"}).out.find(R"("variable":"news","mutation":"put")")
        != std::string::npos);
  CHECK(group.done(0, "rules").at("rules") == was);
  const auto bad = group.group_command(0, "rules", write("[[variables]]\nname = 7\n"));
  CHECK(bad.how.code == 2);
  CHECK(bad.err.find("the rules:2") != std::string::npos);
}

} // namespace
} // namespace caucus::harness
