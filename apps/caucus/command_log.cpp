#include "apps/caucus/commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/words.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/variables/catalog.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

struct log_options {
  std::string config;
  std::uint64_t from = 1;
  bool follow = false;
  double timeout = 10; ///< seconds
  bool as_json = false;
};

constexpr std::size_t shown_size_max = 60; ///< bytes of an argument

/// What anybody may have written never looks like another word, line or verdict.
std::string short_value(const json& value) {
  return shown_word(value, shown_size_max);
}

/// The key of an own entry without most of its owner's id, which would leave it no room: "jcpp4q3a/name".
std::string short_key(const std::string& key) {
  const bool owned = key.size() > own_prefix_size && key[own_prefix_size - 1] == '/'
                     && peer_id_from_text(key.substr(0, own_prefix_size - 1));
  return owned ? key.substr(0, short_name_size) + key.substr(own_prefix_size - 1) : key;
}

bool has_own_entries(const genesis& from, const json& variable) {
  return std::any_of(from.variables.begin(), from.variables.end(), [&variable](const auto& one) {
    return one.who == writers::own_entries && variable == one.name;
  });
}

/// Of the block, as its members agreed: "2026-11-28T16:47:03Z".
std::string time_of(const json& line) {
  const auto at = line.find("time_ms");
  const std::time_t seconds = at != line.end() && at->is_number_integer()
                                ? static_cast<std::time_t>(at->get<std::int64_t>() / 1'000)
                                : std::time_t{0};
  std::tm parts{};
  char out[32] = "-";
  if (::gmtime_r(&seconds, &parts) == nullptr
      || std::strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
    return "-"; // a year that has no such form
  }
  return out;
}

std::string pretty(std::string_view line, const genesis& from, const paint& with) {
  const auto what = parse_json(line).value_or(json{});
  if (!what.is_object()) {
    return harmless(line) + "\n";
  }
  const bool applied = what.value("status", "") == "applied";
  std::string out =
    with.dim(time_of(what) + "  " + what["height"].dump() + "." + what["index"].dump() + "  "
             + harmless(short_name_of(what.value("author", ""), from)))
    + "  " + short_value(what["variable"]) + " " + short_value(what["mutation"]);
  bool is_key = has_own_entries(from, what["variable"]);
  for (const auto& argument : what["arguments"]) {
    out += " "
           + short_value(is_key && argument.is_string()
                           ? json(short_key(argument.get_ref<const std::string&>()))
                           : argument);
    is_key = false;
  }
  if (!applied) {
    out += "  " + with.yellow("refused: " + harmless(what.value("reason", "")));
  }
  return out + "\n";
}

int show_log(const log_options& given) {
  const auto node = open_node(given.config);
  if (!node) {
    return report(node.error());
  }
  auto client = control_client::reach(node->config.directory);
  if (!client) {
    return report(client.error());
  }
  // From then on silence is the network's: a log that is followed may have nothing to tell for hours.
  const auto patience = std::chrono::duration<double>{given.timeout};
  if (const auto lives = client->answers(std::chrono::ceil<std::chrono::milliseconds>(patience));
      !lives) {
    return report(lives.error());
  }
  const paint with;
  const auto done = client->lines(
    command_of(control_log{height{given.from}, given.follow}), [&](std::string_view line) {
      return print(given.as_json ? std::string{line} + "\n" : pretty(line, node->from, with));
    });
  return done ? number(exit_code::ok) : report(done.error());
}

} // namespace

void add_log(CLI::App& to, action& run) {
  const auto given = std::make_shared<log_options>();
  auto* const command = to.add_subcommand("log", "show committed mutations, in their order");
  add_config_option(*command, given->config, "of the node to ask");
  command->add_option("--from", given->from, "height to begin with")
    ->check(judge_height)
    ->capture_default_str();
  command->add_flag("--follow", given->follow, "go on with what comes, until Ctrl-C");
  command->add_option("--timeout", given->timeout, "seconds to wait for the node's first answer")
    ->check(in_range(0.001, 3'600.0))
    ->capture_default_str();
  command->add_flag("--json", given->as_json, "one JSON object a line");
  command->footer("Each line begins with its block's time, by the members' clocks, in UTC.\n"
                  "Long arguments and peer ids are cut; --json has all of them. Example:\n"
                  "  caucus log --config net/node0/node.toml --from 10 --follow");
  command->callback([given, &run] { run = [given] { return show_log(*given); }; });
}

} // namespace caucus::cli
