#include "apps/caucus/usage.hpp"

#include "apps/caucus/output.hpp"
#include "runtime/base/nearest_name.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <string_view>

namespace caucus::cli {

namespace {

const CLI::App& chosen_in(const CLI::App& app) {
  const auto* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
  }
  return *at;
}

/// "caucus bench commit"
std::string name_of(const CLI::App& app) {
  std::string out = "caucus";
  for (const auto* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    out += " " + at->get_name();
  }
  return out;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* const one :
       app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); })) {
    out.push_back(one->get_name());
  }
  return out;
}

bool is_in(const std::vector<std::string>& all, const std::string& word) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const auto& word : words) {
    out.append(out.empty() ? "" : between).append(word);
  }
  return out;
}

std::string or_near(std::string_view near) {
  return near.empty() ? "" : "; did you mean " + std::string{near} + "?";
}

/// `command`: its name, behind which options of its own stand.
error no_option(const CLI::App& of, const std::string& command, const std::string& option) {
  std::vector<std::string> names;
  for (const auto* const one : of.get_options()) {
    for (const auto& name : one->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  const auto given = option.substr(0, option.find('='));
  if (is_in(names, given)) {
    return {errc::bad_request, "'" + given + "' goes after the command: " + command + " " + given};
  }
  const std::vector<std::string_view> views{names.begin(), names.end()};
  const bool waits = given == "--wait" && is_in(names, "--timeout");
  return {errc::bad_request,
          "there is no option '" + option + "'"
            + or_near(waits ? std::string_view{"--timeout"} : nearest_name(given, views))
            + (of.get_name() == "propose" ? " (an argument that begins with -- stands behind a --)"
                                          : "")};
}

/// One whose own value is not to be had, where --config may be declared.
bool lacks_config(const CLI::App& command) {
  const auto* const config = command.get_option_no_throw("--config");
  return config != nullptr && config->count() == 0;
}

/// Of words that no option or argument took: what is wrong with the first that is worth a word.
error judge_rest(const CLI::App& app) {
  const auto& command = chosen_in(app);
  const auto rest = app.remaining(true);
  const auto option = std::find_if(rest.begin(), rest.end(),
                                   [](const std::string& one) { return one.starts_with("-"); });
  if (option != rest.end()) {
    return no_option(command, name_of(app), *option);
  }
  return {errc::bad_request,
          "'" + rest.front() + "' is one argument too many"
            + (lacks_config(command) ? "; a configuration is given by --config FILE" : "")};
}

bool is_config(const std::string& word) {
  std::error_code ignored;
  const std::filesystem::path path{word};
  return std::filesystem::exists(path / "node.toml", ignored)
         || (path.extension() == ".toml" && std::filesystem::exists(path, ignored));
}

/// What was looked for, and the word that may have been meant.
error no_config(const CLI::App& app) {
  auto words = app.remaining(true);
  const bool strays = !words.empty() && !words.front().starts_with("-");
  for (const auto* const one : chosen_in(app).get_options()) {
    if (one->get_positional()) {
      const auto& taken = one->results();
      words.insert(words.end(), taken.begin(), taken.end());
    }
  }
  const auto meant = std::find_if(words.begin(), words.end(), is_config);
  const auto word = meant != words.end() ? *meant : (strays ? words.front() : std::string{});
  return {errc::bad_request,
          "--config is required: CAUCUS_CONFIG is not set, and ./node.toml is not here\n        "
            + (word.empty()
                 ? "give --config FILE (`caucus init DIR` makes one)"
                 : "'" + word + "' is given by --config: " + name_of(app) + " --config " + word)};
}

/// An option that was given too often, or without its value; CLI11's own words for what else may be.
error judge_count(const CLI::App& app, const std::string& why) {
  const auto name = why.substr(0, why.find(':'));
  const auto* const option = chosen_in(app).get_option_no_throw(name);
  if (option == nullptr) {
    return {errc::bad_request, why};
  }
  const auto given = option->results();
  const auto at_most = static_cast<std::size_t>(std::max(option->get_items_expected_max(), 1));
  if (given.size() > at_most) {
    return {errc::bad_request, name + ": given " + std::to_string(given.size()) + " times ("
                                 + joined(given, ", ") + "); allowed: once"};
  }
  return {errc::bad_request, name + " needs a value: " + name + " " + option->get_type_name()};
}

} // namespace

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

std::optional<error> judge_command(const CLI::App& app, const std::vector<std::string>& arguments) {
  const auto& word = arguments.front();
  const auto names = commands_of(app);
  if (is_in(names, word) || is_in({"-h", "--help", "--version"}, word)) {
    return std::nullopt;
  }
  if (word.starts_with("-")) { // no command has one letter
    const auto command = std::find_if(arguments.begin(), arguments.end(),
                                      [&](const auto& one) { return is_in(names, one); });
    return command == arguments.end()
             ? error{errc::bad_request, "no command is given, and '" + word + "' is none"}
             : no_option(*app.get_subcommand(*command), "caucus " + *command, word);
  }
  const std::vector<std::string_view> views{names.begin(), names.end()};
  return error{errc::bad_request,
               "there is no command '" + word + "'" + or_near(nearest_name(word, views))};
}

error judge_parse(const CLI::App& app, const CLI::ParseError& wrong) {
  const std::string why = wrong.what();
  if (wrong.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    return judge_rest(app);
  }
  if (wrong.get_exit_code() == static_cast<int>(CLI::ExitCodes::ArgumentMismatch)) {
    return judge_count(app, why);
  }
  if (wrong.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExcludesError)) {
    constexpr std::string_view between = " excludes ";
    const auto at = why.find(between);
    return {errc::bad_request, why.substr(0, at) + " and " + why.substr(at + between.size())
                                 + " are given; allowed: one of them"};
  }
  if (wrong.get_exit_code() != static_cast<int>(CLI::ExitCodes::RequiredError)) {
    return {errc::bad_request, why};
  }
  if (why.starts_with("--config ")) {
    return no_config(app);
  }
  const auto commands = commands_of(chosen_in(app));
  return {errc::bad_request,
          commands.empty() ? why
                           : name_of(app) + " needs a command; allowed: " + joined(commands, ", ")};
}

std::string where_help_is(const CLI::App& app) {
  return name_of(app) + " --help lists what there is";
}

} // namespace caucus::cli
