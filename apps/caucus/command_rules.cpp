#include "actors/administration/administration_commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/declared.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/reply_view.hpp"
#include "apps/caucus/words.hpp"
#include "messages/try.hpp"
#include "runtime/file.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>
#include <utility>

namespace caucus::cli {

namespace {

/// A file is a file here, and no text.
result<void> take_file(given_texts& texts) {
  if (const auto given = texts.find("file"); given != texts.end() && !given->second.empty()) {
    CAUCUS_TRY(const auto text,
               read_file(given->second.front(),
                         {.name = "the rules",
                          .make_one = "`caucus group rules` without a file prints those of now",
                          .size_max = rules_text_size_max}));
    given->second.front() = "text:" + text;
  }
  return {};
}

/// Each line as it may be shown.
std::string harmless_lines(const std::string& text) {
  std::string out;
  std::istringstream lines{text};
  for (std::string one; std::getline(lines, one);) {
    out += harmless(one) + '\n';
  }
  return out;
}

/// As they are: what a file would say, so that it can be one.
result<int> show_rules(const asked_line& line) {
  const auto& asked = *line.asked.as<control_group_rules>();
  if (!asked.is_bare() || line.as_json) {
    return show_reply_of(line);
  }
  CAUCUS_TRY(auto client, control_client::reach(line.node.config.directory));
  CAUCUS_TRY(const auto told, client.ask(line.asked, longest_wait(line.asked)));
  CAUCUS_TRY(const auto reply, read_reply(told));
  const auto& text = member_of(reply, "rules");
  if (!text.is_string()) {
    return fail(errc::internal, "the node's answer has no rules");
  }
  print(harmless_lines(text.get<std::string>()));
  return number(exit_code::ok);
}

} // namespace

terminal_view view_of_rules() {
  return {.facts = &facts_of<control_group_rules>(),
          .begin = [](CLI::App& /*to*/) -> line_runner { return show_rules; },
          .notes =
            "Without FILE it prints the variables as they are, to be changed and given back.\n"
            "A variable keeps its name, kind and initial value for ever. What the state does\n"
            "not keep to is told, and nothing changes. Other C++ rules are taken when every\n"
            "member's program brings them, but for those that are left out.\n",
          .tidy = take_file};
}

} // namespace caucus::cli
