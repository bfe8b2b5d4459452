#include "actors/notary/rules_name.hpp"
#include "apps/caucus/commands.hpp"
#include "apps/caucus/genesis_text.hpp"
#include "apps/caucus/init_from.hpp"
#include "apps/caucus/network_files.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "messages/time.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/shell_word.hpp"
#include "runtime/base/text.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caucus::cli {

namespace {

struct init_options {
  std::string directory;
  unsigned nodes = 4;
  std::uint16_t base_port = 7400;
  bool port_given = false;
  std::string genesis;
  std::vector<std::string> members;   ///< as --member gives them
  std::vector<std::string> survivors; ///< as --from gives them
  std::string identity;
  bool key_given = false; ///< --identity is given, and be it empty
  std::string join;
  bool client = false; ///< --join is given, and be it empty
  bool json = false;
};

/// A mutation that a fresh variable takes from node0; empty: none is known to.
std::string first_mutation(const variable_declaration& of) {
  if (of.writers == writers::listed) {
    return {}; // whose keys cannot be those that were just made
  }
  return kind_of(of.kind).example(of);
}

/// Lines: what starts the node, `beside` that, and what to do with the genesis' first variable once it runs.
/// `given`: where the genesis was taken from, and its first state lies beside it if it has one.
std::string first_steps(const std::filesystem::path& genesis_file,
                        const std::filesystem::path& config_file, bool member,
                        const std::filesystem::path& given, const std::string& beside = {}) {
  const auto from = load_genesis(genesis_file);
  const auto config = shell_word(config_file.string());
  std::string start;
  if (from && from->continues) {
    start = "  " + typed("snapshot load ")
            + shell_word((given.parent_path() / "state.snapshot").string()) + " "
            + shell_word(config_file.parent_path().string()) + "\n";
  }
  start += "  "
           + (from ? how_to_run(*from, config_file.string()) : typed("node --config " + config))
           + beside + "\n";
  if (!from || from->variables.empty()) {
    return start;
  }
  const auto& first = from->variables.front();
  const auto rules = has_own_rules(*from) && !has_rules_of(*from)
                       ? std::string{" --rules NAME:VERSION"}
                       : std::string{};
  const auto mutation = member ? first_mutation(first) : std::string{};
  const auto proposed = mutation.empty() ? mutation
                                         : "  " + typed("propose --config ") + config + " "
                                             + first.name + " " + mutation + "\n";
  return start + proposed
         + (kind_of(first.kind).head == kind_head::nothing
              ? "  " + typed("log --config ") + config + "\n" // it leaves no state
              : "  " + typed("get --config ") + config + rules + " " + first.name + "\n");
}

int init_client(const init_options& given) {
  client_plan plan;
  plan.directory = given.directory;
  plan.join = given.join;
  plan.genesis = given.genesis;
  plan.port = given.port_given ? std::optional{given.base_port} : std::nullopt;
  plan.identity = given.identity;
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
  print("made a client in " + given.directory + ": " + *made + "\n\n" + with.bold("next") + "\n"
        + first_steps(genesis_file, config, false, given.genesis));
  return number(exit_code::ok);
}

/// What two owners compare by telephone; empty where rules in C++ have a part in it.
std::string network_in(const std::filesystem::path& genesis_file) {
  const auto from = load_genesis(genesis_file);
  return from && !has_own_rules(*from) ? to_hex(network_of(*from).view()) : std::string{};
}

std::string line_about_network(const std::filesystem::path& genesis_file) {
  const auto id = network_in(genesis_file);
  return id.empty() ? id : "  network " + id + "\n";
}

std::string line_about_time(const std::optional<wall_ms>& time, const std::string& genesis_file) {
  return time ? "  time_ms = " + std::to_string(time->count()) + ": " + genesis_file
                  + " gave no time, so it is now's\n"
              : std::string{};
}

int init_genesis(const init_options& given) {
  const auto members = parse_members(given.members);
  if (!members) {
    return report(members.error());
  }
  if (!given.survivors.empty()) {
    return init_from({given.directory, given.survivors, *members, given.json});
  }
  const auto made = make_genesis({given.directory, *members, given.genesis});
  if (!made) {
    return report(made.error());
  }
  const auto file = std::filesystem::path{given.directory} / "genesis.toml";
  if (given.json) {
    nlohmann::ordered_json out{{"genesis", file.string()},
                               {"network", network_in(file)},
                               {"members", nlohmann::ordered_json::array()}};
    for (const auto& one : *members) {
      out["members"].push_back(
        {{"name", one.name}, {"peer_id", to_text(one.peer)}, {"address", one.address}});
    }
    print(out.dump() + "\n");
    return number(exit_code::ok);
  }
  const paint with;
  std::string out = "made " + file.string() + ", a network of "
                    + counted(members->size(), "member", "members") + "; nothing in it is secret\n";
  std::string all = line_about_network(file) + line_about_time(*made, given.genesis);
  for (const auto& one : *members) {
    all += "  " + one.name + "  " + one.address + "  " + to_text(one.peer) + "\n";
  }
  print(out + with.dim(all) + "\n" + with.bold("next") + ", each owner with this file and a key\n"
        + "  " + typed("init node --genesis ") + shell_word(file.string())
        + " --identity my.key\n");
  return number(exit_code::ok);
}

int init_member(const init_options& given) {
  const auto made = make_member({given.directory, given.genesis, given.identity,
                                 given.port_given ? std::optional{given.base_port} : std::nullopt});
  if (!made) {
    return report(made.error());
  }
  const std::filesystem::path directory{given.directory};
  const auto config = directory / "node.toml";
  const auto genesis_file = directory / "genesis.toml";
  if (given.json) {
    print(nlohmann::ordered_json{{"config", config.string()},
                                 {"member", made->name},
                                 {"peer_id", made->id},
                                 {"port", made->port},
                                 {"network", network_in(genesis_file)}}
            .dump()
          + "\n");
    return number(exit_code::ok);
  }
  const paint with;
  std::error_code ignored;
  const bool copied =
    !std::filesystem::equivalent(given.identity, directory / "identity.key", ignored);
  print("made the node of " + made->name + " in " + given.directory + ": " + made->id + "\n"
        + with.dim(line_about_network(genesis_file) + "  listens on " + made->hostname + " port "
                   + std::to_string(made->port)
                   + (made->address.empty() ? "" : "; the others dial " + made->address) + "\n")
        + (copied ? "The key is copied to it. Keep " + given.identity
                      + " where no node uses it: two nodes with one key are a liar.\n"
                  : "")
        + "\n" + with.bold("next") + ", once every owner sees the same network\n"
        + first_steps(genesis_file, config, true, given.genesis));
  return number(exit_code::ok);
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
    for (std::size_t i = 0; i < made->ids.size(); ++i) {
      const auto name = "node" + std::to_string(i);
      out["nodes"].push_back({{"config", (directory / name / "node.toml").string()},
                              {"peer_id", made->ids[i]},
                              {"port", given.base_port + i}});
    }
    print(out.dump() + "\n");
    return number(exit_code::ok);
  }
  const paint with;
  std::string out = "made a network of " + counted(made->ids.size(), "node", "nodes") + " in "
                    + given.directory + "\n";
  for (std::size_t i = 0; i < made->ids.size(); ++i) {
    out += with.dim("  node" + std::to_string(i) + "  port " + std::to_string(given.base_port + i)
                    + "  " + made->ids[i])
           + "\n";
  }
  if (made->time) {
    out += with.dim(line_about_time(made->time, given.genesis));
  }
  if (const auto from = read_file(given.genesis, {.name = "the genesis"});
      !given.genesis.empty() && from && from->find("[quota]") == std::string::npos) {
    out += with.dim("  [quota]: " + given.genesis + " gave none, so it is the usual one") + "\n";
  }
  out += "\n" + with.bold("next") + "\n"
         + first_steps(directory / "genesis.toml", directory / "node0" / "node.toml", true,
                       given.genesis, "    (one terminal a node: node0, node1, ...)");
  print(out);
  return number(exit_code::ok);
}

