#include "apps/caucus/usage.hpp"

#include "apps/caucus/command_tree.hpp"
#include "apps/caucus/help.hpp"
#include "apps/caucus/own.hpp"
#include "runtime/base/nearest_name.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace caucus::cli {

namespace {

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

/// `word` is none of these, which are the program's, or stand behind the word `first`.
error no_command(const std::string& first, const std::string& word,
                 const std::vector<std::string>& names) {
  const auto before = first.empty() ? first : first + " ";
  const std::vector<std::string_view> views{names.begin(), names.end()};
  const auto near = std::string{nearest_name(word, views)};
  const auto told = "there is no command '" + before + word + "'";
  return {errc::bad_request, near.empty() && !first.empty()
                               ? told + "; allowed: " + joined(names, ", ")
                               : told + or_near(near.empty() ? near : before + near)};
}

/// Its last argument takes all words that come.
bool takes_words(const CLI::App& command) {
  const auto all = command.get_options();
  return std::any_of(all.begin(), all.end(),
                     [](const CLI::Option* one) { return one->get_positional() && is_list(*one); });
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
  std::string_view meant = nearest_name(given, views);
  if (given == "--wait" && is_in(names, "--timeout")) {
    meant = "--timeout";
  } else if (given == "--members" && is_in(names, "--nodes")) { // of init, which has --member too
    meant = "--nodes N, or --member";
  }
  return {errc::bad_request,
          "there is no option '" + option + "'" + or_near(meant)
            + (takes_words(of) ? " (an argument that begins with -- stands behind a --)" : "")};
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
                 ? "give --config FILE (`" + typed("init DIR") + "` makes one)"
                 : "'" + word + "' is given by --config: " + name_of(app) + " --config " + word)};
}

/// An option that was given too often, or without its value. Nothing: all have what they want.
std::optional<error> judge_count(const CLI::App& app, const std::vector<std::string>& arguments) {
  const auto& command = chosen_in(app);
  for (const auto* const one : command.get_options()) {
    const auto& given = one->results();
    if (given.size() > static_cast<std::size_t>(std::max(one->get_items_expected_max(), 1))) {
      return error{errc::bad_request, one->get_name() + ": given " + std::to_string(given.size())
                                        + " times (" + joined(given, ", ") + "); allowed: once"};
    }
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto* const option = option_named(command, arguments[i]);
    const bool alone =
      i + 1 == arguments.size() || option_named(command, arguments[i + 1]) != nullptr;
    if (option != nullptr && takes_value(*option) && alone
        && arguments[i].find('=') == std::string::npos) {
      const auto name = option->get_name();
      auto text = name + " needs a value: ";
      text.append(name).append(" ").append(value_name(*option));
      return error{errc::bad_request, std::move(text)};
    }
  }
  return std::nullopt;
}

/// Two that are given and exclude one another. Nothing: none do.
std::optional<error> judge_pairs(const CLI::App& app) {
  for (const auto* const one : chosen_in(app).get_options()) {
    for (const auto* const other : one->get_excludes()) {
      if (one->count() > 0 && other->count() > 0) {
        return error{errc::bad_request, one->get_name() + " and " + other->get_name()
                                          + " are given; allowed: one of them"};
      }
    }
  }
  return std::nullopt;
}

/// What is wanted and not there. Nothing: all is.
std::optional<error> judge_missing(const CLI::App& app) {
  const auto& command = chosen_in(app);
  if (const auto commands = commands_of(command); !commands.empty()) {
    const auto rest = app.remaining(true);
    return rest.empty() || rest.front().starts_with("-")
             ? error{errc::bad_request,
                     name_of(app) + " needs a command; allowed: " + joined(commands, ", ")}
             : no_command(command.get_name(), rest.front(), commands);
  }
  const auto rest = app.remaining(true);
  if (std::any_of(rest.begin(), std::find(rest.begin(), rest.end(), "--"),
                  [](const auto& one) { return one.starts_with("-"); })) {
    return judge_rest(app); // it may stand where what is missing should be
  }
  for (const auto* const one : command.get_options()) {
    if (one->get_required() && one->count() == 0) {
      return one->get_name() == "--config"
               ? no_config(app)
               : error{errc::bad_request, one->get_name() + " is required"};
    }
  }
  return std::nullopt;
}

} // namespace

std::vector<std::string> words_last(const CLI::App& app, std::vector<std::string> arguments) {
  const auto* command = &app;
  auto at = arguments.begin();
  for (; at != arguments.end(); ++at) {
    const auto* const next = command_named(*command, *at);
    if (next == nullptr) {
      break;
    }
    command = next;
  }
  if (!takes_words(*command)) {
    return arguments;
  }
  std::vector<std::string> options{arguments.begin(), at};
  std::vector<std::string> words{"--"};
  for (; at != arguments.end(); ++at) {
    if (*at == "--") {
      words.insert(words.end(), at + 1, arguments.end());
      break;
    }
    const auto* const option = option_named(*command, *at);
    if (option == nullptr && !at->starts_with("--")) { // else: for the parser to say so
      words.push_back(*at);
      continue;
    }
    options.push_back(*at);
    if (option != nullptr && takes_value(*option) && at->find('=') == std::string::npos
        && at + 1 != arguments.end()) {
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
             : no_option(*app.get_subcommand(*command), app.get_name() + " " + *command, word);
  }
  return no_command({}, word, names);
}

error judge_parse(const CLI::App& app, const std::vector<std::string>& arguments,
                  const CLI::ParseError& wrong) {
  std::optional<error> out;
  switch (static_cast<CLI::ExitCodes>(wrong.get_exit_code())) {
    case CLI::ExitCodes::ExtrasError: return judge_rest(app);
    case CLI::ExitCodes::ArgumentMismatch: out = judge_count(app, arguments); break;
    case CLI::ExitCodes::ExcludesError: out = judge_pairs(app); break;
    case CLI::ExitCodes::RequiredError: out = judge_missing(app); break;
    default: break; // a check's own words
  }
  return out.value_or(error{errc::bad_request, wrong.what()});
}

std::string where_help_is(const CLI::App& app) {
  return name_of(app) + " --help lists what there is";
}

} // namespace caucus::cli
