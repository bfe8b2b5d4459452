#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/load.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// What befalls the folder of a real node: lost, set back, cut, copied, run twice.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* files_of_a_life[] = {"ledger.log",   "notary.journal",   "consensus.journal",
                                           "state.sqlite", "state.sqlite-wal", "state.sqlite-shm",
                                           "peers.sqlite", "peers.sqlite-wal", "peers.sqlite-shm",
                                           "network",      "epochs.log"};

void empty(const fs::path& folder) {
  for (const auto* const name : files_of_a_life) {
    fs::remove(folder / name);
  }
}

void put_back(const fs::path& copy, const fs::path& folder) {
  empty(folder);
  for (const auto* const name : files_of_a_life) {
    if (fs::exists(copy / name)) {
      fs::copy_file(copy / name, folder / name);
    }
  }
}

void flip_last_bit(const fs::path& file) {
  std::fstream bytes{file, std::ios::in | std::ios::out | std::ios::binary};
  bytes.seekg(-1, std::ios::end);
  const auto last = static_cast<char>(bytes.get() ^ 1);
  bytes.seekp(-1, std::ios::end);
  bytes.put(last);
}

/// Names and heights of what was proposed through `node`, as the ledger of node 0 has it.
std::vector<std::string> committed_notes(cluster& group) {
  std::vector<std::string> out;
  const auto told = group.cli(0, "log", {"--from", "1", "--json"});
  std::istringstream lines{told.out};
  for (std::string line; std::getline(lines, line);) {
    out.push_back(line);
  }
  return out;
}

std::size_t times(const std::vector<std::string>& log, std::string_view text) {
  std::size_t out = 0;
  for (const auto& line : log) {
    for (auto at = line.find(text); at != std::string::npos; at = line.find(text, at + 1)) {
      ++out;
    }
  }
  return out;
}

proposed put(cluster& group, std::size_t client, const std::string& name,
             const std::string& id = {}) {
  group.wait_until("it answers", [&] { return !group.view(client).json.empty(); });
  auto to = group.talk(client);
  return cluster::propose(to, "profile", "put", {"name", name}, id);
}

void ready(cluster& group, std::size_t node) {
  group.wait_until("it answers and is linked", [&] { return group.view(node).peers >= 2; });
}

/// Proposals of node 0, each with an id of its own.
void add_five(const cluster& group) {
  auto to = group.talk(0);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(cluster::propose(to, "score", "add", {"1"}, "id" + std::to_string(i)).outcome
            == "applied");
  }
}

TEST_CASE("a client with an emptied folder and its old key is told of its own mutation") {
  cluster group;
  group.start_all();
  const auto client = group.add_client();
  group.start(client);
  ready(group, client);
  const auto ada = put(group, client, "Ada-1");
  REQUIRE(ada.outcome == "applied");
  static_cast<void>(group.stop(client));
  empty(group.directory(client));
  group.start(client);
  const auto grace = put(group, client, "Grace-2"); // at once
  REQUIRE(grace.outcome == "applied");
  CHECK(grace.height > ada.height);
  group.wait_equal(group.all(), 60s, grace.height);
  const auto log = committed_notes(group);
  CHECK(times(log, "Grace-2") == 1);
  CHECK(times(log, "Ada-1") == 1);
  CHECK(group.log(client).find("new, or was set back") != std::string::npos);
}

TEST_CASE("a client whose folder was set back is told the truth, and a known id has its receipt") {
  cluster group;
  group.start_all();
  const auto client = group.add_client();
  group.start(client);
  ready(group, client);
  const auto first = put(group, client, "one-1", "first");
  REQUIRE(first.outcome == "applied");
  static_cast<void>(group.stop(client));
  const auto copy = group.folder() / "copy";
  fs::create_directory(copy);
  put_back(group.directory(client), copy);
  group.start(client);
  ready(group, client);
  const auto second = put(group, client, "two-2", "second");
  REQUIRE(second.outcome == "applied");
  static_cast<void>(group.stop(client));
  put_back(copy, group.directory(client));
  group.start(client);
  const auto third = put(group, client, "three-3", "third");
  REQUIRE(third.outcome == "applied");
  CHECK(third.height > second.height);
  const auto again = put(group, client, "one-1", "first");
  CHECK(again.height == first.height);
  group.wait_equal(group.all(), 60s, third.height);
  const auto log = committed_notes(group);
  for (const auto* const name : {"one-1", "two-2", "three-3"}) {
    CHECK(times(log, name) == 1);
  }
}