int init(const init_options& given) {
  if (given.directory.empty()) { // as of a shell's variable that is not set
    return report({errc::bad_request, "DIR is empty: give the folder to make"});
  }
  if (given.key_given && given.identity.empty()) {
    return report({errc::bad_request,
                   "--identity is empty: give the file of a key, which `caucus keygen FILE` made"});
  }
  if (!given.members.empty()) {
    return init_genesis(given);
  }
  if (given.client) {
    return init_client(given);
  }
  return given.key_given ? init_member(given) : init_group(given);
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
      ->add_option(
        "--base-port", given->base_port,
        "node i listens on this + i; with --identity: in place of the address's; a client "
        "listens only if it is given")
      ->check(in_range(1, 65'535))
      ->capture_default_str();
  auto* const template_ =
    command
      ->add_option("--genesis", given->genesis,
                   "variables to start from (without [[members]]); with --identity or --join: the "
                   "network's")
      ->type_name("FILE");
  auto* const join =
    command
      ->add_option("--join", given->join, "make one client of the network that this node is of")
      ->type_name("HOST:PORT")
      ->excludes(nodes);
  auto* const identity = command
                           ->add_option("--identity", given->identity,
                                        "make the node of the member whose key this is (with "
                                        "--join: a client with this key)")
                           ->type_name("FILE")
                           ->excludes(nodes);
  auto* const member =
    command
      ->add_option("--member", given->members,
                   "make the genesis alone, of members with keys of their own; once for each")
      ->type_name("NAME=ID@HOST:PORT")
      ->allow_extra_args(false)
      ->excludes(nodes, port, join, identity);
  command
    ->add_option("--from", given->survivors,
                 "go on from what is left of a network that lost more members for ever than it "
                 "bears: the folders of its nodes, which do not run; with --member")
    ->type_name("DIR...")
    ->needs(member)
    ->excludes(template_);
  command->add_flag("--json", given->json, "print what was made as JSON");
  command->footer(
    "Nothing is ever overwritten. Examples:\n"
    "  caucus init net --nodes 4 --base-port 7400\n"
    "  caucus init me --join 127.0.0.1:7400 --genesis net/genesis.toml\n"
    "Machines of several owners: each makes a key, one the genesis, each its node:\n"
    "  caucus keygen ada.key\n"
    "  caucus init club --member ada=ID@ada.example:7400 --member bob=...\n"
    "  caucus init node --genesis club/genesis.toml --identity ada.key\n"
    "Two of four machines are lost for good, with all that was on them (the manual says "
    "what to look at first):\n"
    "  caucus init club2 --from node0 node1 --member ada=ID@ada.example:7400 "
    "--member ...\n"
    "  caucus init node --genesis club2/genesis.toml --identity ada.key\n"
    "  caucus snapshot load club2/state.snapshot node");
  command->callback([given, port, join, identity, &run] {
    given->port_given = port->count() > 0;
    given->client = join->count() > 0;
    given->key_given = identity->count() > 0;
    run = [given] { return init(*given); };
  });
}

} // namespace caucus::cli
