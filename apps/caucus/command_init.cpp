#include "actors/notary/rules_name.hpp"
#include "apps/caucus/commands.hpp"
#include "apps/caucus/network_files.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "messages/catalog.hpp"
#include "messages/time.hpp"
#include "runtime/file.hpp"
#include "runtime/genesis_file.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace caucus::cli {

namespace {

struct init_options {
  std::string directory;
  unsigned nodes = 4;
  std::uint16_t base_port = 7400;
  bool port_given = false;
  std::string genesis;
  std::string join;
  bool client = false; ///< --join is given, and be it empty
  bool json = false;
};

/// A mutation that a fresh variable takes from node0; empty: none is known to.
std::string first_mutation(const variable_declaration& of) {
  if (of.who == writers::listed) {
    return {}; // whose keys cannot be those that were just made
  }
  const auto key_fits = [&of](std::string_view key) {
    return key.size() + (of.who == writers::own_entries ? own_prefix_size : 0) <= of.key_size;
  };
  const std::string text = of.value_size >= 5 ? "hello" : "x";
  switch (of.kind) {
    case variable_kind::reg: return "set " + text;
    case variable_kind::opaque: return "post " + text;
    case variable_kind::set: return key_fits("blue") ? "insert blue" : "";
    case variable_kind::map: return key_fits("name") ? "put name " + text : "";
    case variable_kind::counter:
      for (const std::int64_t step : {5, 1, -5, -1}) {
        std::int64_t after = 0;
        if (!__builtin_add_overflow(of.initial, step, &after) && after >= of.min.value_or(after)
            && after <= of.max.value_or(after) && std::abs(step) <= of.step_max.value_or(5)) {
          return "add " + std::to_string(step);
        }
      }
      return {};
    case variable_kind::custom: break;
  }
  return {};
}

/// What to do with the first variable of a genesis, once a node runs.
std::string first_steps(const std::filesystem::path& genesis_file, const std::string& config,
                        bool member) {
  const auto from = load_genesis(genesis_file);
  if (!from || from->variables.empty()) {
    return {};
  }
  const auto& first = from->variables.front();
  const auto rules = has_own_rules(*from) ? std::string{" --rules NAME:VERSION"} : std::string{};
  const auto mutation = member ? first_mutation(first) : std::string{};
  const auto proposed = mutation.empty() ? mutation
                                         : "  caucus propose --config " + config + " " + first.name
                                             + " " + mutation + "\n";
  return proposed
         + (first.kind == variable_kind::opaque
              ? "  caucus log --config " + config + "\n" // it leaves no state
              : "  caucus get --config " + config + rules + " " + first.name + "\n");
}

/// The line that starts the node: "caucus node --config FILE", or what to do in its place.
std::string first_start(const std::filesystem::path& genesis_file, const std::string& config) {
  const auto from = load_genesis(genesis_file);
  return from ? how_to_run(*from, config) : "caucus node --config " + config;
}

std::string quoted_path(const std::filesystem::path& path) {
  const auto text = path.string();
  return text.find(' ') == std::string::npos ? text : "'" + text + "'";
}

int init_client(const init_options& given) {
  client_plan plan;
  plan.directory = given.directory;
  plan.join = given.join;
  plan.genesis = given.genesis;
  plan.port = given.port_given ? std::optional{given.base_port} : std::nullopt;
  const auto made = make_client(plan);
  if (!made) {
    return report(made.error());
  }
  const auto config = std::filesystem::path{given.directory} / "node.toml";
  if (given.json) {
    print(nlohmann::ordered_json{{"config", config.string()}, {"peer_id", *made}}.dump() + "\n");
    return number(exit_code::ok);
  }
  const paint with;
  const auto genesis_file = std::filesystem::path{given.directory} / "genesis.toml";
  print("made a client in " + given.directory + ": " + *made + "\n\n" + with.bold("next") + "\n  "
        + first_start(genesis_file, quoted_path(config)) + "\n"
        + first_steps(genesis_file, quoted_path(config), false));
  return number(exit_code::ok);
}

/// The time that was filled in, as the file that was given has none.
std::optional<wall_ms> time_made(const std::filesystem::path& made, const std::string& given) {
  const auto text =
    given.empty() ? result<std::string>{} : read_file(given, {.what = "the genesis"});
  const auto from = load_genesis(made);
  const bool kept = !text || !from || given.empty() || text->find("time_ms") != std::string::npos;
  return kept ? std::nullopt : std::optional{from->time};
}

int init_group(const init_options& given) {
  group_plan plan;
  plan.directory = given.directory;
  plan.nodes = given.nodes;
  plan.base_port = given.base_port;
  plan.genesis = given.genesis;
  const auto made = make_group(plan);
  if (!made) {
    return report(made.error());
  }
  const std::filesystem::path directory{given.directory};
  if (given.json) {
    nlohmann::ordered_json out{{"genesis", (directory / "genesis.toml").string()},
                               {"nodes", nlohmann::ordered_json::array()}};
    for (std::size_t i = 0; i < made->size(); ++i) {
      const auto name = "node" + std::to_string(i);
      out["nodes"].push_back({{"config", (directory / name / "node.toml").string()},
                              {"peer_id", (*made)[i]},
                              {"port", given.base_port + i}});
    }
    print(out.dump() + "\n");
    return number(exit_code::ok);
  }
  const paint with;
  std::string out =
    "made a network of " + counted(made->size(), "node", "nodes") + " in " + given.directory + "\n";
  for (std::size_t i = 0; i < made->size(); ++i) {
    out += with.dim("  node" + std::to_string(i) + "  port " + std::to_string(given.base_port + i)
                    + "  " + (*made)[i])
           + "\n";
  }
  const auto config = quoted_path(directory / "node0" / "node.toml");
  if (const auto time = time_made(directory / "genesis.toml", given.genesis)) {
    out += with.dim("  time_ms = " + std::to_string(time->count()) + ": " + given.genesis
                    + " gave no time, so it is now's")
           + "\n";
  }
  out += "\n" + with.bold("next") + "\n  " + first_start(directory / "genesis.toml", config)
         + "    (one terminal a node: node0, node1, ...)\n"
         + first_steps(directory / "genesis.toml", config, true);
  print(out);
  return number(exit_code::ok);
}

int init(const init_options& given) {
  if (given.directory.empty()) { // as of a shell's variable that is not set
    return report({errc::bad_request, "DIR is empty: give the folder to make"});
  }
  return given.client ? init_client(given) : init_group(given);
}

} // namespace

