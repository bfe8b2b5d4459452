#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// More members lost for ever than a group bears, and the network that goes on: real nodes, killed, and
// the folders of half of them gone.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;
using words = std::vector<std::string>;

/// One who counts up through one node until it is gone.
class counting {
public:
  counting(const cluster& group, std::size_t node, std::atomic<std::uint64_t>& done)
      : thread_{[&group, node, &done] {
          try {
            auto to = group.talk(node, 10s);
            while (cluster::propose(to, "score", "add", {"1"}, {}, 10s).outcome == "applied") {
              ++done;
            }
          } catch (const std::runtime_error&) {
            // its node was killed: what it had in hand has no receipt
          }
        }} {}
  counting(const counting&) = delete;
  counting& operator=(const counting&) = delete;
  ~counting() { thread_.join(); }

private:
  std::thread thread_;
};

struct lost_group : cluster {
  std::atomic<std::uint64_t> acknowledged{0};
  std::vector<std::string> ids;
  std::string old_answer;

  lost_group() {
    start_all();
    for (const auto node : all()) {
      ids.push_back(json::parse(view(node).json).at("peer_id").get<std::string>());
    }
    auto to = talk(1);
    REQUIRE(propose(to, "profile", "put", {"name", "Bob"}).outcome == "applied");
    old_answer = cli(0, "get", {"profile", ids[1] + "/name", "--json"}).out;
    {
      // Their users are told by the two nodes that will be lost.
      const counting one{*this, 2, acknowledged};
      const counting other{*this, 3, acknowledged};
      wait_until("they count", [&] { return acknowledged > 200; });
      for (const auto node : {2U, 3U, 1U, 0U}) {
        kill(node);
      }
    }
    for (const auto node : {2U, 3U}) {
      fs::remove_all(directory(node));
    }
    for (const auto node : {0U, 1U}) {
      fs::rename(directory(node), old(node));
    }
  }

  [[nodiscard]] fs::path old(std::size_t node) const {
    return folder() / "net" / ("old" + std::to_string(node));
  }
  [[nodiscard]] fs::path made() const { return folder() / "again"; }
  [[nodiscard]] fs::path key(std::size_t node) const {
    return node < 2 ? old(node) / "identity.key"
                    : folder() / ("new" + std::to_string(node) + ".key");
  }
  /// New keys in the place of those that were lost.
  void make_keys() {
    for (const auto node : {2U, 3U}) {
      const auto told = cli({"keygen", key(node).string(), "--json"});
      REQUIRE(told.how.ok());
      ids[node] = json::parse(told.out).at("peer_id").get<std::string>();
    }
  }
  [[nodiscard]] words members(std::size_t count = 4) const {
    words out;
    for (std::size_t node = 0; node < count; ++node) {
      out.emplace_back("--member");
      out.push_back("m" + std::to_string(node) + "=" + ids[node]
                    + "@127.0.0.1:" + std::to_string(port(node)));
    }
    return out;
  }
  run_result go_on(const words& from, std::size_t count = 4, const words& more = {}) {
    words all{"init", made().string(), "--from"};
    all.insert(all.end(), from.begin(), from.end());
    const auto who = members(count);
    all.insert(all.end(), who.begin(), who.end());
    all.insert(all.end(), more.begin(), more.end());
    return cli(all);
  }
  void make_node(std::size_t node) {
    const auto done = cli({"init", directory(node).string(), "--genesis",
                           (made() / "genesis.toml").string(), "--identity", key(node).string()});
    INFO(done.err);
    REQUIRE(done.how.ok());
    CHECK(done.out.find("snapshot load " + (made() / "state.snapshot").string() + " ")
          != std::string::npos);
  }
  run_result load(std::size_t node) {
    return cli(
      {"snapshot", "load", (made() / "state.snapshot").string(), directory(node).string()});
  }
};

