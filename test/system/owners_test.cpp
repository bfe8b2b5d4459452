#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/system/manual.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

// A group of several owners: nobody holds another's key.

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

/// A key in `file`; its id.
std::string key_in(const fs::path& file) {
  const auto made = cluster::cli({"keygen", file.string(), "--json"});
  REQUIRE(made.how.ok());
  return json::parse(made.out).at("peer_id").get<std::string>();
}

void check_refused(const words& arguments, int code, const words& parts) {
  const auto told = cluster::cli(arguments);
  INFO(json(arguments).dump() << " said: " << told.out << told.err);
  CHECK(told.how.code == code);
  CHECK(told.out.empty());
  for (const auto& part : parts) {
    INFO(part);
    CHECK(has(told.err, part));
  }
}

/// One of the owners of the manual, on a machine of their own: a folder.
struct owner {
  std::string name;
  fs::path home;
  std::string id{};
  std::string network{};
  std::unique_ptr<process> node{};

  [[nodiscard]] run_result types(const std::string& commands) const {
    const auto told = run({"sh", "-ec",
                           "cd " + home.string() + "; PATH="
                             + cluster::program().parent_path().string() + ":$PATH\n" + commands});
    INFO(commands << "said: " << told.out << told.err);
    REQUIRE(told.how.ok());
    return told;
  }
};

TEST_CASE("the manual's four owners make a group, and nobody ever holds another's key") {
  const temporary_folder machines;
  const port_lease ports{4};
  const auto manual = blocks_of("apps/caucus/operating.md", "Four machines, four owners");
  REQUIRE(manual.size() == 4);
  std::vector<owner> all;
  for (const auto* const name : {"ada", "bob", "cleo", "dan"}) {
    all.push_back({name, machines.path() / name});
    fs::create_directory(all.back().home);
  }
  auto genesis = manual[1];
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& who = all[i];
    std::istringstream{who.types(with(manual[0], {{"ada", who.name}})).out} >> who.id;
    auto upper = who.name;
    for (auto& letter : upper) {
      letter = static_cast<char>(std::toupper(letter));
    }
    genesis =
      with(genesis,
           {{"ID_OF_" + upper, who.id},
            {who.name + ".example.org:7400", "127.0.0.1:" + std::to_string(ports.first() + i)}});
  }
  static_cast<void>(all[1].types(genesis)); // it does not matter who
  const auto text = contents(all[1].home / "club" / "genesis.toml");
  for (auto& who : all) {
    CHECK(has(text, who.id));
    if (&who != &all[1]) {
      std::ofstream{who.home / "genesis.toml"} << text;
    }
    const auto file = &who == &all[1] ? "club/genesis.toml" : "genesis.toml";
    const auto told = who.types(with(manual[2], {{"ada", who.name}, {"genesis.toml", file}})).out;
    const auto at = told.find("network ");
    REQUIRE(at != std::string::npos);
    who.network = told.substr(at, 72);
    CHECK(who.network == all[0].network);
    CHECK(has(told, "made the node of " + who.name));
    CHECK(fs::status(who.home / "node" / "identity.key").permissions()
          == (fs::perms::owner_read | fs::perms::owner_write));
  }
  CHECK_FALSE(has(text, "PRIVATE"));
  std::size_t keys = 0;
  for (const auto& entry : fs::recursive_directory_iterator{machines.path()}) {
    keys += entry.is_regular_file() && has(contents(entry.path()), "PRIVATE") ? 1 : 0;
  }
  CHECK(keys == 2 * all.size()); // each owner's own and its node's

  const auto start = manual[3].find("caucus node --config node &\n");
  REQUIRE(start == 0);
  for (auto& who : all) {
    who.node =
      std::make_unique<process>(words{"sh", "-c",
                                      "cd " + who.home.string() + " && exec "
                                        + cluster::program().string() + " node --config node"},
                                who.home / "log");
  }
  for (const auto& who : all) {
    static_cast<void>(who.types(manual[3].substr(manual[3].find('\n') + 1)));
  }
  const auto told = all[3].types("caucus propose --config node score add 5\n");
  CHECK(has(told.out, "applied at height "));
  const auto read = all[0].types("caucus get --config node score --fresh\n");
  CHECK(has(read.out, "5"));
  for (auto& who : all) {
    who.node->signal(15);
    const auto how = who.node->wait(std::chrono::seconds{20});
    REQUIRE(how.has_value());
    CHECK(how->ok());
  }
}

