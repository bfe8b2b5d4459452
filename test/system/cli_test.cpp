#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// The command line without any node: what it explains, refuses and leaves alone.

namespace caucus::harness {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;
using words = std::vector<std::string>;

std::string contents(const fs::path& file) {
  const std::ifstream from{file};
  std::ostringstream out;
  out << from.rdbuf();
  return out.str();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Fails with that exit code, on stderr alone, without colours, and says each of these parts.
void check_fails(const words& arguments, int code, const words& parts) {
  const auto told = cluster::cli(arguments);
  INFO(json(arguments).dump() << " said: " << told.out << told.err);
  CHECK(told.how.code == code);
  CHECK(told.out.empty());
  CHECK_FALSE(has(told.err, "\x1b"));
  for (const auto& part : parts) {
    INFO(part);
    CHECK(has(told.err, part));
  }
}

/// As it was before it was broken to fit a terminal.
std::string one_line(const std::string& text) {
  std::string out;
  for (const char one : text) {
    const char next = one == '\n' ? ' ' : one;
    if (next != ' ' || out.empty() || out.back() != ' ') {
      out += next;
    }
  }
  return out;
}

TEST_CASE("every command explains itself with an example") {
  for (const auto* const name :
       {"init", "node", "propose", "get", "verify", "log", "status", "metrics", "doctor",
        "completion", "keygen", "version", "demo", "bench commit", "bench link", "bench mailbox"}) {
    INFO(name);
    words arguments;
    std::istringstream parts{name};
    for (std::string part; parts >> part;) {
      arguments.push_back(part);
    }
    arguments.emplace_back("--help");
    const auto told = cluster::cli(arguments);
    CHECK(told.how.ok());
    CHECK(told.err.empty());
    CHECK(has(told.out, "Example"));
    CHECK(has(told.out, "  caucus " + std::string{name}));
    CHECK_FALSE(has(told.out, "\x1b"));
    CHECK_FALSE(has(one_line(told.out), "else ./node.toml (required)"));
  }
  const auto all = cluster::cli({"--help"});
  CHECK(all.how.ok());
  CHECK(has(all.out, "caucus demo"));
  CHECK(has(all.out, "Exit codes: 0"));
  CHECK(has(all.out, "for i in 0 1 2 3; do caucus node --config DIR/node$i & done"));
}

TEST_CASE("the version is told to people and to programs") {
  const auto told = cluster::cli({"version", "--json"});
  REQUIRE(told.how.ok());
  const auto version = json::parse(told.out).at("version").get<std::string>();
  CHECK(version.find('.') != std::string::npos);
  const auto line = cluster::cli({"version"}).out;
  CHECK(has(line, "caucus " + version));
  CHECK(cluster::cli({"--version"}).out == line);
}

TEST_CASE("a wrong command line ends with code 2 and says what is wrong") {
  check_fails({}, 2, {"caucus demo", "propose"});
  check_fails({"nod"}, 2, {"'nod'", "did you mean node?", "caucus --help"});
  check_fails({"node", "--prot", "7400"}, 2, {"'--prot'", "did you mean --port?", "node --help"});
  check_fails({"keygen", "a", "b"}, 2, {"'b'", "too many", "keygen --help"});
  check_fails({"status"}, 2, {"caucus: --config is required", "caucus status --help"});
  check_fails({"bench", "commit", "--nodes", "no"}, 2, {"--nodes", "caucus bench commit --help"});
  check_fails({"get", "--config", "x", "score", "--at-least", "-1"}, 2, {"--at-least", "'-1'"});
  check_fails({"log", "--config", "x", "--from", "-3"}, 2, {"--from", "'-3'"});
  check_fails({"get", "--config", "x"}, 2, {"VARIABLE is required"});
  check_fails({"propose", "--config", "x", "score"}, 2, {"MUTATION is required"});
  check_fails({"propose", "--config", "x", "score", "add", "1", "--timeout", "0"}, 2,
              {"--timeout"});
  check_fails({"propose", "--config", "x", "score", "add", "5", "--wait", "5"}, 2,
              {"'--wait'", "did you mean --timeout?", "behind a --"});
  check_fails({"verify", "answer.json"}, 2, {"--genesis is required"});
  check_fails({"demo", "--nodes", "3"}, 2, {"--nodes", "4"});
  check_fails({"node"}, 2, {"--config FILE", "caucus init DIR", "--join HOST:PORT"});
  check_fails({"node", "--mode", "client"}, 2, {"--join", "HOST:PORT"});
}

TEST_CASE("an option in the wrong place, or with a wrong value, is told with what is allowed") {
  const std::string after = "goes after the command: caucus ";
  check_fails({"--json", "status", "--config", "x"}, 2, {"'--json' " + after + "status --json"});
  check_fails({"--config=x", "status"}, 2, {"'--config' " + after + "status --config"});
  check_fails({"bench", "--runs", "2", "commit"}, 2, {after + "bench commit --runs"});
  check_fails({"--jsn", "status"}, 2, {"no option '--jsn'", "did you mean --json?"});
  check_fails({"--json"}, 2, {"no command is given", "'--json'"});
  check_fails({"bench"}, 2, {"allowed: mailbox, link, commit"});
  check_fails({"status"}, 2, {"CAUCUS_CONFIG", "./node.toml", "--config FILE", "caucus init DIR"});
  check_fails({"status", "h/node0"}, 2, {"caucus status --config h/node0"});
  check_fails({"status", "--config", "a", "b"}, 2, {"'b' is one argument too many\n"});
  check_fails({"status", "--config", "a", "--config", "b"}, 2,
              {"--config: given 2 times (a, b); allowed: once"});
  check_fails({"status", "--config"}, 2, {"--config needs a value: --config FILE"});
  check_fails({"status", "--config", "a", "--wait"}, 2, {"--wait needs a value: --wait SECONDS\n"});
  check_fails({"init", "x", "--join"}, 2, {"--join needs a value: --join HOST:PORT\n"});
  check_fails({"init", "x", "--members", "7"}, 2, {"did you mean --nodes N, or --member?"});
  check_fails({"bench", "comit"}, 2, {"'bench comit'; did you mean bench commit?"});
  for (const auto* const wrong : {"abc", "nan", "0", "3601", "1x"}) {
    check_fails({"get", "--config", "x", "score", "--timeout", wrong}, 2,
                {"--timeout: given '" + std::string{wrong} + "'", "a number, 0.001 to 3600"});
  }
  check_fails({"bench", "commit", "--durability", "ram"}, 2, {"'ram'; allowed: disk, memory\n"});
  check_fails({"bench", "commit", "--runs", "1.5"}, 2, {"'1.5'; allowed: a whole number, 1 to"});
  check_fails({"log", "--config", "x", "--from", "18446744073709551616"}, 2,
              {"allowed: a whole number, 0 to 18446744073709551615\n"});
  check_fails({"node", "--mode", "clint", "--join", "h:1"}, 2,
              {"'clint'; allowed: server, client\n"});
  check_fails({"node", "--mode", "client", "--genesis", "g"}, 2, {"--join is missing"});
  check_fails({"node", "--print-config", "--json"}, 2, {"--print-config and --json are given"});
  check_fails({"get", "--config", "x", "tags", ""}, 2, {"key is empty", "all of tags"});
  check_fails({"init", ""}, 2, {"DIR is empty"});
  check_fails({"init", "", "--join", "h:1", "--genesis", "g"}, 2, {"DIR is empty"});
  check_fails({"init", "x", "--join", "h:1", "--nodes", "3"}, 2, {"--nodes and --join are given"});
  check_fails({"init", "x", "--join", "", "--genesis", "g"}, 2, {"--join is missing"});
  CHECK_FALSE(fs::exists("x"));
}

TEST_CASE("a folder of several nodes is told from a node's, and commands to paste are quoted") {
  const temporary_folder folder;
  const auto net = folder.path() / "two words";
  const auto made = cluster::cli({"init", net.string()});
  REQUIRE(made.how.ok());
  CHECK(
    has(made.out, "\n  caucus node --config '" + (net / "node0" / "node.toml").string() + "' "));
  check_fails(
    {"status", "--config", net.string()}, 2,
    {"holds several nodes: name one of them, --config '" + (net / "node0").string() + "'"});
  check_fails(
    {"status", "--config", (net / "node0").string()}, 5,
    {"start it with: caucus node --config '" + (net / "node0" / "node.toml").string() + "'"});
}

TEST_CASE("what cannot be written is no success") {
  for (const auto* const arguments : {"version", "--help", "keygen"}) {
    INFO(arguments);
    const auto told =
      run({"sh", "-c", cluster::program().string() + " " + arguments + " > /dev/full"});
    CHECK(told.how.code == 1);
    CHECK(has(told.err, "caucus: cannot write the output: No space left on device"));
  }
}

TEST_CASE("a key file is made once, for its owner alone, and never overwritten") {
  const temporary_folder folder;
  const auto file = folder.path() / "identity.key";
  const auto made = cluster::cli({"keygen", file.string(), "--json"});
  REQUIRE(made.how.ok());
  CHECK(json::parse(made.out).at("peer_id").get<std::string>().size() == 52);
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  const auto before = contents(file);
  check_fails({"keygen", file.string()}, 1, {file.string(), "never overwritten"});
  CHECK(contents(file) == before);
}

TEST_CASE("a key that is printed is apart from its id, so that either can be taken alone") {
  const temporary_folder folder;
  const auto printed = cluster::cli({"keygen"});
  REQUIRE(printed.how.ok());
  CHECK(printed.out.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  CHECK(printed.out.ends_with("-----END PRIVATE KEY-----\n"));
  CHECK(printed.err.size() == 53);
  const auto file = folder.path() / "identity.key";
  std::ofstream{file} << printed.out;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const auto id = printed.err.substr(0, 52);
  REQUIRE(cluster::cli({"init", (folder.path() / "net").string(), "--member", "a=" + id + "@h:1"})
            .how.ok());
  const auto node = cluster::cli({"init", (folder.path() / "a").string(), "--genesis",
                                  (folder.path() / "net" / "genesis.toml").string(), "--identity",
                                  file.string(), "--json"});
  INFO(node.err);
  REQUIRE(node.how.ok());
  CHECK(json::parse(node.out).at("peer_id") == id);
}

TEST_CASE("init makes a network, says what comes next, and overwrites nothing") {
  const temporary_folder folder;
  const auto net = folder.path() / "net";
  const auto made = cluster::cli({"init", net.string(), "--nodes", "2", "--base-port", "7400"});
  REQUIRE(made.how.ok());
  CHECK(has(made.out, "caucus node --config " + (net / "node0" / "node.toml").string()));
  CHECK_FALSE(has(made.out, "\x1b"));
  for (const auto* const name : {"node0", "node1"}) {
    CHECK(fs::exists(net / name / "node.toml"));
    CHECK(fs::exists(net / name / "identity.key"));
  }
  const auto before = contents(net / "genesis.toml") + contents(net / "node0" / "identity.key");
  check_fails({"init", net.string()}, 1, {(net / "genesis.toml").string(), "not overwritten"});
  // Also where a part alone is there.
  fs::remove(net / "genesis.toml");
  check_fails({"init", net.string()}, 1, {(net / "node0").string(), "not overwritten"});
  CHECK_FALSE(fs::exists(net / "node2"));
  CHECK(before.ends_with(contents(net / "node0" / "identity.key")));
}

TEST_CASE("what init says comes next fits the network's first variable") {
  const temporary_folder folder;
  const auto hints = [&folder](const std::string& name, const std::string& variable) {
    const auto own = folder.path() / (name + ".toml");
    std::ofstream{own} << "name = \"x\"\ntime_ms = 1\n[[variables]]\nname = \"first\"\n" + variable;
    const auto net = (folder.path() / name).string();
    const auto made = cluster::cli({"init", net, "--nodes", "1", "--genesis", own.string()});
    INFO(made.err);
    CHECK(made.how.ok());
    CHECK(has(made.out, "a network of 1 node in "));
    return made.out;
  };
  const auto down = hints("down", "kind = \"counter\"\nmax = 0\nstep_max = 2\n");
  CHECK(has(down, " first add -1\n"));
  CHECK(has(down, " first\n"));
  CHECK_FALSE(has(down, "score"));
  CHECK(has(hints("text", "kind = \"register\"\nvalue_size = 1\n"), " first set x\n"));
  const auto narrow = hints("narrow", "kind = \"set\"\nkey_size = 3\n");
  CHECK_FALSE(has(narrow, "caucus propose"));
  CHECK(has(narrow, " first\n"));
}

TEST_CASE("init refuses ports, counts and files that make no network, and leaves nothing behind") {
  const temporary_folder folder;
  const auto net = (folder.path() / "net").string();
  check_fails({"init", net, "--base-port", "70000"}, 2, {"--base-port", "65535"});
  check_fails({"init", net, "--base-port", "0"}, 2, {"--base-port"});
  check_fails({"init", net, "--base-port", "no"}, 2, {"--base-port"});
  check_fails({"init", net, "--base-port", "65533", "--nodes", "4"}, 2,
              {"65536", "--base-port of at most 65532"});
  check_fails({"init", net, "--nodes", "0"}, 2, {"--nodes"});
  check_fails({"init", net, "--nodes", "65"}, 2, {"--nodes", "64"});
  check_fails({"init", net, "--genesis", net + "/none.toml"}, 1,
              {net + "/none.toml", "no such file"});
  const auto bad = folder.path() / "bad.toml";
  std::ofstream{bad}
    << "name = \"x\"\ntime_ms = 1\n[[variables]]\nname = \"a\"\nkind = \"countr\"\n";
  check_fails({"init", net, "--genesis", bad.string()}, 2,
              {bad.string() + ":5:8", "variables.kind", "\"countr\"", "counter"});
  const auto bare = folder.path() / "bare.toml";
  std::ofstream{bare} << "[[variables]]\nname = \"a\"\n[[variables]]\nkind = \"set\"\n";
  check_fails({"init", net, "--genesis", bare.string()}, 1,
              {bare.string() + ":1:1: needs the keys name, variables.kind\n", "variables.kind",
               "variables.name"});
  const auto whole = folder.path() / "whole.toml";
  std::ofstream{whole} << "name = \"x\"\ntime_ms = 1\n[[members]]\nname = \"a\"\n";
  check_fails({"init", net, "--genesis", whole.string()}, 1, {whole.string(), "[[members]]"});
  CHECK_FALSE(fs::exists(net));
}

TEST_CASE("init fills in the time that a genesis leaves out, and says so") {
  const temporary_folder folder;
  const auto bare = folder.path() / "lunch.toml";
  const std::string text =
    "name = \"lunch\"\n[[variables]]\nname = \"votes\"\nkind = \"counter\"\n";
  std::ofstream{bare} << text;
  const auto net = folder.path() / "net";
  const auto made = cluster::cli({"init", net.string(), "--genesis", bare.string()});
  INFO(made.err);
  REQUIRE(made.how.ok());
  CHECK(has(made.out, "time_ms = "));
  CHECK(has(made.out, bare.string() + " gave no time"));
  CHECK(has(contents(net / "genesis.toml"), "time_ms = "));
  CHECK(has(contents(net / "genesis.toml"), text));
  CHECK(contents(bare) == text);
  // What else is wrong is told with its own line.
  std::ofstream{bare} << text << "colour = 1\n";
  check_fails({"init", (folder.path() / "other").string(), "--genesis", bare.string()}, 2,
              {bare.string() + ":5:"});
}

TEST_CASE("a network with rules in C++ is never said to run by caucus node") {
  const temporary_folder folder;
  const auto own = folder.path() / "own.toml";
  std::ofstream{own} << "name = \"game\"\ntime_ms = 1\n[[variables]]\nname = \"board\"\n"
                        "kind = \"custom\"\noperations = [{name = \"mark\"}]\n";
  const auto net = folder.path() / "net";
  const auto made = cluster::cli({"init", net.string(), "--genesis", own.string()});
  INFO(made.out);
  REQUIRE(made.how.ok());
  const auto config = (net / "node0" / "node.toml").string();
  CHECK_FALSE(has(made.out, "caucus node --config"));
  CHECK(has(made.out, "the program that has the rules of \"board\""));
  CHECK(has(made.out, "caucus get --config " + config + " --rules NAME:VERSION board"));
  const words parts{"no node runs", "the program that has the rules of \"board\"", config};
  check_fails({"status", "--config", config}, 5, parts);
  check_fails({"get", "--config", config, "board", "--rules", "game:1"}, 5, parts);
  const auto doctor = cluster::cli({"doctor", "--config", config});
  CHECK_FALSE(has(doctor.out, "caucus node --config"));
  CHECK(has(one_line(doctor.out), "the program that has the rules"));
  CHECK(has(doctor.out, "warning   genesis"));
  CHECK(has(one_line(doctor.out), "doctor --rules NAME:VERSION"));
  const auto told = cluster::cli({"doctor", "--config", config, "--rules", "game:1"});
  CHECK(has(told.out, "ok        genesis"));
  CHECK(told.how.code != 1);
  const auto wrong_name = cluster::cli({"doctor", "--config", config, "--rules", "game"});
  CHECK(has(wrong_name.out, "failure   genesis"));
  CHECK(wrong_name.how.code == 1);

  const auto genesis = (net / "genesis.toml").string();
  const words what{"rules of its own", "--rules NAME:VERSION", "its program"};
  check_fails({"get", "--config", config, "board"}, 2, what);
  check_fails({"verify", "--genesis", genesis, "none.json"}, 2, what);
  for (const auto* const wrong : {"game", "game:", "game:x", "game:-1", "game:4294967296"}) {
    check_fails({"get", "--config", config, "board", "--rules", wrong}, 2, {"--rules", wrong});
  }
  // A node of the game was here.
  std::ofstream{net / "node0" / "network"} << std::string(64, '0') << "\n";
  check_fails({"get", "--config", config, "board", "--rules", "game:1"}, 2,
              {"game:1", (net / "node0").string()});
  const auto plain = folder.path() / "plain";
  REQUIRE(cluster::cli({"init", plain.string()}).how.ok());
  check_fails({"get", "--config", (plain / "node0").string(), "score", "--rules", "game:1"}, 2,
              {"no rules of its own"});
}

TEST_CASE("the configuration may be named by the environment, or lie where one is") {
  const temporary_folder folder;
  const auto net = folder.path() / "net";
  REQUIRE(cluster::cli({"init", net.string()}).how.ok());
  const auto in = [](const fs::path& where, const std::string& command) {
    return run(
      {"sh", "-c",
       "cd " + where.string() + " && " + command + " " + cluster::program().string() + " status"});
  };
  const auto here = in(net / "node1", "");
  CHECK(here.how.code == 5);
  CHECK(has(here.err, "no node runs in"));
  const auto named = in(net / "node1", "CAUCUS_CONFIG=" + (net / "node2").string());
  CHECK(named.how.code == 5);
  CHECK(has(named.err, (net / "node2").string()));
  const auto none = in(folder.path(), "");
  CHECK(none.how.code == 2);
  CHECK(has(none.err, "--config is required"));
  // The folder of a node, where a variable belongs.
  check_fails({"get", (net / "node1").string(), "score"}, 2,
              {"caucus get --config " + (net / "node1").string()});
}

TEST_CASE("a client is made from the network's genesis and the address of a node") {
  const temporary_folder folder;
  const auto net = folder.path() / "net";
  REQUIRE(cluster::cli({"init", net.string()}).how.ok());
  const auto me = folder.path() / "me";
  check_fails(
    {"init", me.string(), "--join", "nowhere", "--genesis", (net / "genesis.toml").string()}, 2,
    {"'nowhere'", "HOST:PORT"});
  check_fails({"init", me.string(), "--join", "127.0.0.1:7400"}, 2, {"--genesis FILE"});
  check_fails({"init", me.string(), "--join", "127.0.0.1:7400", "--genesis", (net / "no").string()},
              1, {(net / "no").string(), "no such file"});
  CHECK_FALSE(fs::exists(me));
  const auto made = cluster::cli({"init", me.string(), "--join", "127.0.0.1:7400", "--genesis",
                                  (net / "genesis.toml").string(), "--json"});
  REQUIRE(made.how.ok());
  CHECK(json::parse(made.out).at("config") == (me / "node.toml").string());
  const auto shown =
    cluster::cli({"node", "--config", (me / "node.toml").string(), "--print-config"});
  REQUIRE(shown.how.ok());
  CHECK(has(shown.out, "mode = \"client\""));
  CHECK(has(shown.out, "listen = false"));
  const auto open = folder.path() / "open";
  REQUIRE(cluster::cli({"init", open.string(), "--join", "127.0.0.1:7400", "--genesis",
                        (net / "genesis.toml").string(), "--base-port", "7500"})
            .how.ok());
  CHECK(has(contents(open / "node.toml"), "hostname = \"127.0.0.1\"\nport = 7500\n"));
}

TEST_CASE("a command to a node that does not run says how to start it") {
  const temporary_folder folder;
  const auto net = folder.path() / "net";
  REQUIRE(cluster::cli({"init", net.string()}).how.ok());
  const auto config = (net / "node0" / "node.toml").string();
  const words parts{"no node runs", "caucus node --config " + config};
  check_fails({"status", "--config", config}, 5, parts);
  check_fails({"get", "--config", config, "score"}, 5, parts);
  check_fails({"log", "--config", config}, 5, parts);
  check_fails({"propose", "--config", config, "score", "add", "1"}, 5, parts);
}

} // namespace
} // namespace caucus::harness
