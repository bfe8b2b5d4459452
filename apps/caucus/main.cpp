#include "apps/caucus/commands.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "messages/catalog.hpp"
#include "messages/result.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The program `caucus`: one command a file, see commands.hpp.

namespace caucus::cli {

namespace {

/// `propose`'s arguments may begin with a dash, as a negative step does: its own options first, then
/// "--", then the words. One that begins with two is an option, unless it stands behind "--".
std::vector<std::string> words_last(std::vector<std::string> arguments) {
  const auto command = std::find(arguments.begin(), arguments.end(), "propose");
  if (arguments.empty() || command != arguments.begin()) {
    return arguments;
  }
  const auto is_one_of = [](const std::string& word, std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), word.substr(0, word.find('='))) != all.end();
  };
  std::vector<std::string> options{"propose"};
  std::vector<std::string> words{"--"};
  for (auto at = command + 1; at != arguments.end(); ++at) {
    if (*at == "--") {
      words.insert(words.end(), at + 1, arguments.end());
      break;
    }
    const bool has_value = is_one_of(*at, {"--config", "--request-id", "--timeout"});
    const bool known = has_value || is_one_of(*at, {"--json", "--help", "-h"});
    if (!known && !at->starts_with("--")) { // else: for the parser to say so
      words.push_back(*at);
      continue;
    }
    options.push_back(*at);
    if (has_value && at->find('=') == std::string::npos && at + 1 != arguments.end()) {
      options.push_back(*++at);
    }
  }
  if (words.size() > 1) {
    options.insert(options.end(), words.begin(), words.end());
  }
  return options;
}

/// Nothing: the first word is a command, or an option of ours.
std::optional<error> judge_command(const CLI::App& app, const std::vector<std::string>& arguments) {
  const auto& word = arguments.front();
  if (word.starts_with("-")) {
    return std::nullopt;
  }
  const auto all =
    app.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); });
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const auto* const one : all) {
    names.push_back(one->get_name());
  }
  if (std::find(names.begin(), names.end(), word) != names.end()) {
    return std::nullopt;
  }
  const std::vector<std::string_view> views{names.begin(), names.end()};
  const auto near = nearest_name(word, views);
  return error{errc::bad_request,
               "there is no command '" + word + "'"
                 + (near.empty() ? "" : "; did you mean " + std::string{near} + "?")};
}

/// Of words that no option or argument took: what is wrong with the first that is worth a word.
error judge_rest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  const auto& command = chosen.empty() ? app : *chosen.front();
  const auto rest = app.remaining(true);
  const auto option = std::find_if(rest.begin(), rest.end(),
                                   [](const std::string& one) { return one.starts_with("-"); });
  if (option == rest.end()) {
    return {errc::bad_request, "'" + rest.front() + "' is one argument too many"};
  }
  std::vector<std::string> names;
  for (const auto* const one : command.get_options()) {
    for (const auto& name : one->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  const std::vector<std::string_view> views{names.begin(), names.end()};
  const auto given = option->substr(0, option->find('='));
  const bool waits =
    given == "--wait" && std::find(names.begin(), names.end(), "--timeout") != names.end();
  const auto near = waits ? std::string_view{"--timeout"} : nearest_name(given, views);
  return {errc::bad_request, "there is no option '" + *option + "'"
                               + (near.empty() ? "" : "; did you mean " + std::string{near} + "?")
                               + (command.get_name() == "propose"
                                    ? " (an argument that begins with -- stands behind a --)"
                                    : "")};
}

/// Of the command that was chosen.
std::string where_help_is(const CLI::App& app) {
  std::string out = "caucus ";
  const auto* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    out += at->get_name() + " ";
  }
  return out + "--help lists what there is";
}

int run(int count, char** words) {
  CLI::App app{"caucus: a group of nodes that votes instead of trusting a server", "caucus"};
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "show this and end");
  app.set_version_flag("--version", version_line(), "show the version and end");
  app.get_formatter()->column_width(32);
  app.footer(
    "Begin with:\n  caucus demo\n"
    "  caucus init DIR && for i in 0 1 2 3; do caucus node --config DIR/node$i & done\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused by a rule,\n"
    "  4 outcome unknown (no receipt or answer in time), 5 no node answers, 6 not verified,\n"
    "  7 warnings of doctor, 130 ended by Ctrl-C");
  action chosen;
  add_init(app, chosen);
  add_node(app, chosen);
  add_propose(app, chosen);
  add_get(app, chosen);
  add_verify(app, chosen);
  add_log(app, chosen);
  add_status(app, chosen);
  add_metrics(app, chosen);
  add_doctor(app, chosen);
  add_completion(app, chosen);
  add_keygen(app, chosen);
  add_version(app, chosen);
  add_demo(app, chosen);
  add_bench(app, chosen);
  const std::vector<std::string> given{words + 1, words + count};
  if (given.size() > 1 && given[0] == "completion" && given[1] == "--words") {
    return complete_words(app, {given.begin() + 2, given.end()}); // as they are: nothing is parsed
  }
  auto arguments = words_last(given);
  if (arguments.empty()) {
    static_cast<void>(std::fputs(app.help().c_str(), stderr));
    return number(exit_code::usage);
  }
  if (const auto wrong = judge_command(app, arguments)) {
    return report(*wrong, "caucus --help lists them all");
  }
  std::reverse(arguments.begin(), arguments.end()); // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return number(exit_code::ok);
  } catch (const CLI::CallForVersion& wanted) {
    print(std::string{wanted.what()} + "\n");
    return number(exit_code::ok);
  } catch (const CLI::ExtrasError&) {
    return report(judge_rest(app), where_help_is(app));
  } catch (const CLI::ParseError& wrong) {
    return report({errc::bad_request, wrong.what()}, where_help_is(app));
  }
  return chosen();
}

} // namespace

} // namespace caucus::cli

int main(int count, char** words) {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); // a write then says so
  try {
    return caucus::cli::finish_output(caucus::cli::run(count, words));
  } catch (const std::exception& problem) {
    return caucus::cli::report({caucus::errc::internal, problem.what()});
  }
}