TEST_CASE("one key in two folders at once: each receipt is for what it says, and it is said") {
  cluster group;
  group.start_all();
  const auto one = group.add_client();
  const auto two = group.add_client();
  group.start(one);
  ready(group, one);
  static_cast<void>(group.stop(one));
  fs::copy_file(group.directory(one) / "identity.key", group.directory(two) / "identity.key",
                fs::copy_options::overwrite_existing);
  fs::permissions(group.directory(two) / "identity.key",
                  fs::perms::owner_read | fs::perms::owner_write);
  group.start(one);
  group.start(two);
  for (const auto node : {one, two}) { // they throw one another's links out again and again
    group.wait_until("it answers", [&] { return !group.view(node).json.empty(); });
  }
  std::vector<std::string> applied;
  for (int i = 0; i < 20; ++i) {
    for (const auto node : {one, two}) {
      const auto name = "note-" + std::to_string(node) + "-" + std::to_string(i) + ".";
      auto to = group.talk(node);
      const auto told = cluster::propose(to, "profile", "put", {"name", name}, {}, 2s);
      if (told.outcome == "applied") {
        applied.push_back(name);
      }
    }
  }
  CHECK_FALSE(applied.empty());
  const auto log = committed_notes(group);
  for (const auto& name : applied) {
    INFO(name);
    CHECK(times(log, name) == 1);
  }
  CHECK((group.log(one) + group.log(two)).find("signs elsewhere") != std::string::npos);
}

TEST_CASE("a member that lost its disk follows, is told how far the group is, and votes again") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  }
  group.kill(3);
  empty(group.directory(3));
  SECTION("while one other is down it waits, and says for whom") {
    group.kill(2);
    group.start(3);
    group.wait_until("it says what it lacks", [&] {
      const auto said = group.view(3);
      return !said.votes && said.problems.find("consensus.journal is new") != std::string::npos;
    });
    CHECK(group.view(3).problems.find("node2") != std::string::npos);
    group.start(2);
  }
  SECTION("with all others up it goes by itself") {
    group.start(3);
  }
  group.wait_until("blocks pass and it votes again", [&] {
    static_cast<void>(cluster::propose(to, "score", "add", {"1"}, {}, 5s));
    return group.view(3).votes;
  });
  group.kill(1); // now its vote is needed
  CHECK(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  group.wait_equal({0, 2, 3});
}

TEST_CASE("a bit of the last record of notary.journal flips: applied once all the same") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  const auto first = cluster::propose(to, "score", "add", {"5"}, "five");
  REQUIRE(first.outcome == "applied");
  group.wait_equal(group.all(), 60s, first.height);
  static_cast<void>(group.stop(0));
  flip_last_bit(group.directory(0) / "notary.journal");
  group.start(0);
  ready(group, 0);
  auto second_life = group.talk(0);
  const auto again = cluster::propose(second_life, "score", "add", {"5"}, "five");
  CHECK(again.outcome == "applied");
  CHECK(again.height == first.height);
  CHECK(group.cli(0, "get", {"score", "--fresh"}).out.starts_with("5\n"));
}

TEST_CASE("a vote's record that is damaged: the member asks the others before it votes") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"5"}).outcome == "applied");
  static_cast<void>(group.stop(3));
  flip_last_bit(group.directory(3) / "consensus.journal");
  group.start(3);
  CHECK(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  group.wait_until("it votes again", [&] {
    static_cast<void>(cluster::propose(to, "score", "add", {"1"}, {}, 5s));
    return group.view(3).votes;
  });
  CHECK(group.log(3).find("cut off a damaged end") != std::string::npos);
}

