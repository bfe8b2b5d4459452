#include "apps/caucus/node_access.hpp"

#include "actors/first_rules.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/rules.hpp"
#include "actors/notary/rules_name.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "messages/committee.hpp"
#include "messages/hello.hpp"
#include "messages/try.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/shell_word.hpp"
#include "runtime/base/text.hpp"
#include "runtime/folder_network.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/variables/rules_text.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace caucus::cli {

result<known_network> open_genesis(const std::filesystem::path& file) {
  CAUCUS_TRY(auto from, load_genesis(file));
  const auto network = network_id_of(from, rules{});
  return known_network{std::move(from), network};
}

result<node_access> open_node(std::filesystem::path config_file) {
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(config_file, ignored);
  if (is_folder) {
    if (!std::filesystem::exists(config_file / "node.toml", ignored)
        && std::filesystem::exists(config_file / "node0" / "node.toml", ignored)) {
      return fail(errc::bad_request, config_file.string()
                                       + " holds several nodes: name one of them, --config "
                                       + shell_word((config_file / "node0").string()) + " say");
    }
    config_file /= "node.toml";
  }
  node_access out;
  composed with{own()}; // a file with an application's tables is read by its program
  if (const auto read = with.settings().load(config_file, {}); !read) {
    return tl::make_unexpected(as_wrong_use(read.error()));
  }
  out.config = with.settings().config();
  auto network = open_genesis(out.config.genesis);
  if (!network) {
    return tl::make_unexpected(as_wrong_use(network.error()));
  }
  out.genesis = std::move(network->genesis);
  // What is wrong with its folder the node, or doctor, says.
  static_cast<void>(settle_first_rules(out.genesis, own().own_rules(), out.config.directory));
  out.network = network_id_of(out.genesis, rules{});
  return out;
}

std::string default_config() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here changes the environment
  const auto* const named = std::getenv("CAUCUS_CONFIG");
  if (named != nullptr && *named != '\0') {
    return named;
  }
  constexpr const char* here = "node.toml";
  std::error_code ignored;
  return std::filesystem::exists(here, ignored) ? here : "";
}

CLI::Option* add_config_option(CLI::App& to, std::string& into, const std::string& what) {
  into = default_config();
  return to.add_option("--config", into, what + "; else $CAUCUS_CONFIG, else ./node.toml")
    ->required(into.empty())
    ->type_name("FILE");
}

std::string short_name_of(const std::string& peer, const genesis& from) {
  const auto id = peer_id_from_text(peer);
  const auto name = id ? committee_of(from).name_of(*id) : std::string{};
  return peer.substr(0, short_name_size) + (name.empty() ? "" : " " + name);
}

result<network_id> network_with(const genesis& from, const std::string& rules) {
  if (from.rules) {
    const auto text = to_text(*from.rules);
    return rules.empty() || rules == text
             ? result<network_id>{network_id_with(from, *from.rules)}
             : fail(errc::bad_request, "--rules is " + rules + ", and the genesis says " + text
                                         + ": the network began with those, whatever came later");
  }
  const bool custom = has_own_rules(from);
  if (custom && rules.empty() && has_rules_of(from)) {
    const auto fitting = fitting_rules(from, own().own_rules());
    return fitting.size() < 2
             ? result<network_id>{network_id_of(from, own().own_rules())}
             : fail(errc::bad_request,
                    "the genesis does not say with which rules its network began, and this program "
                    "brings several: give --rules "
                      + to_text(fitting.front()) + ", say, or put the line rules = \""
                      + to_text(fitting.front()) + "\" on top of the genesis file");
  }
  if (custom && rules.empty()) {
    return fail(errc::bad_request,
                "this network has rules of its own: give --rules NAME:VERSION, or "
                "read with its program");
  }
  if (!custom && !rules.empty()) {
    return fail(errc::bad_request,
                "this network has no rules of its own (no custom variables): leave --rules out");
  }
  if (!custom) {
    return network_of(from);
  }
  const auto named = rules_id_from_text(rules);
  if (!named) {
    return fail(named.error().code, "--rules: " + named.error().detail);
  }
  return network_id_with(from, *named);
}

result<network_id> network_with(const node_access& node, const std::string& rules) {
  auto out = network_with(node.genesis, rules);
  const auto kept = out && !rules.empty() ? folder_network(node.config.directory)
                                          : result<std::optional<network_id>>{};
  if (kept && *kept && **kept != *out) {
    return fail(errc::bad_request, "--rules " + rules + " are not those that the node in "
                                     + node.config.directory.string()
                                     + " runs with: give their name and version");
  }
  return out;
}

std::string how_to_run(const genesis& from, const std::string& config_file) {
  const auto custom =
    std::find_if(from.variables.begin(), from.variables.end(),
                 [](const auto& one) { return kind_of(one.kind).declares_operations(); });
  if (custom == from.variables.end() || !has_own_rules(from) || has_rules_of(from)) {
    return typed("node --config " + shell_word(config_file));
  }
  return "the program that has the rules of \"" + custom->name + "\" (" + typed("node")
         + " has none), with " + config_file;
}

std::filesystem::path own_program() {
  std::error_code failed;
  auto out = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::filesystem::path{"caucus"} : out;
}

} // namespace caucus::cli