TEST_CASE("two of four machines are lost, and the network goes on with all that was acknowledged") {
  lost_group group;
  group.make_keys();
  // Both ledgers lost their ends, as a power cut tears them: the journals have what was notarized.
  for (const auto node : {0U, 1U}) {
    const auto ledger = group.old(node) / "ledger.log";
    REQUIRE(fs::file_size(ledger) > 20'000);
    fs::resize_file(ledger, fs::file_size(ledger) - 4'001);
  }
  const auto told = group.go_on({group.old(0).string(), group.old(1).string()}, 4, {"--json"});
  INFO(told.err);
  REQUIRE(told.how.ok());
  const auto made = json::parse(told.out);
  CHECK(made.at("warnings").empty());
  const auto from = made.at("continues").at("height").get<std::uint64_t>();
  CHECK(from > made.at("final_to").get<std::uint64_t>());
  CHECK(made.at("members").size() == 4);
  // Nothing is made twice, and nothing is made of a folder that a node uses.
  CHECK(group.go_on({group.old(0).string()}).err.find("is there already") != std::string::npos);

  for (const auto node : group.all()) {
    group.make_node(node);
  }
  // Without the state no node starts, and says what to do.
  const auto early = cluster::cli({"node", "--config", group.config(2).string()});
  CHECK(early.how.code == 8);
  CHECK(early.err.find("this network goes on from another one's state of height "
                       + std::to_string(from))
        != std::string::npos);
  CHECK(early.err.find("caucus snapshot load FILE DIR") != std::string::npos);
  const auto doctor = group.cli(3, "doctor", {});
  CHECK(doctor.how.code == 1);
  CHECK(doctor.out.find("goes on from another one's state") != std::string::npos);

  for (const auto node : group.all()) {
    const auto loaded = group.load(node);
    INFO(loaded.err);
    REQUIRE(loaded.how.ok());
  }
  group.start_all();
  auto to = group.talk(2);
  const auto next = cluster::propose(to, "tags", "insert", {"after"}, "mine");
  REQUIRE(next.outcome == "applied");
  CHECK(next.height > from);
  group.wait_equal(group.all(), 60s, next.height);
  const auto got = group.cli(3, "get", {"score", "--fresh", "--json"});
  INFO(got.err);
  REQUIRE(got.how.ok());
  const auto score = json::parse(got.out).at("value").get<std::uint64_t>();
  CHECK(score >= group.acknowledged);
  CHECK(score <= group.acknowledged + 2); // each had one in hand
  CHECK(
    json::parse(group.cli(0, "get", {"profile", group.ids[1] + "/name", "--json"}).out).at("value")
    == "Bob");

  // Answers of before hold by the genesis of before, those of now by that of now.
  const auto file = [&](const char* name, const std::string& text) {
    const auto path = group.folder() / name;
    std::ofstream{path} << text;
    return path.string();
  };
  const auto verify = [&](const fs::path& genesis, const std::string& answer) {
    return cluster::cli({"verify", "--genesis", genesis.string(), answer}).how.code;
  };
  const auto before = file("before.json", group.old_answer);
  const auto now = file("now.json", got.out);
  CHECK(verify(group.genesis(), before) == 0);
  CHECK(verify(group.made() / "genesis.toml", now) == 0);
  CHECK(verify(group.genesis(), now) == 6);
  CHECK(verify(group.made() / "genesis.toml", before) == 6);

  // And in its next lives, with one member down.
  for (const auto node : group.all()) {
    group.kill(node);
  }
  for (const auto node : {1U, 2U, 3U}) {
    group.start(node);
  }
  auto again = group.talk(1);
  group.wait_until("three of four decide", [&] {
    return cluster::propose(again, "tags", "insert", {"later"}, {}, 5s).outcome == "applied";
  });
  const auto log = group.cli(1, "log", {"--from", "1"});
  CHECK(log.how.code == 1);
  CHECK(log.err.find("keeps the blocks from height " + std::to_string(from)) != std::string::npos);
  group.start(0);
  group.wait_equal(group.all(), 60s, group.view(1).height);
  // Whoever comes later begins with a state that a node of this network saved.
  const auto saved = group.folder() / "later.snapshot";
  const auto client = group.folder() / "late";
  REQUIRE(cluster::cli({"snapshot", "save", "--config", group.config(0).string(), saved.string()})
            .how.ok());
  REQUIRE(
    cluster::cli({"init", client.string(), "--join", "127.0.0.1:" + std::to_string(group.port(0)),
                  "--genesis", (group.made() / "genesis.toml").string()})
      .how.ok());
  CHECK(cluster::cli({"snapshot", "load", saved.string(), client.string()}).how.ok());
}

TEST_CASE("one of four alone goes on too, and says what may be gone; as a group of one it starts "
          "once") {
  lost_group group;
  const auto told = group.go_on({group.old(1).string()}, 1);
  INFO(told.err);
  REQUIRE(told.how.ok());
  CHECK(told.err.find("the folders here tell what 1 of 4 members signed") != std::string::npos);
  group.make_node(0);
  REQUIRE(group.load(0).how.ok());
  group.start(0);
  auto to = group.talk(0);
  group.wait_until("it decides", [&] {
    return cluster::propose(to, "score", "add", {"1"}, {}, 5s).outcome == "applied";
  });
  static_cast<void>(group.stop(0));
  group.start(0);
  group.wait_until("it goes on", [&] {
    auto again = group.talk(0);
    return cluster::propose(again, "score", "add", {"1"}, {}, 5s).outcome == "applied";
  });
}

TEST_CASE("what cannot be gone on from is refused, and nothing is made") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  const auto id = json::parse(group.view(0).json).at("peer_id").get<std::string>();
  const auto made = group.folder() / "again";
  const auto go_on = [&](const words& from, const words& more = {}) {
    words all{"init", made.string(), "--from"};
    all.insert(all.end(), from.begin(), from.end());
    all.insert(all.end(),
               {"--member", "ada=" + id + "@127.0.0.1:" + std::to_string(group.port(0))});
    all.insert(all.end(), more.begin(), more.end());
    return cluster::cli(all);
  };
  const auto runs = go_on({group.directory(0).string()});
  CHECK(runs.how.code == 1);
  CHECK(runs.err.find(group.directory(0).string()) != std::string::npos);
  for (const auto node : group.all()) {
    static_cast<void>(group.stop(node));
  }
  const auto nowhere = go_on({(group.folder() / "none").string()});
  CHECK(nowhere.how.code == 2);
  const auto alone = cluster::cli({"init", made.string(), "--from", group.directory(0).string()});
  CHECK(alone.how.code == 2);
  CHECK(alone.err.find("--member") != std::string::npos);
  const auto both = go_on({group.directory(0).string()}, {"--genesis", group.genesis().string()});
  CHECK(both.how.code == 2);
  const auto other = group.folder() / "other";
  REQUIRE(cluster::cli({"init", other.string(), "--nodes", "1", "--base-port", "1"}).how.ok());
  const auto mixed = go_on({group.directory(0).string(), (other / "node0").string()});
  CHECK(mixed.how.code == 2);
  CHECK(mixed.err.find("is of another network") != std::string::npos);
  const auto empty = go_on({(other / "node0").string()});
  CHECK(empty.how.code == 1);
  CHECK(empty.err.find("nothing to go on from") != std::string::npos);
  const auto twice = go_on({group.directory(0).string(), group.config(0).string()});
  CHECK(twice.how.code == 2);
  CHECK(twice.err.find("is given twice") != std::string::npos);
  CHECK_FALSE(fs::exists(made));
  // A group that may go on by itself is told so.
  const auto needless = go_on({group.directory(0).string(), group.directory(1).string(),
                               group.directory(2).string(), group.directory(3).string()});
  CHECK(needless.how.ok());
  CHECK(needless.err.find("the group may go on by itself") != std::string::npos);
}

} // namespace
} // namespace caucus::harness