TEST_CASE("a member whose journal of votes is older than its ledger asks before it votes") {
  cluster group;
  group.start_all();
  add_five(group);
  const auto journal = group.directory(3) / "consensus.journal";
  const auto old = group.folder() / "old.journal";
  group.kill(3);
  fs::copy_file(journal, old);
  group.start(3);
  auto to = group.talk(0);
  group.wait_until("it votes, and blocks pass", [&] {
    static_cast<void>(cluster::propose(to, "score", "add", {"1"}, {}, 5s));
    return group.view(3).votes;
  });
  for (int i = 0; i < 20; ++i) { // with its votes in the certificates
    REQUIRE(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  }
  for (const auto node : group.all()) {
    group.kill(node);
  }
  fs::copy_file(old, journal, fs::copy_options::overwrite_existing);
  CHECK(group.cli(3, "doctor", {"--json"}).out.find("consensus.journal is older than")
        != std::string::npos);
  group.start(3);
  group.wait_until("it says so", [&] {
    const auto said = group.view(3);
    return !said.votes && said.problems.find("consensus.journal is older") != std::string::npos;
  });
  for (const std::size_t other : {0U, 1U, 2U}) {
    group.start(other);
  }
  auto again = group.talk(0);
  group.wait_until("it votes again", [&] {
    static_cast<void>(cluster::propose(again, "score", "add", {"1"}, {}, 5s));
    return group.view(3).votes;
  });
  for (const auto node : group.all()) {
    CHECK(group.log(node).find("misbehaved") == std::string::npos);
    CHECK(group.log(node).find("own key") == std::string::npos);
  }
}

/// Nobody has proof against anybody, nor was anybody taken for a liar.
void nobody_lied(cluster& group, const std::vector<std::size_t>& nodes) {
  for (const auto node : nodes) {
    INFO("node " << node);
    CHECK(group.log(node).find("misbehaved") == std::string::npos);
    CHECK(group.log(node).find("own key") == std::string::npos);
    const auto told = group.cli(node, "evidence", {"--json"});
    REQUIRE(told.how.ok());
    CHECK(nlohmann::json::parse(told.out).at("evidence").empty());
  }
}

TEST_CASE("a member whose folder was set back is told so, contradicts nothing, and votes again") {
  cluster group;
  group.start_all();
  const auto copy = group.folder() / "copy";
  fs::create_directory(copy);
  const auto note = [](std::size_t client, std::uint64_t number) -> wanted {
    return {"tags", "insert", {std::to_string(client) + '-' + std::to_string(number)}};
  };
  load users{group, {.nodes = {0, 1, 2}, .clients = 2, .wanted = note}};
  const auto commits = [&](std::uint64_t more) {
    const auto target = users.count() + more;
    group.wait_until("the group goes on committing", [&] { return users.count() >= target; });
  };
  commits(50);
  SECTION("to a copy of before its last start") {
    static_cast<void>(group.stop(3));
    put_back(group.directory(3), copy);
    group.start(3);
  }
  SECTION("to a copy that was made while it ran") {
    put_back(group.directory(3), copy);
  }
  group.wait_until("it votes", [&] { return group.view(3).votes; });
  commits(100);
  group.kill(3);
  put_back(copy, group.directory(3));
  group.start(3);
  group.wait_until("it votes again", [&] { return group.view(3).votes; });
  CHECK(group.log(3).find("consensus.journal is older than what this member signed")
        != std::string::npos);
  commits(50);
  group.kill(1); // now its vote is needed
  commits(20);
  group.start(1);
  static_cast<void>(users.finish());
  group.wait_equal(group.all());
  nobody_lied(group, group.all());
}

TEST_CASE("a member's folder that runs twice: one of the two votes no more, and nobody lies") {
  cluster group{{.newcomers = 1}};
  group.start_all();
  add_five(group);
  const auto twin = group.add_newcomer();
  static_cast<void>(group.stop(3));
  put_back(group.directory(3), group.directory(twin));
  fs::copy_file(group.directory(3) / "identity.key", group.directory(twin) / "identity.key",
                fs::copy_options::overwrite_existing);
  fs::permissions(group.directory(twin) / "identity.key",
                  fs::perms::owner_read | fs::perms::owner_write);
  const bool at_once = GENERATE(true, false);
  group.start(3);
  if (!at_once) {
    group.wait_until("the first votes", [&] { return group.view(3).votes; });
  }
  group.start(twin);
  auto to = group.talk(0);
  group.wait_until("one of them is told", [&] {
    static_cast<void>(cluster::propose(to, "score", "add", {"1"}, {}, 5s));
    const auto says = [&](std::size_t node) {
      return group.view(node).problems.find("another copy of this node runs") != std::string::npos;
    };
    return says(3) || says(twin);
  });
  const auto is_told = [&](std::size_t node) {
    return group.view(node).problems.find("another copy of this node runs") != std::string::npos;
  };
  CHECK_FALSE((is_told(3) && is_told(twin))); // one is left
  for (int i = 0; i < 20; ++i) {
    CHECK(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  }
  nobody_lied(group, {0, 1, 2});
}

TEST_CASE("another node's notary.journal is refused, and told whose it is") {
  cluster group;
  group.start_all();
  add_five(group);
  auto to = group.talk(1);
  REQUIRE(cluster::propose(to, "score", "add", {"1"}, "mine").outcome == "applied");
  for (const auto node : group.all()) {
    static_cast<void>(group.stop(node));
  }
  fs::copy_file(group.directory(1) / "notary.journal", group.directory(3) / "notary.journal",
                fs::copy_options::overwrite_existing);
  CHECK(group.cli(3, "doctor", {"--json"}).out.find("notary.journal is that of node")
        != std::string::npos);
  group.start(3);
  group.wait_until("it ends", [&] { return !group.running(3); });
  CHECK(group.log(3).find("notary.journal is that of node") != std::string::npos);
}

TEST_CASE("a group of one whose ledger lost its end does not start, and says why") {
  cluster_options one;
  one.nodes = 1;
  cluster group{one};
  group.start_all();
  add_five(group);
  static_cast<void>(group.stop(0));
  const auto ledger = group.directory(0) / "ledger.log";
  fs::resize_file(ledger, fs::file_size(ledger) / 2);
  group.start(0);
  group.wait_until("it ends", [&] { return !group.running(0); });
  CHECK(group.log(0).find("the ledger lost its end") != std::string::npos);
}

TEST_CASE("a group of one is never told to move its ledger away, of which nobody has another") {
  cluster group{{.nodes = 1}};
  group.start_all();
  add_five(group);
  static_cast<void>(group.stop(0));
  const auto here = group.directory(0);
  const auto ends_with = [&](const char* part) {
    group.start(0);
    group.wait_until("it says so", [&] { return group.log(0).find(part) != std::string::npos; });
    CHECK(group.log(0).find("from the others") == std::string::npos);
    CHECK(group.log(0).find("away") == std::string::npos);
  };
  SECTION("a journal that lost its end") {
    const auto journal = here / "notary.journal";
    fs::resize_file(journal, fs::file_size(journal) - 400);
    ends_with("Keep the folder as it is");
    group.wait_until("it ends", [&] { return !group.running(0); });
    const auto told = group.cli(0, "doctor", {"--json"}).out;
    CAPTURE(told);
    CHECK(told.find("Keep the folder as it is") != std::string::npos);
  }
  SECTION("a missing journal") {
    fs::remove(here / "consensus.journal");
    ends_with("Keep the folder as it is");
  }
  SECTION("a journal of votes that is ahead of all else") {
    for (const auto* const gone : {"ledger.log", "notary.journal", "state.sqlite"}) {
      fs::remove(here / gone);
    }
    ends_with("consensus.journal has a block");
    group.wait_until("status says so", [&] {
      return group.view(0).problems.find("consensus.journal has a block") != std::string::npos;
    });
  }
}

TEST_CASE("a journal or ledger that cannot both be true ends the start with the way out") {
  cluster group;
  group.start_all();
  add_five(group);
  static_cast<void>(group.stop(0));
  fs::copy_file(group.directory(0) / "notary.journal", group.folder() / "old.journal");
  group.start(0);
  ready(group, 0);
  auto second_life = group.talk(0);
  REQUIRE(cluster::propose(second_life, "score", "add", {"1"}, "later").outcome == "applied");
  static_cast<void>(group.stop(0));
  fs::copy_file(group.folder() / "old.journal", group.directory(0) / "notary.journal",
                fs::copy_options::overwrite_existing);
  group.start(0);
  group.wait_until("it ends", [&] { return !group.running(0); });
  CHECK(group.log(0).find("move ledger.log") != std::string::npos);
  // And that way works.
  empty(group.directory(0));
  group.start(0);
  ready(group, 0);
  auto third_life = group.talk(0);
  CHECK(cluster::propose(third_life, "score", "add", {"1"}, "anew").outcome == "applied");
}

} // namespace
} // namespace caucus::harness
