#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// The command line beside a group that runs.

namespace caucus::harness {
namespace {

using nlohmann::json;
using words = std::vector<std::string>;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct running_group : cluster {
  explicit running_group(cluster_options options = {}) : cluster{std::move(options)} {
    start_all();
  }

  [[nodiscard]] run_result ask(const std::string& command, words arguments) const {
    auto told = cli(0, command, std::move(arguments));
    INFO(told.out << told.err);
    CHECK_FALSE(has(told.out + told.err, "\x1b")); // nobody here is a terminal
    return told;
  }
  /// Fails with that code and says each of these.
  void check_fails(const std::string& command, const words& arguments, int code,
                   const words& parts) const {
    const auto told = ask(command, arguments);
    INFO(command << " " << json(arguments).dump() << " said: " << told.out << told.err);
    CHECK(told.how.code == code);
    for (const auto& part : parts) {
      INFO(part);
      CHECK(has(told.out + told.err, part));
    }
  }
  [[nodiscard]] json get(const words& arguments) const {
    auto with = arguments;
    with.emplace_back("--json");
    const auto told = ask("get", with);
    INFO(told.err);
    REQUIRE(told.how.ok());
    return json::parse(told.out);
  }
};

TEST_CASE("a proposal's fate is told by exit code, reason and receipt") {
  const running_group group;
  const auto applied =
    group.ask("propose", {"score", "add", "5", "--request-id", "five", "--json"});
  REQUIRE(applied.how.code == 0);
  const auto receipt = json::parse(applied.out);
  CHECK(receipt.at("status") == "applied");
  CHECK(receipt.at("reason") == "");
  CHECK(receipt.at("height").get<std::uint64_t>() > 0);
  CHECK(receipt.at("index") == 0);
  CHECK(group.get({"score"}).at("value") == 5);

  SECTION("what a rule refuses changes nothing, and says which rule") {
    const auto refused = group.ask("propose", {"score", "add", "-7", "--json"});
    CHECK(refused.how.code == 3);
    CHECK(json::parse(refused.out).at("status") == "refused");
    CHECK_FALSE(json::parse(refused.out).at("reason").get<std::string>().empty());
    group.check_fails("propose", {"score", "add", "-7"}, 3, {"refused", "0"});
    group.check_fails("propose", {"score", "add", "11"}, 3, {"refused", "10"});
    CHECK(group.get({"score"}).at("value") == 5);
  }
  SECTION("a request id stands for one mutation, once") {
    const auto again =
      group.ask("propose", {"score", "add", "5", "--request-id", "five", "--json"});
    CHECK(again.how.code == 0);
    CHECK(json::parse(again.out) == receipt);
    group.check_fails("propose", {"score", "add", "4", "--request-id", "five"}, 1, {"five"});
    CHECK(group.get({"score"}).at("value") == 5);
  }
  SECTION("what the genesis does not declare is told with what it does") {
    group.check_fails("propose", {"scoer", "add", "1"}, 2, {"did you mean \"score\"?"});
    group.check_fails("get", {"nix"}, 2, {"no variable \"nix\"; there are: score, motto, "});
    group.check_fails("propose", {"score", "sub", "1"}, 2,
                      {"score has no mutation \"sub\"; there are: add\n"});
    group.check_fails("propose", {"score", "add"}, 2, {"score add takes 1 argument, given: 0"});
    group.check_fails("propose", {"score", "add", "much"}, 2, {"much", "integer"});
    group.check_fails("propose", {"score", "add", "1", "2"}, 2, {"score", "add", "1"});
    group.check_fails("get", {"scoer"}, 2, {"scoer", "score"});
  }
  SECTION("what nobody wrote is told apart from what is not there") {
    group.check_fails("get", {"tags"}, 0, {"(no entries)\n"});
    group.check_fails("get", {"motto"}, 0, {"(absent)\n"});
    const auto own = json::parse(group.ask("status", {"--json"}).out).at("peer_id");
    group.check_fails("get", {"profile", "name"}, 0,
                      {"(absent: " + own.get<std::string>() + "/name)\n"});
  }
  SECTION("what a writer wrote never looks like another line, word or verdict") {
    const auto write = [&group](const std::string& text) {
      CHECK(group.ask("propose", {"tags", "insert", text}).how.ok());
    };
    write("x\n9.0  abcdefgh  score add 7");
    write("red  refused: not allowed");
    write("\x1b[2Jmoved\xe2\x80\xae"
          "back");
    write("say \"no\"");
    const auto told = group.ask("log", {}).out;
    INFO(told);
    CHECK(std::count(told.begin(), told.end(), '\n') == 5);
    for (const auto* const part :
         {R"(tags insert "x\n9.0  abcdefgh  score add 7")", R"(insert "red  refused: not allowed")",
          R"(insert "\x1b[2Jmoved\u202eback")", R"(insert "say \"no\"")"}) {
      INFO(part);
      CHECK(has(told, part));
    }
    CHECK(has(group.ask("get", {"tags"}).out, R"("x\n9.0  abcdefgh  score add 7")"));
    REQUIRE(group.ask("propose", {"motto", "set", "one\ntwo"}).how.ok());
    CHECK(has(group.ask("get", {"motto"}).out, "\"one\\ntwo\"\n"));
    REQUIRE(group.ask("propose", {"motto", "set", ""}).how.ok());
    CHECK(has(group.ask("log", {}).out, "motto set \"\"\n"));
  }
  SECTION("the log tells what was committed, in order") {
    REQUIRE(group.ask("propose", {"tags", "insert", "blue"}).how.ok());
    const auto shown = group.ask("log", {}).out; // "2026-11-28T16:47:03Z  2.0  abcdefgh node0  ..."
    INFO(shown);
    CHECK(shown.substr(0, 2) == "20");
    CHECK(shown.substr(10, 1) == "T");
    CHECK(shown.substr(19, 3) == "Z  ");
    const auto told = group.ask("log", {"--json"});
    REQUIRE(told.how.ok());
    std::istringstream lines{told.out};
    std::vector<json> all;
    for (std::string line; std::getline(lines, line);) {
      all.push_back(json::parse(line));
    }
    REQUIRE(all.size() == 2);
    CHECK(all[0].at("variable") == "score");
    CHECK(all[0].at("arguments") == json::array({5}));
    CHECK(all[1].at("variable") == "tags");
    CHECK(all[1].at("mutation") == "insert");
    CHECK(all[1].at("arguments") == json::array({"blue"}));
    CHECK(all[1].at("status") == "applied");
    const auto later = group.ask("log", {"--from", all[1].at("height").dump()});
    CHECK(has(later.out, "tags insert blue"));
    CHECK(has(later.out, " node0  tags")); // who proposed it
    CHECK_FALSE(has(later.out, "score"));
  }
}

/// An opaque variable beside those that `caucus init` declares.
cluster_options with_talk() {
  cluster_options out;
  out.genesis = [](std::string made) {
    made.insert(made.find("[[members]]"), "[[variables]]\nname = \"talk\"\nkind = \"opaque\"\n\n");
    return made;
  };
  return out;
}

TEST_CASE("a receipt that cannot be written is told beside it, and asks for no second mutation") {
  const running_group group;
  const std::string command = cluster::program().string() + " propose --config '"
                              + group.config(0).string() + "' --request-id once score add 5";
  for (const auto* const how : {" > /dev/full", " --json > /dev/full"}) {
    const auto told = run({"sh", "-c", command + how});
    INFO(told.err);
    CHECK(told.how.code == 4); // not 1: who takes it for failed would propose it anew
    CHECK(has(told.err, "it was applied at height"));
    CHECK(has(told.err, "--request-id once"));
  }
  CHECK(group.get({"score", "--fresh"}).at("value") == 5);
}

TEST_CASE("each kind of variable can be written and read back verified") {
  const running_group group{with_talk()};
  REQUIRE(group.ask("propose", {"motto", "set", "in parts, and whole"}).how.ok());
  CHECK(group.get({"motto"}).at("value") == "in parts, and whole");
  REQUIRE(group.ask("propose", {"tags", "insert", "red"}).how.ok());
  REQUIRE(group.ask("propose", {"tags", "insert", "blue"}).how.ok());
  REQUIRE(group.ask("propose", {"tags", "erase", "red"}).how.ok());
  CHECK(group.get({"tags"}).at("value") == json::array({"blue"}));
  CHECK(group.get({"tags", "blue"}).at("value") == true);
  CHECK(group.get({"tags", "red"}).at("value").is_null());
  REQUIRE(group.ask("propose", {"profile", "put", "name", "Ada"}).how.ok());
  CHECK(group.get({"profile", "name"}).at("value") == "Ada");
  const auto own = json::parse(group.ask("status", {"--json"}).out).at("peer_id");
  const auto entry = "profile put " + own.get<std::string>().substr(0, 8) + "/name Ada\n";
  CHECK(has(group.ask("log", {}).out, entry));
  // What leaves no state is read in the log.
  const auto posted = group.ask("propose", {"talk", "post", "hi"}).out;
  INFO(posted);
  const std::string hint = "read it: caucus log --config " + group.config(0).string() + " --from ";
  REQUIRE(has(posted, hint));
  const auto from = posted.substr(posted.find(hint) + hint.size());
  CHECK(has(group.ask("log", {"--from", from.substr(0, from.find('\n'))}).out, "talk post hi\n"));
  const auto answer = group.get({"motto", "--fresh"});
  CHECK(answer.at("height").get<std::uint64_t>() > 0);
  CHECK(answer.at("time_ms").get<std::uint64_t>() > 0);
  group.check_fails("get", {"motto", "--at-least", "1000000", "--timeout", "0.3"}, 4, {"1000000"});
}

TEST_CASE("bytes go in and come out as bytes, and text as text") {
  const running_group group{with_talk()};
  const auto set = [&group](const std::string& word) {
    const auto told = group.ask("propose", {"motto", "set", word});
    INFO(word << ": " << told.err);
    CHECK(told.how.code == 0);
    return group.get({"motto"}).at("value");
  };
  CHECK(set("hex:ff00") == json{{"hex", "ff00"}});
  CHECK(has(group.ask("get", {"motto"}).out, "hex:ff00\n"));
  CHECK(set("text:hex:ff00") == "hex:ff00");
  CHECK(has(group.ask("get", {"motto"}).out, "\"hex:ff00\"\n"));
  CHECK(set("(absent)") == "(absent)");
  CHECK(has(group.ask("get", {"motto"}).out, "\"(absent)\"\n"));
  CHECK(set(R"({"hex":"ff"})") == R"({"hex":"ff"})");
  CHECK_FALSE(has(group.ask("get", {"motto"}).out, "hex:ff\n"));
  const auto file = group.folder() / "value";
  std::ofstream{file} << "\xed\xa0\x80";
  CHECK(set("@" + file.string()) == json{{"hex", "eda080"}});
  CHECK(has(group.ask("log", {}).out, "motto set hex:eda080\n"));
  for (const auto* const bad : {"\xff", "\xed\xa0\x80", "\xc0\xaf"}) {
    const auto told = group.ask("propose", {"motto", "set", bad});
    CHECK(told.how.code == 2);
    CHECK(has(told.err, "argument 1 is no UTF-8"));
  }
  CHECK(group.get({"motto"}).at("value") == json{{"hex", "eda080"}}); // no U+FFFD was committed
  // A key that looks like another's and is nobody's is one's own, for both.
  const auto key = std::string(52, 'z') + "/x";
  REQUIRE(group.ask("propose", {"profile", "put", key, "mine"}).how.ok());
  CHECK(group.get({"profile", key}).at("value") == "mine");
  REQUIRE(group.ask("propose", {"profile", "put", "hex:ff", "bytes"}).how.ok());
  CHECK(group.get({"profile", "hex:ff"}).at("value") == "bytes");
}

TEST_CASE("a saved answer verifies offline, and no other does") {
  const running_group group;
  REQUIRE(group.ask("propose", {"score", "add", "7"}).how.ok());
  const auto answer = group.ask("get", {"score", "--json"}).out;
  const auto file = group.folder() / "answer.json";
  const auto verify = [&](const std::string& text, const std::filesystem::path& genesis) {
    std::ofstream{file} << text;
    return cluster::cli({"verify", "--genesis", genesis.string(), file.string()});
  };
  const auto good = verify(answer, group.genesis());
  INFO(good.out << good.err);
  CHECK(good.how.code == 0);
  CHECK(has(good.out, "verified score"));
  CHECK(has(good.out, "height"));

  auto other_value = json::parse(answer);
  other_value["value"] = 8;
  auto other_bytes = json::parse(answer);
  auto& raw = other_bytes["answer"].get_ref<std::string&>();
  raw[raw.size() / 2] = raw[raw.size() / 2] == '0' ? '1' : '0';
  auto cut = json::parse(answer);
  cut.erase("answer");
  auto ended = json::parse(answer);
  ended["answer"] = raw.substr(0, raw.size() / 2 / 2 * 2);
  const words no_answers{cut.dump(),      ended.dump(), answer.substr(0, answer.size() / 2),
                         answer + answer, "no JSON",    ""};
  auto all_tampered = no_answers;
  all_tampered.push_back(other_value.dump());
  all_tampered.push_back(other_bytes.dump());
  for (const auto& tampered : all_tampered) {
    const auto told = verify(tampered, group.genesis());
    INFO(tampered.substr(0, 100) << " gave " << told.out << told.err);
    CHECK(told.how.code == 6);
    CHECK(told.out.empty());
    CHECK(has(told.err, file.string()));
    if (std::find(no_answers.begin(), no_answers.end(), tampered) != no_answers.end()) {
      CHECK(has(told.err, "is this what `"));
      CHECK(has(told.err, "get --json` printed"));
    }
  }
  REQUIRE(cluster::cli({"init", (group.folder() / "other").string()}).how.ok());
  const auto piped = run({"sh", "-c",
                          cluster::program().string() + " get --config " + group.config(0).string()
                            + " score --json | " + cluster::program().string()
                            + " verify --genesis " + group.genesis().string() + " -"});
  CHECK(piped.how.ok());
  CHECK(has(piped.out, "verified score"));
  const auto foreign = verify(answer, group.folder() / "other" / "genesis.toml");
  CHECK(has(foreign.err, ": of another network, or altered"));
  CHECK(foreign.how.code == 6);
  CHECK(foreign.out.empty());
  const auto missing = cluster::cli(
    {"verify", "--genesis", group.genesis().string(), (group.folder() / "none.json").string()});
  CHECK(missing.how.code == 1);
  CHECK(has(missing.err, "none.json"));
  CHECK(has(missing.err, "caucus get --json"));
}

TEST_CASE("a node says when it is ready, how it is, and ends in order at a signal") {
  running_group group;
  CHECK(has(group.log(0), "ready"));
  CHECK(has(group.log(0), ":" + std::to_string(group.port(0))));
  const auto told = group.ask("status", {"--json"});
  REQUIRE(told.how.ok());
  const auto status = json::parse(told.out);
  CHECK(status.at("height").is_number_unsigned());
  CHECK(status.at("view").is_number_unsigned());
  CHECK(status.at("epoch") == 0);
  CHECK(status.at("state_root").get<std::string>().size() == 64);
  CHECK(status.at("peers") == 3);
  CHECK(status.at("mode") == "server");
  CHECK(status.at("member") == "node0");
  CHECK(status.at("peer_id").get<std::string>().size() == 52);
  CHECK(status.at("links").size() == 3);
  CHECK(status.at("edges").size() > 5);
  const auto shown = group.ask("status", {});
  for (const auto* const part : {"node0", "height", "view", "state root", "peers", "links"}) {
    INFO(part);
    CHECK(has(shown.out, part));
  }
  // A second node in the same folder is refused while the first runs.
  const auto second = cluster::cli({"node", "--config", group.config(0).string()});
  CHECK(second.how.code == 1);
  CHECK(has(second.err, std::to_string(group.of(0).pid())));
  CHECK(group.stop(0).code == 0);
  group.of(1).signal(SIGINT);
  const auto how = group.of(1).wait(std::chrono::seconds{20});
  REQUIRE(how);
  CHECK(how->code == 0);
  group.check_fails("status", {}, 5, {"no node runs"});
}

TEST_CASE("commands may follow their nodes' start at once") {
  cluster group;
  for (const auto node : group.all()) {
    group.start(node);
  }
  const auto fresh = group.cli(0, "get", {"score"});
  INFO(fresh.err);
  CHECK(fresh.how.ok());
  CHECK(has(fresh.out, "0 (never written)\n"));
  CHECK(group.cli(0, "propose", {"score", "add", "1"}).how.ok());
}

TEST_CASE("Ctrl-C leaves a proposal's outcome unknown, and says how to ask again") {
  running_group group;
  group.kill(2);
  group.kill(3);
  const auto output = group.folder() / "proposing";
  process proposing{{cluster::program().string(), "propose", "--config", group.config(0).string(),
                     "--request-id", "mine", "score", "add", "1"},
                    output};
  group.wait_until("the proposal waits in the node",
                   [&] { return json::parse(group.view(0).json).at("batches_waiting") > 0; });
  proposing.signal(SIGINT);
  const auto how = proposing.wait(std::chrono::seconds{10});
  REQUIRE(how);
  INFO(proposing.output());
  CHECK(how->code == 130);
  CHECK(has(proposing.output(), "the outcome is unknown"));
  CHECK(has(proposing.output(), "--request-id mine score add 1"));
}

TEST_CASE("without a quorum a proposal ends in time, unknown, with the way to ask again") {
  running_group group;
  group.kill(2);
  group.kill(3);
  const auto told = group.ask("propose", {"score", "add", "1", "--timeout", "2"});
  INFO(told.out << told.err);
  CHECK(told.how.code == 4);
  const auto at = told.err.find("--request-id ");
  REQUIRE(at != std::string::npos);
  CHECK(has(told.err, "unknown"));
  CHECK(has(told.err, " --timeout 2 score add 1\n"));
  std::istringstream rest{told.err.substr(at)};
  std::string flag;
  std::string id;
  rest >> flag >> id;
  group.start(2);
  const auto again = group.ask("propose", {"score", "add", "1", "--request-id", id, "--json"});
  CHECK(again.how.code == 0);
  CHECK(group.get({"score"}).at("value") == 1);
}

} // namespace
} // namespace caucus::harness
