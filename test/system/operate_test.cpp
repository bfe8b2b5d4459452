#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// What operators do to nodes that run: reload, rotate logs, follow, stop at once.

namespace caucus::harness {
namespace {

using nlohmann::json;
using words = std::vector<std::string>;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string contents(const fs::path& file) {
  const std::ifstream from{file};
  std::ostringstream out;
  out << from.rdbuf();
  return out.str();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("SIGHUP changes what is live, says so, and opens the log anew") {
  cluster group{{.nodes = 1, .settings = {}, .genesis = {}}};
  const auto log_file = group.folder() / "node.log";
  const auto config = group.config(0);
  const auto start = contents(config);
  const auto configure = [&](const std::string& more) {
    std::ofstream{config, std::ios::trunc} << start << more;
    group.of(0).signal(SIGHUP);
  };
  const auto wait_for = [&](const fs::path& file, std::string_view part) {
    group.wait_until(part, [&] { return has(contents(file), part); });
  };
  group.start(0, {"--log-file", log_file.string()});
  group.wait_until("it runs", [&] { return !group.view(0).json.empty(); });
  CHECK_FALSE(has(contents(log_file), "info"));

  configure("\n[log]\nlevels = \"debug\"\n");
  wait_for(log_file, "log.levels is now \"debug\"");

  configure("\n[log]\nlevels = \"loud\"\n"); // a value that only the log itself can judge
  wait_for(log_file, config.string() + ":");
  CHECK(has(contents(log_file), "stays as it was"));
  CHECK(has(contents(log_file), "log.levels: given \"loud\""));

  configure("\nmax_connections = 3\n[log]\nlevels = \"off\"\n");
  wait_for(log_file, "net.max_connections: given 3");

  configure("\nmax_connections = 99\n[log]\nlevels = \"debug\"\n");
  wait_for(log_file, "net.max_connections differs in the configuration: it takes a restart");

  const auto old = group.folder() / "node.log.1";
  fs::rename(log_file, old);
  group.of(0).signal(SIGHUP);
  wait_for(log_file, "net.max_connections differs"); // at the new place

  CHECK(group.view(0).json.size() > 0);
  CHECK(group.stop(0).code == 0);
}

TEST_CASE("a log that is followed goes on until Ctrl-C, and begins where it is told to") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  const auto first = cluster::propose(to, "score", "add", {"1"});
  REQUIRE(first.outcome == "applied");
  const auto output = group.folder() / "followed";
  process follower{{cluster::program().string(), "log", "--config", group.config(1).string(),
                    "--from", std::to_string(first.height), "--follow", "--json"},
                   output};
  const auto lines = [&] {
    const auto text = contents(output);
    return std::count(text.begin(), text.end(), '\n');
  };
  group.wait_until("the first is told", [&] { return lines() == 1; });
  const auto second = cluster::propose(to, "score", "add", {"2"});
  REQUIRE(second.outcome == "applied");
  group.wait_until("the second is told", [&] { return lines() == 2; });
  CHECK(follower.running());
  follower.signal(SIGINT);
  const auto how = follower.wait(10s);
  REQUIRE(how.has_value());
  CHECK(how->signal == SIGINT); // 130 in a shell
  const auto later = group.cli(1, "log", {"--from", std::to_string(second.height), "--json"});
  CHECK(later.how.ok());
  CHECK(json::parse(later.out).at("arguments") == json::array({2}));
  const auto beyond = group.cli(1, "log", {"--from", "1000000"});
  CHECK(beyond.how.ok());
  CHECK(has(beyond.out, "none: "));
  const auto parts = group.cli(1, "log", {"--from", "1000000", "--json"});
  CHECK(parts.how.ok());
  CHECK(parts.out.empty());
}

TEST_CASE("a log or a read of a node that does not answer ends in its time") {
  cluster group{{.nodes = 1, .settings = {}, .genesis = {}}};
  group.start(0);
  group.wait_until("it runs", [&] { return group.view(0).peers == 0; });
  group.pause(0);
  for (const auto* const command : {"log", "get"}) {
    words arguments{"--timeout", "0.5"};
    if (command == std::string{"get"}) {
      arguments.emplace_back("score");
    }
    const auto told = group.cli(0, command, arguments, 30s);
    INFO(command << told.err);
    CHECK(told.how.code == 5);
    CHECK(has(told.err, "does not answer"));
  }
  group.resume(0);
}

TEST_CASE("status names members, and lists mailboxes that are empty only where it is asked to") {
  cluster group{{.nodes = 2, .settings = {}, .genesis = {}}};
  group.start_all();
  const auto brief = group.cli(0, "status", {});
  const auto all = group.cli(0, "status", {"--all"});
  INFO(brief.out);
  CHECK(has(brief.out, " node1 "));
  CHECK(has(brief.out, "--all lists them"));
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(lines(all.out) > lines(brief.out) + 15);
  CHECK(has(all.out, "notary.consensus_out"));
  CHECK_FALSE(has(brief.out, "none yet"));
  REQUIRE(group.stop(1).ok());
  group.wait_until("it is alone", [&] { return group.view(0).peers == 0; });
  const auto alone = group.cli(0, "status", {}).out;
  INFO(alone);
  CHECK(has(alone, "  none yet\n"));
  CHECK(has(alone, "missing     node1 at "));
}

TEST_CASE("a read below the height seen is refused") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  const auto before = group.cli(0, "get", {"score", "--json"});
  REQUIRE(before.how.ok());
  const auto file = group.directory(0) / "seen_height";
  const auto height = json::parse(before.out).at("height").get<std::uint64_t>();
  auto line = contents(file);
  CHECK(std::stoull(line.substr(65)) == height);
  // As if another node's answer had been seen there, far ahead.
  line.replace(65, 20, "00000000000000900000");
  std::ofstream{file, std::ios::trunc} << line;
  const auto stale = group.cli(0, "get", {"score", "--timeout", "0.5"});
  INFO(stale.err);
  CHECK(stale.how.code == 6);
  CHECK(stale.out.empty());
  CHECK(has(stale.err, "900000"));
  const auto fresh = group.cli(0, "get", {"score", "--timeout", "0.5", "--fresh"});
  CHECK(fresh.how.code == 6); // members attest, and none knows of a height that new
  CHECK(fresh.out.empty());
  // Of another network it says nothing, and where it cannot be kept reads go on.
  std::ofstream{file, std::ios::trunc} << line.replace(0, 4, "0000");
  CHECK(group.cli(0, "get", {"score"}).err.empty());
  // One that is damaged protects from nothing, which is said once: it is written anew.
  std::ofstream{file, std::ios::trunc} << "900000";
  CHECK(has(group.cli(0, "doctor", {}).out, "seen_height is damaged"));
  const auto damaged = group.cli(0, "get", {"score"});
  CHECK(damaged.how.ok());
  CHECK(has(damaged.out, "1\n"));
  CHECK(has(damaged.err, "warning: "));
  CHECK(has(damaged.err, "seen_height is damaged"));
  CHECK(has(damaged.err, "written anew"));
  CHECK(group.cli(0, "get", {"score"}).err.empty());
  CHECK(has(group.cli(0, "doctor", {}).out, "ok        seen"));
  fs::remove(file);
  fs::create_directory(file);
  const auto unkept = group.cli(0, "get", {"score"});
  CHECK(unkept.how.ok());
  CHECK(has(unkept.err, "warning: "));
  CHECK(has(unkept.err, "seen_height"));
  CHECK(has(unkept.err, "move it away"));
  CHECK(has(group.cli(0, "doctor", {}).out, "warning   seen"));
}

TEST_CASE("status can wait until a node is ready") {
  cluster group{{.nodes = 1, .settings = {}, .genesis = {}}};
  const auto none = group.cli(0, "status", {"--wait", "0.2"});
  CHECK(none.how.code == 5);
  CHECK(has(none.err, "no node runs"));
  group.start(0);
  const auto told = group.cli(0, "status", {"--wait", "30", "--json"});
  INFO(told.err);
  REQUIRE(told.how.ok());
  CHECK(json::parse(told.out).at("silent").empty());
  CHECK(fs::exists(group.directory(0) / "ledger.log"));
}

TEST_CASE("a network on which nothing happened has the root of an empty state") {
  cluster group;
  group.start_all();
  const auto fresh = group.view(0);
  const auto status = json::parse(fresh.json);
  CHECK(status.at("state_entries") == 0);
  CHECK(fresh.state_root == std::string(64, '0'));
  CHECK(has(group.cli(0, "status", {}).out, "nothing is stored yet"));
  const auto absent = group.cli(0, "get", {"score", "--json"});
  REQUIRE(absent.how.ok());
  CHECK(json::parse(absent.out).at("value").is_null());
  const auto file = group.folder() / "answer.json";
  std::ofstream{file} << absent.out;
  CHECK(cluster::cli({"verify", "--genesis", group.genesis().string(), file.string()}).how.ok());
}

TEST_CASE("a client needs no file: from an empty folder, again, and in a folder of its choice") {
  cluster group;
  group.start_all();
  const auto empty = group.folder() / "empty";
  fs::create_directory(empty);
  const auto join = "127.0.0.1:" + std::to_string(group.port(0));
  const auto command = [&](const std::string& more) {
    return words{"sh", "-c",
                 "cd '" + empty.string() + "' && exec '" + cluster::program().string()
                   + "' node --mode client --join " + join + " --genesis '"
                   + group.genesis().string() + "' --json" + more};
  };
  const auto run_once = [&](const std::string& more, const fs::path& folder) {
    const auto output = group.folder() / "client";
    fs::remove(output);
    process client{command(more), output};
    group.wait_until("the client is ready", [&] { return has(contents(output), "\n"); });
    const auto ready = json::parse(contents(output));
    INFO(ready.dump());
    CHECK(ready.at("mode") == "client");
    CHECK(ready.at("member") == "");
    CHECK(ready.at("port") == 0); // it listens nowhere
    auto read = cluster::cli({"get", "--config", folder.string(), "score"});
    INFO(read.err);
    CHECK(read.how.ok());
    client.signal(SIGTERM);
    const auto how = client.wait(20s);
    REQUIRE(how.has_value());
    CHECK(how->code == 0);
    return ready.at("peer_id").get<std::string>();
  };
  const auto first = run_once("", empty / "caucus-client");
  CHECK(run_once("", empty / "caucus-client") == first); // the same identity
  const auto other = run_once(" --directory there", empty / "there");
  CHECK(other != first);
  CHECK(run_once(" --directory there", empty / "there") == other);

  REQUIRE(cluster::cli({"init", (group.folder() / "foreign").string()}).how.ok());
  const auto foreign = cluster::cli({"node", "--mode", "client", "--join", join, "--directory",
                                     (empty / "there").string(), "--genesis",
                                     (group.folder() / "foreign" / "genesis.toml").string()});
  CHECK(foreign.how.code == 2);
  CHECK(has(foreign.err, "another network"));
  CHECK(has(foreign.err, "--directory"));
  const auto nowhere =
    cluster::cli({"node", "--mode", "client", "--join", join, "--genesis",
                  (group.folder() / "none.toml").string(), "--directory", (empty / "x").string()});
  CHECK(nowhere.how.code == 2);
  CHECK(has(nowhere.err, "none.toml"));
  CHECK_FALSE(fs::exists(empty / "x"));
}

TEST_CASE("a node whose folder is deleted or moved under it says so, in log and status") {
  cluster group{{.nodes = 1, .settings = {}, .genesis = {}}};
  const auto log_file = group.folder() / "node.log";
  group.start(0, {"--log-file", log_file.string()});
  group.wait_until("it runs", [&] { return group.view(0).height > 0; });
  fs::rename(group.directory(0) / "ledger.log", group.folder() / "elsewhere");
  group.wait_until("the log says so",
                   [&] { return has(contents(log_file), "ledger.log was deleted or moved"); });
  CHECK(has(contents(log_file), " error node: "));
  CHECK(has(contents(log_file), "kill " + std::to_string(group.of(0).pid())));
  const auto told = group.cli(0, "status", {}).out;
  INFO(told);
  CHECK(has(told, "problem "));
  CHECK(has(told, "was deleted or moved"));
  fs::rename(group.folder() / "elsewhere", group.directory(0) / "ledger.log");
  CHECK(group.view(0).problems.empty());
  CHECK(group.stop(0).ok());
}

} // namespace
} // namespace caucus::harness