void add_init(CLI::App& to, action& run) {
  const auto given = std::make_shared<init_options>();
  auto* const command = to.add_subcommand("init", "make a network's files, or a client's");
  command->add_option("DIR", given->directory, "where; made if it is not there")
    ->required()
    ->type_name("DIR");
  auto* const nodes = command->add_option("--nodes", given->nodes, "members of the group")
                        ->check(in_range(1, 64))
                        ->capture_default_str();
  auto* const port =
    command
      ->add_option("--base-port", given->base_port,
                   "node i listens on this + i; a client listens only if it is given")
      ->check(in_range(1, 65'535))
      ->capture_default_str();
  command
    ->add_option("--genesis", given->genesis,
                 "variables to start from (without [[members]]); with --join: the network's")
    ->type_name("FILE");
  const auto* const join =
    command
      ->add_option("--join", given->join, "make one client of the network that HOST:PORT is in")
      ->excludes(nodes);
  command->add_flag("--json", given->json, "print what was made as JSON");
  command->footer("Nothing is ever overwritten. Examples:\n"
                  "  caucus init net --nodes 4 --base-port 7400\n"
                  "  caucus init me --join 127.0.0.1:7400 --genesis net/genesis.toml");
  command->callback([given, port, join, &run] {
    given->port_given = port->count() > 0;
    given->client = join->count() > 0;
    run = [given] { return init(*given); };
  });
}

} // namespace caucus::cli