TEST_CASE("the one who writes the genesis may run the node in its folder") {
  const temporary_folder at;
  const auto key = at.path() / "ada.key";
  const auto id = key_in(key);
  const auto club = at.path() / "club";
  const auto made =
    cluster::cli({"init", "--member", "ada=" + id + "@[::1]:7410", club.string(), "--json"});
  INFO(made.err);
  REQUIRE(made.how.ok());
  const auto told = json::parse(made.out);
  CHECK(told.at("members").at(0).at("peer_id") == id);
  CHECK(std::distance(fs::directory_iterator{club}, fs::directory_iterator{}) == 1);
  const auto before = contents(club / "genesis.toml");
  fs::rename(key, club / "identity.key"); // the key may be there too
  const auto node =
    cluster::cli({"init", club.string(), "--genesis", (club / "genesis.toml").string(),
                  "--identity", (club / "identity.key").string(), "--json"});
  INFO(node.err);
  REQUIRE(node.how.ok());
  CHECK(json::parse(node.out).at("member") == "ada");
  CHECK(json::parse(node.out).at("network") == told.at("network"));
  CHECK(contents(club / "genesis.toml") == before);
  CHECK(has(contents(club / "node.toml"), "hostname = \"::1\"\nport = 7410\n"));
  // Nothing is overwritten.
  check_refused({"init", club.string(), "--genesis", (club / "genesis.toml").string(), "--identity",
                 (club / "identity.key").string()},
                1, {"node.toml", "not overwritten"});
  check_refused({"init", club.string(), "--member", "ada=" + id + "@h:1"}, 1,
                {"genesis.toml", "not overwritten"});
}

TEST_CASE("a member that cannot be is refused by name, with what is allowed, and nothing is made") {
  const temporary_folder at;
  const auto ada = key_in(at.path() / "ada.key");
  const auto bob = key_in(at.path() / "bob.key");
  const auto club = (at.path() / "club").string();
  const auto refused = [&](const words& members, const words& parts) {
    words arguments{"init", club};
    for (const auto& one : members) {
      arguments.insert(arguments.end(), {"--member", one});
    }
    check_refused(arguments, 2, parts);
    CHECK_FALSE(fs::exists(club));
  };
  refused({"ada"}, {"'ada'", "NAME=ID@HOST:PORT"});
  refused({"ada=" + ada}, {"NAME=ID@HOST:PORT"});
  refused({""}, {"''", "NAME=ID@HOST:PORT"});
  refused({"Ada=" + ada + "@h:1"}, {"the name is 'Ada'", "a lower-case letter"});
  refused({"ada=" + ada.substr(1) + "@h:1"},
          {"the id is '" + ada.substr(1) + "'", "52 characters", "keygen"});
  refused({"ada=" + ada + "@h:0"}, {"the address is 'h:0'", "HOST:PORT", "65535"});
  refused({"ada=" + ada + "@h:1", "ada=" + bob + "@h:2"}, {"its name is that of 'ada'"});
  refused({"ada=" + ada + "@h:1", "bob=" + ada + "@h:2"}, {"its id is that of 'ada'"});
  refused({"ada=" + ada + "@h:1", "bob=" + bob + "@h:1"}, {"its address is that of 'ada'"});
  refused(words(65, "ada=" + ada + "@h:1"), {"given 65 times", "allowed: 64"});
  const auto a = "ada=" + ada + "@h:1";
  check_refused({"init", club, "--member", a, "--identity", "k"}, 2, {"--identity and --member"});
  check_refused({"init", club, "--member", a, "--nodes", "2"}, 2, {"--nodes and --member"});
  check_refused({"init", club, "--member", a, "--join", "h:1"}, 2, {"--join and --member"});
  check_refused({"init", club, "--identity", "k", "--nodes", "2"}, 2, {"--nodes and --identity"});
  CHECK_FALSE(fs::exists(club));
}

