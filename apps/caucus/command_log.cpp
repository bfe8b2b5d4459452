#include "apps/caucus/control_client.hpp"
#include "apps/caucus/declared.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/words.hpp"
#include "messages/try.hpp"
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
    return one.writers == writers::own_entries && variable == one.name;
  });
}

/// Of the block, as its members agreed: "2026-11-28T16:47:03Z".
std::string time_of(const json& line) {
  const auto at = line.find("time_ms");
  return shown_time(at != line.end() && at->is_number_integer() ? at->get<std::int64_t>() : 0);
}

std::string pretty(std::string_view line, const genesis& from, const paint& with) {
  const auto what = parse_json(line).value_or(json{});
  if (!what.is_object()) {
    return harmless(line) + "\n";
  }
  if (what.contains("announced")) {
    return with.dim(time_of(what) + "  " + member_of(what, "height").dump())
           + "  the group announced: " + short_value(member_of(what, "announced")) + "\n";
  }
  const bool applied = what.value("status", "") == "applied";
  std::string out = with.dim(time_of(what) + "  " + member_of(what, "height").dump() + "."
                             + member_of(what, "index").dump() + "  "
                             + harmless(short_name_of(what.value("author", ""), from)))
                    + "  " + short_value(member_of(what, "variable")) + " "
                    + short_value(member_of(what, "mutation"));
  bool is_key = has_own_entries(from, member_of(what, "variable"));
  for (const auto& argument : member_of(what, "arguments")) {
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

/// Whoever reads all that there is learns that it is not all that there was.
void tell_where_it_begins(control_client& node) {
  const auto told = node.ask(control_status{}, std::chrono::seconds{10});
  const auto status = told ? parse_json(*told).value_or(json{}) : json{};
  const auto& oldest = member_of(member_of(status, "notary"), "oldest_height");
  if (oldest.is_number_unsigned() && oldest.get<std::uint64_t>() > 1) {
    warn_of("the log begins at height " + oldest.dump() + ": this node keeps no older blocks",
            "what they did is in the state; a node that keeps all (node.keep_blocks = 0) has them");
  }
}

/// `patience`: seconds to wait for the node's first answer.
result<int> show_log(const asked_line& line, double patience) {
  const auto at_most =
    std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>{patience});
  // From then on silence is the network's: a log that is followed may have nothing to tell for hours.
  CAUCUS_TRY(auto client, control_client::reach_alive(line.node.config.directory, at_most));
  if (line.asked.as<control_log>()->first == height{}) {
    tell_where_it_begins(client);
  }
  const paint with;
  bool is_empty = true;
  CAUCUS_TRY_VOID(client.lines(line.asked, [&](std::string_view one) {
    is_empty = false;
    return print(line.as_json ? std::string{one} + "\n" : pretty(one, line.node.genesis, with));
  }));
  if (is_empty && !line.as_json) {
    print("none: no mutation is committed there yet\n");
  }
  return number(exit_code::ok);
}

line_runner begin_log(CLI::App& to) {
  const auto patience = std::make_shared<double>(10);
  to.add_option("--timeout", *patience, "seconds to wait for the node's first answer")
    ->check(in_range(0.001, 3'600.0))
    ->capture_default_str();
  return [patience](const asked_line& line) { return show_log(line, *patience); };
}

} // namespace

terminal_view view_of_log() {
  return {.facts = &facts_of<control_log>(),
          .begin = begin_log,
          .notes = "Each line begins with its block's time, by the members' clocks, in UTC.\n"
                   "Long arguments and peer ids are cut; --json has all of them.\n",
          .json = "one JSON object a line"};
}

} // namespace caucus::cli
