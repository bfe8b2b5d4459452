#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/load.hpp"
#include "test/system/pruned_group.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

/// Nodes that keep few blocks, and states saved to files and loaded again, with real processes.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;

/// Of ledger.log and what is full beside it.
std::uintmax_t ledger_size(const fs::path& folder) {
  std::uintmax_t out = 0;
  for (const auto& one : fs::directory_iterator{folder}) {
    const auto name = one.path().filename().string();
    out += name.starts_with("ledger.") ? fs::file_size(one) : 0;
  }
  return out;
}

TEST_CASE("old blocks go, who asks for one is told so, and a newcomer goes on from a snapshot") {
  pruned_group group{{{"node.fetch_snapshot", "false"}}}; // operators carry it
  const auto oldest = oldest_of(group, 0);
  const auto log = group.cli(0, "log", {"--from", "1", "--json"});
  CHECK(log.how.code == 1);
  CHECK(log.err.find("keeps the blocks from height " + std::to_string(oldest))
        != std::string::npos);
  CHECK(group.cli(0, "log", {"--from", std::to_string(oldest)}).how.ok());
  const auto rest = group.cli(0, "log", {"--json"}); // all that is kept, and where that begins
  CHECK(rest.how.ok());
  CHECK(rest.err.find("the log begins at height ") != std::string::npos);
  CHECK(rest.out.find("\"tags\"") != std::string::npos);
  const auto doctor = group.cli(0, "doctor", {"--json"});
  CHECK(json::parse(doctor.out).at("verdict") != "failure");

  const auto late = group.add_client();
  group.start(late);
  group.wait_until("it says that nobody has its next block", [&] {
    return group.view(late).problems.find("no peer gives the block of height 1,")
           != std::string::npos;
  });
  static_cast<void>(group.stop(late));

  const auto file = group.save(0);
  const auto taken = group.load_into(late, file);
  CHECK(taken.how.code == 1); // its first try left a ledger
  CHECK(taken.err.find("is there: a snapshot is loaded where there is no ledger")
        != std::string::npos);
  for (const auto& where : {group.folder(), group.folder() / "nowhere"}) {
    const auto none = group.cli({"snapshot", "load", file.string(), where.string(), "--json"});
    CHECK(none.how.code == 2);
    CHECK(none.err.find("DIR is " + where.string()) != std::string::npos);
    CHECK(none.err.find("--config") == std::string::npos);
  }
  const auto fresh = group.add_client();
  const auto loaded = group.load_into(fresh, file);
  INFO(loaded.err);
  REQUIRE(loaded.how.ok());
  CHECK(json::parse(loaded.out).at("height") >= group.last);
  group.start(fresh);
  group.wait_equal({0, fresh}, 60s, group.last);
  CHECK(oldest_of(group, fresh) == json::parse(loaded.out).at("height"));
  auto to = group.talk(fresh);
  const auto own = cluster::propose(to, "profile", "put", {"name", "Eva"}, "mine");
  REQUIRE(own.outcome == "applied");
  group.wait_equal({0, 1, 2, 3, fresh}, 60s, own.height);
  // And in its next life.
  static_cast<void>(group.stop(fresh));
  group.start(fresh);
  group.wait_equal({0, fresh}, 60s, own.height);
}

TEST_CASE("a member that lost its disk goes on from a snapshot, and votes without contradiction") {
  pruned_group group;
  group.kill(3);
  lose_disk(group.directory(3));
  const auto loaded = group.load_into(3, group.save(0));
  INFO(loaded.err);
  REQUIRE(loaded.how.ok());
  group.start(3);
  auto to = group.talk(0);
  group.wait_until("it votes", [&] {
    static_cast<void>(cluster::propose(to, "score", "add", {"1"}, {}, 5s));
    return group.view(3).votes;
  });
  group.kill(1); // now its vote is needed
  const auto needed = cluster::propose(to, "score", "add", {"1"});
  REQUIRE(needed.outcome == "applied");
  group.start(1);
  group.wait_equal(group.all(), 60s, needed.height);
  for (const auto node : group.all()) {
    CHECK(group.log(node).find("misbehaved") == std::string::npos);
  }
}

TEST_CASE("a ledger that is kept short stays short, through restarts and kills") {
  cluster group{{.settings = {{"node.keep_blocks", "200"}}}};
  group.start_all();
  load users{group, {.clients = 4, .wanted = note}};
  const auto until = [&](std::uint64_t height) {
    group.wait_until("blocks are made", [&] { return group.view(0).height >= height; });
  };
  std::uintmax_t most = 0;
  std::uint64_t base = 0;
  for (int round = 0; round < 2; ++round) {
    group.wait_until("old ones went", [&] { return oldest_of(group, 2) > base + 300; });
    base = oldest_of(group, 2);
    const auto height = group.view(2).height;
    most = std::max(most, ledger_size(group.directory(2)));
    group.kill(2);
    until(height + 50);
    group.start(2);
    group.wait_until("it votes again", [&] { return group.view(2).votes; });
  }
  static_cast<void>(users.finish());
  const auto height = group.wait_equal(group.all()).height;
  const auto kept = height - oldest_of(group, 2) + 1;
  INFO("height " << height << ", kept " << kept << ", at most " << most << " bytes");
  CHECK(height > 600);
  CHECK(kept >= 200);
}

TEST_CASE("a snapshot that was altered, and a node that runs, are refused") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  const auto file = group.folder() / "one.snapshot";
  group.wait_until("the state is stored", [&] {
    return group.cli({"snapshot", "save", "--config", group.config(1).string(), file.string()})
      .how.ok();
  });
  const auto runs = group.cli({"snapshot", "load", file.string(), group.directory(2).string()});
  CHECK(runs.how.code == 1);
  CHECK(runs.err.find("in use") != std::string::npos);
  const auto again =
    group.cli({"snapshot", "save", "--config", group.config(1).string(), file.string()});
  CHECK(again.how.code == 1);
  CHECK(again.err.find("give another name") != std::string::npos);
  const auto fresh = group.add_client();
  std::ifstream whole{file, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{whole}, {}};
  bytes.resize(bytes.size() - 30);
  const auto cut = group.folder() / "cut.snapshot";
  std::ofstream{cut, std::ios::binary} << bytes;
  const auto refused =
    group.cli({"snapshot", "load", cut.string(), group.directory(fresh).string()});
  CHECK(refused.how.code == 1);
  CHECK_FALSE(fs::exists(group.directory(fresh) / "ledger.log"));
}

} // namespace
} // namespace caucus::harness
