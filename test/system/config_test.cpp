#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

// Whatever is wrong with a node's files, it says which file, where in it, what was given, what is
// allowed and what to do; and does not start.

namespace caucus::harness {
namespace {

using words = std::vector<std::string>;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string contents(const fs::path& file) {
  const std::ifstream from{file};
  std::ostringstream out;
  out << from.rdbuf();
  return out.str();
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream{file, std::ios::trunc} << text;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// One node's files, to be spoilt.
struct node_files {
  cluster made{{.nodes = 1, .settings = {}, .genesis = {}}};
  fs::path config = made.config(0);
  fs::path key = made.directory(0) / "identity.key";
  fs::path genesis = made.genesis();

  void replace(const fs::path& file, const std::string& what, const std::string& with) const {
    auto text = contents(file);
    const auto at = text.find(what);
    INFO(text);
    REQUIRE(at != std::string::npos);
    write(file, text.replace(at, what.size(), with));
  }
  void append(const fs::path& file, const std::string& text) const {
    write(file, contents(file) + text);
  }
  [[nodiscard]] run_result start(const words& flags = {}) const {
    words all{"node", "--config", config.string()};
    all.insert(all.end(), flags.begin(), flags.end());
    return cluster::cli(all, 20s);
  }
};

struct row {
  std::string name;
  std::function<void(node_files&)> spoil;
  int code;
  std::function<words(const node_files&)> says;
};

void check(const std::vector<row>& rows) {
  for (const auto& one : rows) {
    INFO(one.name);
    node_files files;
    one.spoil(files);
    const auto told = files.start();
    INFO("it said: " << told.out << told.err);
    CHECK(told.how.code == one.code);
    CHECK(told.out.empty());
    CHECK_FALSE(has(told.err, "\x1b"));
    for (const auto& part : one.says(files)) {
      INFO(part);
      CHECK(has(told.err, part));
    }
  }
}

TEST_CASE("a configuration that cannot be used is named, with what to do") {
  check({
    {"missing", [](auto& files) { fs::remove(files.config); }, 2,
     [](auto& files) {
       return words{files.config.string(), "no such file", "caucus init DIR", "--config"};
     }},
    {"a directory",
     [](auto& files) {
       fs::remove(files.config);
       fs::create_directory(files.config);
     },
     2,
     [](auto& files) {
       return words{files.config.string(), "node.toml"};
     }},
    {"not TOML", [](auto& files) { write(files.config, "[node]\ngenesis = \n"); }, 2,
     [](auto& files) {
       return words{files.config.string() + ":2:", "not TOML"};
     }},
    {"an unknown key", [](auto& files) { files.append(files.config, "\nhostnme = \"x\"\n"); }, 2,
     [](auto& files) {
       return words{files.config.string() + ":", "net.hostnme", "did you mean net.hostname?"};
     }},
    {"a wrong type",
     [](auto& files) { files.append(files.config, "\nmax_connections = \"many\"\n"); }, 2,
     [](auto&) {
       return words{"net.max_connections", "given \"many\"", "an integer, 4 to 65536"};
     }},
    {"out of range", [](auto& files) { files.append(files.config, "\nmax_connections = 3\n"); }, 2,
     [](auto& files) {
       return words{files.config.string() + ":", "net.max_connections", "given 3", "4 to 65536"};
     }},
    {"two keys that do not fit",
     [](auto& files) {
       files.append(files.config, "\nkeepalive = \"20s\"\ndead_after = \"5s\"\n");
     },
     2,
     [](auto& files) {
       return words{files.config.string() + ":", "net.dead_after", "net.keepalive"};
     }},
    {"no genesis", [](auto& files) { files.replace(files.config, "genesis = ", "# "); }, 2,
     [](auto&) {
       return words{"node.genesis", "caucus init DIR"};
     }},
    {"a log level that is none",
     [](auto& files) { files.append(files.config, "\n[log]\nlevels = \"loud\"\n"); }, 2,
     [](auto& files) {
       return words{files.config.string() + ":", "log.levels", "\"loud\"",
                    "debug, info, warn, error, off"};
     }},
    {"a subsystem of the log that is none",
     [](auto& files) { files.append(files.config, "\n[log]\nlevels = \"info,notry=debug\"\n"); }, 2,
     [](auto& files) {
       return words{files.config.string() + ":", "log.levels: given \"notry=debug\"",
                    "did you mean notary?"};
     }},
    {"a log file that cannot be",
     [](auto& files) {
       files.append(files.config, "\n[log]\nfile = \"node.toml/log\"\n"); // a file is no folder
     },
     8,
     [](auto&) {
       return words{"node.toml/log", "for the log"};
     }},
    {"an address of another machine",
     [](auto& files) { files.replace(files.config, "\"127.0.0.1\"", "\"192.0.2.1\""); }, 1,
     [](auto&) {
       return words{"192.0.2.1", "net.hostname"};
     }},
  });
}

TEST_CASE("a genesis that cannot be used is named, with the line and what is allowed") {
  check({
    {"missing", [](auto& files) { fs::remove(files.genesis); }, 2,
     [](auto& files) {
       return words{files.genesis.filename().string(), "no such file", "caucus init DIR"};
     }},
    {"a directory",
     [](auto& files) {
       fs::remove(files.genesis);
       fs::create_directory(files.genesis);
     },
     2, [](auto&) { return words{"genesis.toml is a directory"}; }},
    {"not TOML", [](auto& files) { write(files.genesis, "name = \"x\nnext"); }, 2,
     [](auto&) {
       return words{"genesis.toml:1:", "not TOML"};
     }},
    {"an unknown kind",
     [](auto& files) { files.replace(files.genesis, "\"counter\"", "\"countr\""); }, 2,
     [](auto&) {
       return words{"genesis.toml:", "variables.kind", "\"countr\"", "counter", "register"};
     }},
    {"an unknown key", [](auto& files) { files.replace(files.genesis, "step_max", "stepmax"); }, 2,
     [](auto&) {
       return words{"genesis.toml:", "stepmax", "did you mean variables.step_max?"};
     }},
    {"no members", [](auto& files) { write(files.genesis, "name = \"x\"\ntime_ms = 1\n"); }, 2,
     [](auto&) {
       return words{"genesis.toml:", "members"};
     }},
    {"an id that is none",
     [](auto& files) { files.replace(files.genesis, "\nid = \"", "\nid = \"0"); }, 2,
     [](auto&) {
       return words{"genesis.toml:", "members.id", "52 characters"};
     }},
  });
}

TEST_CASE("a key that cannot be used is named, and never shown") {
  check({
    {"missing", [](auto& files) { fs::remove(files.key); }, 8,
     [](auto& files) {
       return words{files.key.filename().string(), "no such file", "caucus keygen"};
     }},
    {"a directory",
     [](auto& files) {
       fs::remove(files.key);
       fs::create_directory(files.key);
     },
     8, [](auto&) { return words{"identity.key is a directory"}; }},
    {"readable by others", [](auto& files) { REQUIRE(::chmod(files.key.c_str(), 0644) == 0); }, 8,
     [](auto&) {
       return words{"identity.key", "by others", "chmod 600"};
     }},
    {"not a key", [](auto& files) { write(files.key, "secret but no key\n"); }, 8,
     [](auto&) {
       return words{"identity.key", "PEM", "caucus keygen"};
     }},
    {"of another kind",
     [](auto& files) {
       const auto made = run({"openssl", "genpkey", "-algorithm", "x25519"});
       REQUIRE(made.how.ok());
       write(files.key, made.out);
     },
     8,
     [](auto&) {
       return words{"identity.key", "Ed25519", "caucus keygen"};
     }},
  });
  node_files files;
  const auto secret = contents(files.key).substr(40, 40);
  REQUIRE(::chmod(files.key.c_str(), 0644) == 0);
  const auto told = files.start({"--log", "debug"});
  CHECK_FALSE(has(told.out + told.err, secret));
}

TEST_CASE("files that the node may not read are named, with who may") {
  if (::geteuid() != 0) {
    WARN("not root: whom the files refuse is the same as who made them");
    return;
  }
  for (const auto* const name : {"node.toml", "genesis.toml", "identity.key"}) {
    INFO(name);
    const node_files files;
    const auto path =
      name == std::string{"genesis.toml"} ? files.genesis : files.made.directory(0) / name;
    for (auto folder = files.made.directory(0); folder != files.made.folder().parent_path();
         folder = folder.parent_path()) {
      REQUIRE(::chmod(folder.c_str(), 0755) == 0);
    }
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    const auto told = run({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                           cluster::program().string(), "node", "--config", files.config.string()});
    INFO("it said: " << told.out << told.err);
    CHECK(told.how.code == (name == std::string{"identity.key"} ? 8 : 2));
    CHECK(has(told.err, name));
    CHECK(has(told.err, "no permission to read it"));
    CHECK(has(told.err, "run as its owner"));
  }
}

TEST_CASE("a port or folder that is taken is told with who has it or what else to take") {
  node_files files;
  files.made.start(0);
  files.made.wait_until("it runs", [&] { return files.made.view(0).peers == 0; });
  const auto same_folder = files.start();
  CHECK(same_folder.how.code == 1);
  CHECK(has(same_folder.err, files.made.directory(0).string()));
  CHECK(has(same_folder.err, "process " + std::to_string(files.made.of(0).pid())));
  const node_files other;
  const auto same_port = other.start({"--port", std::to_string(files.made.port(0))});
  CHECK(same_port.how.code == 1);
  CHECK(has(same_port.err, std::to_string(files.made.port(0))));
  CHECK(has(same_port.err, "net.port (--port)"));
  // It is a member: the others would not find it elsewhere.
  CHECK(has(same_port.err, "member node0"));
  CHECK(has(same_port.err, "127.0.0.1:" + std::to_string(other.made.port(0))));
}

TEST_CASE("a folder that holds another network's signatures is not opened, and is left as it is") {
  node_files files;
  files.made.start(0);
  REQUIRE(files.made.cli(0, "propose", {"score", "add", "1"}).how.ok());
  REQUIRE(files.made.stop(0).ok());
  const auto genesis = contents(files.genesis);
  const auto folder = files.made.directory(0);
  const auto journal = contents(folder / "notary.journal");
  files.replace(files.genesis, "group = 1", "group = 2");
  const auto refused = files.start();
  CHECK(refused.how.code == 2);
  for (const auto& part : {folder.string(), std::string{"move"}, std::string{"node.directory"},
                           std::string{"genesis"}, std::string{"rules"}}) {
    INFO(refused.err);
    CHECK(has(refused.err, part));
  }
  CHECK(contents(folder / "notary.journal") == journal);
  const auto doctor = cluster::cli({"doctor", "--json", "--config", files.config.string()});
  CHECK(doctor.how.code == 1);
  CHECK(has(doctor.out, "holds what was signed in network"));
  SECTION("with its own genesis it goes on") {
    write(files.genesis, genesis);
    files.made.start(0);
    REQUIRE(files.made.cli(0, "propose", {"score", "add", "1"}).how.ok());
  }
  SECTION("a folder of before, which names none, takes the one that it is opened with") {
    fs::remove(folder / "network");
    write(files.genesis, genesis);
    files.made.start(0);
    files.made.wait_until("it runs", [&] { return files.made.view(0).peers == 0; });
    REQUIRE(files.made.stop(0).ok());
    files.replace(files.genesis, "group = 1", "group = 2");
    CHECK(files.start().how.code == 2);
  }
}

TEST_CASE("flags override the file, and --print-config shows what counts") {
  const node_files files;
  const auto shown =
    files.start({"--print-config", "--hostname", "127.0.0.2", "--port", "7411", "--maxconns", "17",
                 "--net-max-message-size", "128KiB", "--log", "info,peer_net=debug"});
  INFO(shown.err);
  REQUIRE(shown.how.ok());
  for (const auto* const part :
       {"hostname = \"127.0.0.2\"", "port = 7411", "max_connections = 17",
        "max_message_size = \"128KiB\"", "levels = \"info,peer_net=debug\""}) {
    INFO(part);
    CHECK(has(shown.out, part));
  }
  SECTION("what it shows is a configuration that gives the same") {
    write(files.made.directory(0) / "again.toml", shown.out);
    const auto again = cluster::cli(
      {"node", "--config", (files.made.directory(0) / "again.toml").string(), "--print-config"});
    CHECK(again.how.ok());
    CHECK(again.out == shown.out);
  }
  SECTION("it gives the same from any folder, whatever it was called by") {
    const auto plain = files.start({"--print-config"});
    const auto relative =
      run({"sh", "-c",
           "cd " + files.made.directory(0).string() + " && " + cluster::program().string()
             + " node --config node.toml --print-config"});
    CHECK(relative.how.ok());
    CHECK(relative.out == plain.out);
    CHECK(has(relative.out, "directory = \"" + files.made.directory(0).string() + "\""));
  }
  SECTION("a folder's name that TOML cannot hold is not shown as if it could") {
    const auto odd = files.made.directory(0) / "\xff";
    fs::create_directory(odd);
    write(odd / "node.toml", "node.genesis = \"../../genesis.toml\"\n");
    const auto told = cluster::cli({"node", "--config", odd.string(), "--print-config"});
    CHECK(told.how.code == 2);
    CHECK(told.out.empty());
    CHECK(has(told.err, "it is no UTF-8"));
  }
  SECTION("a flag that is wrong is told as it was typed") {
    const auto wrong = files.start({"--maxconns", "3"});
    CHECK(wrong.how.code == 2);
    CHECK(has(wrong.err, "--maxconns"));
    CHECK(has(wrong.err, "4 to 65536"));
    const auto freed = files.start({"--messagelength", "128KiB"});
    CHECK(freed.how.code == 2);
    CHECK(has(freed.err, "--messagelength"));
    const auto unknown = files.start({"--prot", "7400"});
    CHECK(unknown.how.code == 2);
    CHECK(has(unknown.err, "--prot"));
    const auto by_key = files.start({"--net-port=99999"});
    CHECK(has(by_key.err, "--net-port: given \"99999\"; allowed: an integer, 0 to 65535"));
    const auto loud = files.start({"--log-levels", "loud"});
    CHECK(loud.how.code == 2);
    CHECK(has(loud.err, "--log-levels: log.levels: given \"loud\"; allowed: LEVEL or"));
    const auto bytes = files.start({"--log-levels", "\xff", "--print-config"});
    CHECK(bytes.how.code == 2);
    CHECK(bytes.out.empty());
    CHECK(has(bytes.err, "--log-levels: given bytes that are no UTF-8"));
  }
}

TEST_CASE("a node whose key is no member's runs, and says that it only follows") {
  node_files files;
  fs::remove(files.key);
  REQUIRE(cluster::cli({"keygen", files.key.string()}).how.ok());
  files.made.start(0);
  files.made.wait_until("it says so", [&] { return has(files.made.log(0), "ready"); });
  CHECK(has(files.made.log(0), "no member"));
  CHECK(has(files.made.log(0), "follows without a vote")); // in the log, with what to do
  CHECK(has(files.made.log(0), "node.mode = \"client\""));
  const auto status = files.made.cli(0, "status", {"--json"});
  REQUIRE(status.how.ok());
  const auto told = nlohmann::json::parse(status.out);
  CHECK(told.at("member").is_null());
  CHECK(told.at("votes") == false);
  CHECK(files.made.stop(0).code == 0);
}

} // namespace
} // namespace caucus::harness
