#include "apps/caucus/completion.hpp"

#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace caucus::cli {
namespace {

using words = std::vector<std::string>;
namespace fs = std::filesystem;

/// A small tree of every kind of thing.
struct small_tree {
  CLI::App app{"small", "small"};
  std::string text;
  bool flag = false;

  small_tree() {
    auto* const run = app.add_subcommand("run", "runs");
    run->add_option("--mode,--node-mode", text, "which")->type_name("{fast,safe}");
    run->add_option("--file", text)->type_name("FILE");
    run->add_flag("--quiet", flag, "says less");
    run->add_flag("--secret", flag)->group("");
    run->add_option("WHAT", text)->type_name("NAME");
    run->add_option("WHERE", text)->type_name("DIR");
    app.add_subcommand("rest", "rests");
    app.add_subcommand("hidden", "")->group("");
    auto* const make = app.add_subcommand("make", "makes");
    make->add_subcommand("one", "makes one");
  }
  [[nodiscard]] completion at(const words& typed) const {
    return complete(app, typed, [](std::string_view type, const words&) {
      return type == "NAME" ? std::vector<candidate>{{"ada"}, {"bob"}} : std::vector<candidate>{};
    });
  }
  [[nodiscard]] words list(const words& typed) const {
    words out;
    for (const auto& one : at(typed).words) {
      out.push_back(one.word);
    }
    return out;
  }
};

TEST_CASE("what may come next is told of commands, options, values and arguments") {
  const small_tree of;
  struct row {
    const char* name;
    words typed;
    words next;
  };
  const row rows[] = {
    {"commands", {""}, {"run", "rest", "make"}},
    {"of a beginning", {"r"}, {"run", "rest"}},
    {"below a command", {"make", ""}, {"one"}},
    {"options, not those that are hidden",
     {"run", "--"},
     {"--help", "--mode", "--node-mode", "--file", "--quiet"}},
    {"of a beginning", {"run", "--q"}, {"--quiet"}},
    {"values of an option", {"run", "--mode", ""}, {"fast", "safe"}},
    {"after =", {"run", "--mode=s"}, {"--mode=safe"}},
    {"after = as bash splits it", {"run", "--node-mode", "=", "f"}, {"fast"}},
    {"nothing behind its =", {"run", "--mode", "="}, {"fast", "safe"}},
    {"an argument, by its type", {"run", "a"}, {"ada"}},
    {"a flag takes no value", {"run", "--quiet", ""}, {"ada", "bob"}},
    {"an option's value is no argument", {"run", "--mode", "fast", ""}, {"ada", "bob"}},
    {"after --, an argument", {"run", "--", "b"}, {"bob"}},
    {"after all arguments, nothing", {"run", "a", "b", ""}, {}},
    {"an option nobody knows", {"run", "--mdoe=x"}, {}},
    {"no words at all", {}, {}},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    CHECK(of.list(one.typed) == one.next);
  }
  CHECK(of.at({"run", "--file", ""}).paths == path_kind::files);
  CHECK(of.at({"run", "x", ""}).paths == path_kind::folders);
  CHECK(of.at({"run", ""}).paths == path_kind::none);
  CHECK(print_completion(of.at({"ru"})) == "run\truns\n");
  CHECK(print_completion(of.at({"run", "--file", ""})) == ":files\n");
}

/// What `caucus completion --words WORDS` prints.
words told(words typed) {
  typed.insert(typed.begin(), {"completion", "--words"});
  const auto made = harness::cluster::cli(typed);
  CHECK(made.how.ok());
  words out;
  std::istringstream lines{made.out};
  for (std::string line; std::getline(lines, line);) {
    out.push_back(line.substr(0, line.find('\t')));
  }
  return out;
}

bool holds(const words& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

TEST_CASE("the program completes its own commands and flags, and the network's names") {
  for (const auto* const name : {"node", "init", "metrics", "completion", "doctor"}) {
    CHECK(holds(told({""}), name));
  }
  CHECK(holds(told({"bench", ""}), "commit"));
  const auto flags = told({"node", "--"});
  for (const auto* const name : {"--config", "--port", "--net-port", "--print-config", "--log"}) {
    INFO(name);
    CHECK(holds(flags, name));
  }
  CHECK_FALSE(holds(flags, "--markdown")); // hidden
  CHECK(told({"node", "--mode", ""}) == words{"server", "client"});
  CHECK(told({"node", "--config", ""}) == words{":files"});
  CHECK(told({"completion", ""}) == words{"bash", "zsh", "fish"});
  const harness::temporary_folder folder;
  const auto net = (folder.path() / "net").string();
  REQUIRE(harness::cluster::cli({"init", net}).how.ok());
  CHECK(told({"get", "--config", net + "/node0", "s"}) == words{"score"});
  CHECK(told({"propose", "--config=" + net + "/node0", "tags", ""}) == words{"insert", "erase"});
  CHECK(told({"get", "--config", net + "/none", ""}).empty());
  CHECK(told({"get", ""}).empty());
}

/// A script's folder with a `caucus` in the PATH.
struct shell_folder {
  harness::temporary_folder folder;
  fs::path script = folder.path() / "script";

  explicit shell_folder(const std::string& shell) {
    const auto made = harness::cluster::cli({"completion", shell});
    REQUIRE(made.how.ok());
    std::ofstream{script} << made.out;
    fs::create_symlink(harness::cluster::program(), folder.path() / "caucus");
    fs::create_directory(folder.path() / "net work");
    std::ofstream{folder.path() / "node.toml"} << "";
  }
};

bool installed(const std::string& shell) {
  return harness::run({"sh", "-c", "command -v " + shell}).how.ok();
}

TEST_CASE("the script for bash completes commands, flags, values and files") {
  const shell_folder in{"bash"};
  const auto complete_in_bash = [&in](const std::string& typed) {
    const auto made = harness::run(
      {"bash", "--norc", "-c",
       "set -u; cd '" + in.folder.path().string() + "' && PATH=$PWD:$PATH && . ./script && "
         + "COMP_WORDS=(caucus " + typed + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
         + "complete -p caucus >/dev/null && _caucus; printf '%s\\n' \"${COMPREPLY[@]}\""});
    INFO(made.err);
    CHECK(made.how.ok());
    CHECK(made.err.empty());
    words out;
    std::istringstream lines{made.out};
    for (std::string line; std::getline(lines, line);) {
      out.push_back(line);
    }
    return out;
  };
  CHECK(complete_in_bash("sta") == words{"status"});
  CHECK(complete_in_bash("node --print") == words{"--print-config"});
  CHECK(complete_in_bash("node --mode = cl") == words{"client"});
  CHECK(complete_in_bash("node --durability ''") == words{"disk", "memory"});
  CHECK(complete_in_bash("node --config no") == words{"node.toml"});
  CHECK(complete_in_bash("init net") == words{"net work"});
  CHECK(complete_in_bash("demo nothing").front().empty());
}

TEST_CASE("the scripts for zsh and fish are of their shell's syntax") {
  for (const auto* const shell : {"zsh", "fish"}) {
    INFO(shell);
    const shell_folder in{shell};
    std::ifstream file{in.script};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    CHECK(text.find("completion --words") != std::string::npos);
    if (installed(shell)) {
      const auto judged = harness::run({shell, "-n", in.script.string()});
      INFO(judged.err);
      CHECK(judged.how.ok());
      continue;
    }
    // Without the shell: what opens closes.
    const auto count = [&text](const std::string& word) {
      std::size_t out = 0;
      std::istringstream all{text};
      for (std::string one; all >> one;) {
        out += one == word ? 1 : 0;
      }
      return out;
    };
    if (std::string_view{shell} == "zsh") {
      CHECK(text.starts_with("#compdef caucus\n"));
      CHECK(count("do") == count("done"));
      CHECK(count("case") == count("esac"));
      CHECK(count("if") == count("fi"));
      CHECK(std::count(text.begin(), text.end(), '{') == std::count(text.begin(), text.end(), '}'));
    } else {
      CHECK(count("function") + count("for") + count("switch") == count("end"));
      CHECK(text.find("complete -c caucus -f -a '(__caucus_complete)'") != std::string::npos);
    }
    CHECK(std::count(text.begin(), text.end(), '"') % 2 == 0);
  }
  const auto other = harness::cluster::cli({"completion", "tcsh"});
  CHECK(other.how.code == 2);
  CHECK(other.err.find("bash, zsh, fish") != std::string::npos);
}

} // namespace
} // namespace caucus::cli
