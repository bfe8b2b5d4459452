#include "apps/caucus/commands.hpp"
#include "apps/caucus/network_files.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/node_runner.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/config.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace caucus::cli {

namespace {

/// Where a client without a configuration keeps its files.
constexpr const char* client_folder = "caucus-client";

struct node_options {
  composed node{own()};
  node_settings& settings = node.settings();
  std::string file;
  config_flags flags;                             ///< by key
  std::map<std::string, std::string> typed_flags; ///< the same keys: the flag that was typed
  bool print_config = false;
  bool markdown = false;
  bool json = false;
};

/// `caucus node --mode client --join HOST:PORT --genesis FILE` makes its own files, once.
result<std::string> files_of_a_client(const node_options& given) {
  const auto flag = [&given](const char* key) {
    const auto at = given.flags.find(key);
    return at == given.flags.end() ? std::string{} : at->second;
  };
  const auto mode = flag("node.mode");
  if (!mode.empty() && mode != "client" && mode != "server") {
    return fail(errc::bad_request, "--" + given.typed_flags.at("node.mode") + ": given '" + mode
                                     + "'; allowed: server, client");
  }
  if (mode != "client") {
    return fail(errc::bad_request, "give --config FILE (`" + typed("init DIR")
                                     + "` makes one), or --mode client --join HOST:PORT --genesis "
                                       "FILE for a client without one");
  }
  const auto directory = std::filesystem::path{
    flag("node.directory").empty() ? std::string{client_folder} : flag("node.directory")};
  const auto config = directory / "node.toml";
  std::error_code ignored;
  if (!std::filesystem::exists(config, ignored)) {
    client_plan plan;
    plan.directory = directory;
    plan.join = flag("net.join");
    plan.genesis = flag("node.genesis");
    CAUCUS_TRY_VOID(make_client(plan));
  } else if (const auto named = flag("node.genesis"); !named.empty()) {
    const auto wanted = open_genesis(named);
    const auto kept = open_genesis(directory / "genesis.toml");
    if (!wanted || !kept) {
      return tl::make_unexpected(!wanted ? wanted.error() : kept.error());
    }
    if (wanted->network != kept->network) {
      return fail(errc::file_exists, directory.string() + " holds a client of another network than "
                                       + named + "; give another --directory");
    }
  }
  return config.string();
}

result<void> read_all(node_options& given) {
  const auto mode = given.flags.find("node.mode");
  if (given.file.empty() && (mode == given.flags.end() || mode->second != "client")) {
    given.file = default_config();
  }
  if (given.file.empty()) {
    CAUCUS_TRY(auto made, files_of_a_client(given));
    given.file = std::move(made);
    given.flags.erase("node.directory");
    given.flags.erase("node.genesis"); // copied there
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(given.file, ignored)) {
    given.file = (std::filesystem::path{given.file} / "node.toml").string();
  }
  if (given.print_config) { // what it shows is then the same from any folder
    given.file = std::filesystem::absolute(given.file, ignored).string();
  }
  config_flags flags;
  for (const auto& [key, text] : given.flags) {
    flags[given.typed_flags.at(key)] = text;
  }
  return given.settings.load(given.file, std::move(flags));
}

void say_ready(const node_options& given, const node_facts& facts) {
  const auto address = facts.port == 0
                         ? std::string{}
                         : given.settings.config().net.hostname + ":" + std::to_string(facts.port);
  const std::string mode = facts.mode == node_mode::server ? "server" : "client";
  if (given.json) {
    print(nlohmann::ordered_json{{"ready", true},
                                 {"peer_id", to_text(facts.self)},
                                 {"mode", mode},
                                 {"member", facts.member},
                                 {"address", address},
                                 {"port", facts.port}}
            .dump()
          + "\n");
    return;
  }
  const paint with;
  print(with.green("ready") + "  " + to_text(facts.self) + "  " + mode
        + (facts.member.empty() ? ", no member," : " " + facts.member) + " of " + facts.network_name
        + (address.empty() ? ", listens nowhere" : ", listens on " + address) + "\n");
}

int run_with(node_options& given) {
  if (given.markdown) {
    print(given.settings.schema().markdown_table());
    return number(exit_code::ok);
  }
  if (const auto read = read_all(given); !read) {
    return report(as_wrong_use(read.error()));
  }
  if (given.print_config) {
    const auto text = given.settings.print();
    if (!is_utf8(text)) { // a folder's: flags and the file are read as UTF-8
      return report({errc::bad_request, given.file
                                          + ": no configuration can name this path: it is "
                                            "no UTF-8; give the folder another name"});
    }
    print(text);
    return number(exit_code::ok);
  }
  return run_node(given.node, [&given](const node_facts& facts) { say_ready(given, facts); });
}

std::string option_names(const key_facts& key) {
  std::string out;
  for (const auto& flag : key.flags) {
    out += (out.empty() ? "--" : ",--") + flag;
  }
  return out;
}

/// What --help calls a key's values: a choice by its words, "{server,client}", which completion reads.
std::string type_name(const key_facts& key) {
  if (key.type != "choice") {
    return key.type;
  }
  std::string out = "{";
  for (const char c : key.allowed) {
    out += c == '"' || c == ' ' ? "" : std::string{c};
  }
  return out + "}";
}

/// Which one of a key's flags was typed: the parser does not tell.
std::string typed_flag(const std::vector<std::string>& line,
                       const std::vector<std::string>& flags) {
  const auto found = std::find_if(flags.begin(), flags.end(), [&line](const std::string& flag) {
    return std::any_of(line.begin(), line.end(), [&flag](const std::string& word) {
      return word.substr(0, word.find('=')) == "--" + flag;
    });
  });
  return found == flags.end() ? flags.back() : *found;
}

} // namespace

void add_node(CLI::App& to, action& run, const std::vector<std::string>& line) {
  const auto given = std::make_shared<node_options>();
  auto* const command = to.add_subcommand("node", "run a node until SIGTERM or SIGINT");
  command
    ->add_option("--config", given->file,
                 "the node's configuration; else $CAUCUS_CONFIG, else ./node.toml")
    ->type_name("FILE");
  auto* const shows =
    command->add_flag("--print-config", given->print_config, "show the effective values and end");
  command->add_flag("--json", given->json, "say \"ready\" as JSON")->excludes(shows);
  command->add_flag("--markdown", given->markdown)->group(""); // hidden: the table in README.md
  for (const auto& key : given->settings.schema().keys()) {
    command
      ->add_option_function<std::string>(
        option_names(key),
        [given, key, &line](const std::string& text) {
          given->flags[key.name] = text;
          given->typed_flags[key.name] = typed_flag(line, key.flags);
        },
        key.doc)
      ->type_name(type_name(key))
      ->group("Keys of the configuration, overridden");
  }
  command->footer(
    "A later second signal ends it at once. Under systemd: Type=notify, WatchdogSec. Examples:\n"
    "  caucus node --config net/node0/node.toml\n"
    "  caucus node --config net/node0/node.toml --port 7500 --log info,consensus=debug\n"
    "  caucus node --mode client --join 127.0.0.1:7400 --genesis net/genesis.toml\n"
    "The last one keeps its files in ./caucus-client, or in --directory DIR.");
  command->callback([given, &run] { run = [given] { return run_with(*given); }; });
}

} // namespace caucus::cli