TEST_CASE("a node's folder is made from a key that the genesis names, or as a client's") {
  const temporary_folder at;
  const auto file = [&at](const char* name) { return (at.path() / name).string(); };
  const auto ada = key_in(file("ada.key"));
  const auto eve = key_in(file("eve.key"));
  REQUIRE(cluster::cli({"init", file("club"), "--member", "ada=" + ada + "@ada.example.org:7410"})
            .how.ok());
  const auto genesis = file("club/genesis.toml");
  const auto node = file("node");
  check_refused({"init", node, "--identity", file("ada.key")}, 2, {"--genesis FILE"});
  check_refused({"init", node, "--identity", "", "--genesis", genesis}, 2, {"--identity is empty"});
  check_refused({"init", node, "--identity", file("none"), "--genesis", genesis}, 1,
                {file("none"), "no such file"});
  check_refused({"init", node, "--identity", file("eve.key"), "--genesis", genesis}, 2,
                {file("eve.key"), eve, "no member", "ada = " + ada, "--join HOST:PORT"});
  check_refused(
    {"init", node, "--identity", file("ada.key"), "--genesis", genesis, "--join", "h:1"}, 2,
    {"the key of the member ada"});
  check_refused({"init", node, "--genesis", genesis}, 1,
                {"names members already", "--identity KEY", "leave out [[members]]"});
  fs::permissions(file("ada.key"), fs::perms::group_read, fs::perm_options::add);
  check_refused({"init", node, "--identity", file("ada.key"), "--genesis", genesis}, 1,
                {file("ada.key"), "chmod"});
  CHECK_FALSE(fs::exists(node));
  fs::permissions(file("ada.key"), fs::perms::group_read, fs::perm_options::remove);
  const auto made = cluster::cli(
    {"init", node, "--identity", file("ada.key"), "--genesis", genesis, "--base-port", "7999"});
  INFO(made.err);
  REQUIRE(made.how.ok());
  CHECK(has(made.out, "Keep " + file("ada.key")));
  CHECK(has(contents(node + "/node.toml"), "hostname = \"0.0.0.0\"\nport = 7999\n"));
  CHECK(contents(node + "/identity.key") == contents(file("ada.key")));
  // A client keeps the key it is given.
  const auto editor = cluster::cli({"init", file("editor"), "--identity", file("eve.key"),
                                    "--genesis", genesis, "--join", "h:1", "--json"});
  INFO(editor.err);
  REQUIRE(editor.how.ok());
  CHECK(json::parse(editor.out).at("peer_id") == eve);
  CHECK(contents(file("editor/identity.key")) == contents(file("eve.key")));
  CHECK(has(contents(file("editor/node.toml")), "mode = \"client\""));
}

TEST_CASE("a template is taken with a byte order mark, and refused with members however spelled") {
  const temporary_folder at;
  const auto template_file = at.path() / "my.toml";
  const auto net = at.path() / "net";
  const std::string variables = "[[variables]]\nname = \"a\"\nkind = \"counter\"\n";
  for (const auto* const members :
       {"[[ members ]]\nname = \"x\"\n", "[[\"members\"]]\nname = \"x\"\n"}) {
    INFO(members);
    std::ofstream{template_file} << "name = \"x\"\n" << variables << members;
    check_refused({"init", net.string(), "--genesis", template_file.string()}, 1,
                  {template_file.string() + " names members already"});
  }
  check_refused({"init", net.string(), "--nodes", "1", "--genesis", "/dev/null"}, 1, {"/dev/null"});
  std::ofstream{template_file} << "\xEF\xBB\xBFname = \"x\" # [[members]] are added\n" << variables;
  const auto made =
    cluster::cli({"init", net.string(), "--nodes", "1", "--genesis", template_file.string()});
  INFO(made.err);
  REQUIRE(made.how.ok()); // the time was put before what is there
  CHECK(has(made.out, "gave no time"));
  CHECK(cluster::cli({"doctor", "--config", (net / "node0").string()}).how.code != 1);
  // As the group's own genesis such a file does too.
  const auto genesis = net / "genesis.toml";
  const auto text = contents(genesis);
  std::ofstream{genesis} << "\xEF\xBB\xBF" << text;
  CHECK(cluster::cli({"doctor", "--config", (net / "node0").string()}).how.code != 1);
}

} // namespace
} // namespace caucus::harness
