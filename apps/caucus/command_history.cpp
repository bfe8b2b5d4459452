#include "actors/administration/administration_commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/declared.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/reply_view.hpp"
#include "apps/caucus/words.hpp"
#include "messages/try.hpp"
#include "runtime/base/text.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <string>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// "  + eva (7bq3k2xw) 192.0.2.7:7400".
std::string who_line(const char* sign, const json& who) {
  const auto text = [&who](const char* name) {
    const auto& value = member_of(who, name);
    return value.is_string() ? harmless(value.get<std::string>()) : std::string{"?"};
  };
  return std::string{"  "} + sign + " " + text("name") + " ("
         + text("id").substr(0, short_name_size) + ") " + text("address") + "\n";
}

/// One epoch: since when, how many members, who came and who left.
std::string lines_of(const json& one, const paint& with) {
  const auto& time = member_of(one, "time_ms");
  const auto& members = member_of(one, "members");
  std::string out =
    "epoch " + shown_word(member_of(one, "epoch")) + "  "
    + with.dim(
      "from height " + shown_word(member_of(one, "from_height"))
      + (time.is_number_integer() ? ", " + shown_time(time.get<std::int64_t>()) : std::string{}))
    + "  " + counted(members.size(), "member", "members") + ":";
  for (const auto& name : members) {
    out += " " + (name.is_string() ? harmless(name.get<std::string>()) : std::string{"?"});
  }
  out += "\n";
  for (const auto& who : member_of(one, "came")) {
    out += who_line("+", who);
  }
  for (const auto& who : member_of(one, "left")) {
    out += who_line("-", who);
  }
  return out;
}

result<int> show_history(const asked_line& line) {
  CAUCUS_TRY(auto client, control_client::reach(line.node.config.directory));
  CAUCUS_TRY(const auto told, client.ask(line.asked, longest_wait(line.asked)));
  CAUCUS_TRY(const auto reply, read_reply(told));
  if (line.as_json) {
    print(told);
    return number(exit_code::ok);
  }
  const paint with;
  std::string out;
  for (const auto& one : member_of(reply, "epochs")) {
    out += lines_of(one, with);
  }
  print(out);
  return number(exit_code::ok);
}

} // namespace

terminal_view view_of_history() {
  return {.facts = &facts_of<control_group_history>(),
          .begin = [](CLI::App& /*to*/) -> line_runner { return show_history; },
          .notes = "--json has what ended each epoch as well, which `verify` follows.\n",
          .json = "print JSON, with what ended each epoch"};
}

} // namespace caucus::cli
