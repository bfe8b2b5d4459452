#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// What `caucus doctor` finds, of a node that runs and of one that does not.

namespace caucus::harness {
namespace {

using nlohmann::json;
using words = std::vector<std::string>;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct visit {
  int code = 0;
  json told;

  explicit visit(const run_result& of) : code{of.how.code} {
    INFO(of.out << of.err);
    told = json::parse(of.out);
    CHECK(of.err.empty());
    const auto verdict = told.at("verdict").get<std::string>();
    CHECK(code == (verdict == "ok" ? 0 : (verdict == "warning" ? 7 : 1)));
    for (const auto& one : told.at("checks")) {
      if (verdict == "ok") {
        CHECK(one.at("verdict") == "ok");
      }
      if (verdict == "warning") {
        CHECK(one.at("verdict") != "failure");
      }
    }
  }
  /// The worst that is said about it.
  [[nodiscard]] json about(const std::string& what) const {
    json out;
    for (const auto& one : told.at("checks")) {
      if (one.at("about") == what && (out.is_null() || one.at("verdict") != "ok")) {
        out = one;
      }
    }
    INFO(what << " in " << told.dump(1));
    REQUIRE_FALSE(out.is_null());
    return out;
  }
  void check(const std::string& what, const std::string& verdict, const words& parts) const {
    const auto one = about(what);
    INFO(one.dump());
    CHECK(one.at("verdict") == verdict);
    for (const auto& part : parts) {
      INFO(part);
      CHECK(has(one.at("text").get<std::string>() + one.at("remedy").get<std::string>(), part));
    }
  }
};

visit examine(const cluster& group, std::size_t node = 0) {
  return visit{group.cli(node, "doctor", {"--json"})};
}

/// Each file with its size and time of change.
std::set<std::string> listing(const fs::path& folder) {
  std::set<std::string> out;
  for (const auto& one : fs::recursive_directory_iterator{folder}) {
    out.insert(one.path().string() + " "
               + std::to_string(one.is_regular_file() ? one.file_size() : 0) + " "
               + std::to_string(one.last_write_time().time_since_epoch().count()));
  }
  return out;
}

TEST_CASE("the doctor finds a fresh node's files in order, and leaves them as they are") {
  const cluster group;
  const auto before = listing(group.folder());
  const auto found = examine(group);
  found.check("config", "ok", {"server"});
  found.check("version", "ok", {"caucus 0."});
  found.check("genesis", "ok", {"4 members of which 3 decide"});
  found.check("identity", "ok", {"identity.key"});
  found.check("member", "ok", {"node0"});
  found.check("folder", "ok", {"no ledger yet"});
  found.check("node", "ok", {"none runs", "caucus node --config"});
  found.check("port", "ok", {std::to_string(group.port(0)), "free"});
  CHECK(found.about("disk").at("text").get<std::string>().find("GiB") != std::string::npos);
  CHECK(found.about("files").at("verdict") != "failure");
  CHECK(found.about("clock").at("verdict") != "failure");
  CHECK(found.about("sync").at("verdict") != "failure");
  CHECK(listing(group.folder()) == before);

  const auto shown = group.cli(0, "doctor", {});
  std::size_t verdicts = 0; // what does not fit a line goes on in the next, indented
  std::istringstream lines{shown.out};
  for (std::string line; std::getline(lines, line);) {
    verdicts += line.empty() || line.front() == ' ' ? 0 : 1;
  }
  CHECK(verdicts == found.told.at("checks").size());
  CHECK(shown.how.code == found.code);
  CHECK(has(shown.out, "ok        identity"));
}

TEST_CASE("the doctor finds a node that runs, its port and the group it hears") {
  cluster group;
  group.start_all();
  auto found = examine(group);
  const auto pid = "process " + std::to_string(group.of(0).pid());
  found.check("node", "ok", {pid, "height"});
  found.check("port", "ok", {"this node listens on port " + std::to_string(group.port(0))});
  found.check("group", "ok", {"4 of 4"});
  REQUIRE(group.stop(3).ok());
  group.wait_until("one is gone", [&] { return group.view(0).peers == 2; });
  examine(group).check("group", "warning",
                       {"3 of 4", "caucus status --config " + group.config(0).string()});
  REQUIRE(group.stop(2).ok());
  group.wait_until("two are gone", [&] { return group.view(0).peers == 1; });
  found = examine(group);
  found.check("group", "failure", {"of 4 members 2", "3 are needed", "start the others"});
  CHECK(found.code == 1);
  group.pause(0); // it has its folder, and does not answer
  found = examine(group);
  group.resume(0);
  found.check("node", "failure", {pid, "does not answer"});
  found.check("port", "warning", {std::to_string(group.port(0)), "by this node"});
}

TEST_CASE("the doctor counts a member that does not vote among those that are here") {
  cluster group{{.nodes = 2, .settings = {}, .genesis = {}}};
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  REQUIRE(group.stop(1).ok());
  for (const auto* const name : {"consensus.journal", "notary.journal", "ledger.log",
                                 "state.sqlite", "state.sqlite-wal", "state.sqlite-shm"}) {
    fs::remove(group.directory(1) / name);
  }
  group.start(1);
  group.wait_until("it does not vote, and both are linked", [&] {
    const auto now = json::parse(group.view(1).json, nullptr, false);
    return now.is_object() && !now.value("votes", true) && !now.at("problems").empty()
           && group.view(0).peers == 1 && group.view(1).peers == 1;
  });
  const auto found = examine(group, 1);
  const auto said = found.about("group");
  INFO(said.dump(1));
  CHECK(has(said.at("text").get<std::string>(), "2 of 2 members are here or linked"));
  CHECK_FALSE(has(said.at("remedy").get<std::string>(), "start the others"));
  CHECK(found.about("node").at("verdict") == "failure");
}

TEST_CASE("a doctor whose output cannot be written fails, also where it has warnings alone") {
  const cluster group;
  fs::permissions(group.directory(0), fs::perms::others_write, fs::perm_options::add);
  REQUIRE(examine(group).code == 7);
  const auto told = run({"sh", "-c",
                         cluster::program().string() + " doctor --config "
                           + group.config(0).string() + " > /dev/full"});
  CHECK(told.how.code == 1);
  CHECK(has(told.err, "cannot write the output"));
}

TEST_CASE("the doctor names what is wrong and what to do") {
  SECTION("no configuration") {
    const temporary_folder folder;
    const visit found{
      cluster::cli({"doctor", "--config", (folder.path() / "node.toml").string(), "--json"})};
    found.check("config", "failure", {"no such file", "caucus init DIR"});
    CHECK(found.code == 1);
  }
  SECTION("a key that others can read") {
    const cluster group;
    fs::permissions(group.directory(0) / "identity.key", fs::perms::group_read,
                    fs::perm_options::add);
    const auto found = examine(group);
    found.check("identity", "failure", {"identity.key", "chmod 600"});
    CHECK(found.code == 1);
  }
  SECTION("a folder that others can write in") {
    const cluster group;
    fs::permissions(group.directory(0), fs::perms::others_write, fs::perm_options::add);
    examine(group).check("folder", "warning", {"chmod go-w"});
  }
  SECTION("the key of a stranger") {
    const cluster group;
    const auto key = group.directory(0) / "identity.key";
    fs::remove(key);
    REQUIRE(cluster::cli({"keygen", key.string()}).how.ok());
    examine(group).check("member", "warning", {"no member", "without a vote", "mode = \"client\""});
  }
  SECTION("a port that others do not dial") {
    const cluster group{{.settings = {{"net.port", "7"}}, .genesis = {}}};
    examine(group).check("member", "warning", {"the others dial", "net.port"});
  }
  SECTION("a port that is taken") {
    cluster taker{{.nodes = 1, .settings = {}, .genesis = {}}};
    taker.start(0);
    taker.wait_until("it runs", [&] { return !taker.view(0).json.empty(); });
    const auto port = std::to_string(taker.port(0));
    const cluster group{{.settings = {{"net.port", port}}, .genesis = {}}};
    examine(group).check("port", "failure", {port, "in use", "net.port"});
  }
  SECTION("a clock behind the group's") {
    const auto later = std::chrono::duration_cast<std::chrono::milliseconds>(
      (std::chrono::system_clock::now() + 1h).time_since_epoch());
    const cluster group{{.settings = {}, .genesis = [later](const std::string& text) {
                           const auto at = text.find("time_ms = ");
                           return text.substr(0, at) + "time_ms = " + std::to_string(later.count())
                                  + text.substr(text.find('\n', at));
                         }}};
    examine(group).check("clock", "failure", {"behind what the group has committed"});
  }
  SECTION("too few files") {
    const cluster group;
    const visit found{run({"sh", "-c",
                           "ulimit -n 100; exec " + cluster::program().string()
                             + " doctor --json --config " + group.config(0).string()})};
    found.check("files", "warning", {"100 files", "LimitNOFILE"});
  }
}

TEST_CASE(
  "doctor finds what keeps a node from starting: damaged and missing files, with the way out") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  }
  for (const auto node : group.all()) {
    CHECK(group.stop(node).ok());
  }
  const auto folder = group.directory(0);
  const auto look = [&] { return visit{group.cli(0, "doctor", {"--json"})}; };
  look().check("folder", "ok", {"a ledger of"});
  const auto flip = [](const fs::path& file, std::streamoff at) {
    std::fstream bytes{file, std::ios::binary | std::ios::in | std::ios::out};
    bytes.seekg(at);
    const char was = static_cast<char>(bytes.get());
    bytes.seekp(at);
    bytes.put(static_cast<char>(was ^ 0x40));
    REQUIRE(bytes.good());
  };
  const auto half = [](const fs::path& file) {
    return static_cast<std::streamoff>(fs::file_size(file) / 2);
  };
  const auto start = [&] {
    const auto told = cluster::cli({"node", "--config", group.config(0).string()});
    INFO(told.err);
    CHECK(told.how.code == 8); // no restart mends it
    return told.err;
  };
  SECTION("a damaged ledger: it can be had again, the journals are kept") {
    const auto ledger = folder / "ledger.log";
    flip(ledger, half(ledger));
    look().check("folder", "failure", {"ledger.log", "move ledger.log away, keep both journals"});
    fs::remove(folder / "state.sqlite"); // else the start reads the ledger's end alone
    CHECK(has(start(), "move ledger.log away, keep both journals"));
    fs::rename(ledger, group.folder() / "damaged"); // and so it works
    for (const auto node : group.all()) {
      group.start(node);
    }
    group.wait_until("it has its blocks again", [&] {
      const auto told = group.cli(0, "get", {"score", "--json"});
      return told.how.ok() && json::parse(told.out).at("value") == 20;
    });
    look().check("folder", "ok", {"a ledger of"});
  }
  SECTION("a damaged journal of votes") {
    const auto journal = folder / "consensus.journal";
    flip(journal, half(journal));
    look().check("folder", "failure", {"consensus.journal"});
  }
  SECTION("a damaged journal of batches, which is not headed as the ledger") {
    flip(folder / "notary.journal", 20);
    const auto said = look().about("folder");
    CHECK(said.at("verdict") == "failure");
    CHECK(said.at("text").get<std::string>().find((folder / "notary.journal").string()) == 0);
  }
  SECTION("a missing journal beside a ledger") {
    fs::remove(folder / "notary.journal");
    look().check("folder", "failure", {"notary.journal", "is missing, though there is a ledger"});
    CHECK(has(start(), "is missing, though there is a ledger"));
  }
  SECTION("an older journal beside a newer ledger") {
    fs::copy_file(folder / "notary.journal", group.folder() / "old");
    group.start_all();
    auto again = group.talk(0);
    REQUIRE(cluster::propose(again, "score", "add", {"1"}).outcome == "applied");
    for (const auto node : group.all()) {
      CHECK(group.stop(node).ok());
    }
    fs::rename(group.folder() / "old", folder / "notary.journal");
    look().check("folder", "failure", {"is an older copy", "without one, move ledger.log"});
    CHECK(has(start(), "is an older copy"));
  }
  SECTION("a stored state that is none: the ledger has it too") {
    const auto state = folder / "state.sqlite";
    fs::remove(folder / "state.sqlite-wal");
    const auto damage = GENERATE(0, 1, 2);
    INFO(damage);
    if (damage == 0) {
      flip(state, 0);
    } else if (damage == 1) {
      fs::resize_file(state, fs::file_size(state) / 2);
    } else {
      std::ofstream{state, std::ios::trunc} << "no database, but long enough for one";
    }
    look().check("folder", "failure", {"state.sqlite", "move it away to start without it"});
    CHECK(has(start(), "move it away to start without it"));
    fs::remove(state);
    look().check("folder", "ok", {"a ledger of"});
  }
  SECTION("a journal that is empty, or another file: as a missing one") {
    const auto journal = folder / (GENERATE(true, false) ? "consensus.journal" : "notary.journal");
    if (GENERATE(true, false)) {
      fs::resize_file(journal, 0);
    } else {
      fs::copy_file(folder / "ledger.log", journal, fs::copy_options::overwrite_existing);
    }
    look().check("folder", "failure", {"is no journal, but empty", "Put back the newest copy"});
    CHECK(has(start(), "is no journal, but empty"));
  }
  SECTION("a link that leads nowhere in place of a store") {
    const auto* const name = GENERATE("state.sqlite", "peers.sqlite");
    fs::remove(folder / name);
    fs::create_symlink(folder / (GENERATE(true, false) ? name : "gone"), folder / name);
    look().check("folder", "failure", {name});
  }
  SECTION("a directory in place of what the node makes") {
    const auto* const name = GENERATE("lock", "control.sock");
    fs::remove(folder / name);
    fs::create_directory(folder / name);
    look().check("folder", "failure", {name, "is a directory; move it away"});
  }
  SECTION("a peer book that is none") {
    std::ofstream{folder / "peers.sqlite", std::ios::trunc}
      << "no database, but long enough for one";
    fs::remove(folder / "peers.sqlite-wal");
    look().check("folder", "failure", {"peers.sqlite", "move it away to start without it"});
    CHECK(has(start(), "move it away to start without it"));
  }
}

TEST_CASE("doctor names the addresses of a hostname at which nobody hears") {
  const auto told = run({"getent", "ahosts", "localhost"});
  const bool two = has(told.out, "127.0.0.1") && has(told.out, "::1");
  const cluster group{{.nodes = 1, .settings = {}, .genesis = {}}};
  const auto config = group.config(0);
  std::ifstream from{config};
  std::ostringstream text;
  text << from.rdbuf();
  std::ofstream{config, std::ios::trunc} << set_key(text.str(), "net", "hostname", "\"localhost\"");
  const visit seen{group.cli(0, "doctor", {"--json"})};
  if (two) { // as most machines have it
    seen.check("port", "warning", {"localhost", "127.0.0.1", "::1", "on the first alone"});
  } else {
    seen.check("port", "ok", {"free"});
  }
}

} // namespace
} // namespace caucus::harness
