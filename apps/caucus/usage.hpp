#pragma once

#include "messages/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
} // namespace CLI

/// What is wrong with a command line, in the words of the other errors: what was given, what is
/// allowed, what to do. All errors are bad_request. Main thread.

namespace caucus::cli {

/// Of a command whose last argument takes all words, as `propose`: they may begin with a dash, as a
/// negative step does, so its options go first, then "--", then the words. One that begins with two
/// dashes is an option, unless it stands behind "--". Other commands' arguments stay as they are.
[[nodiscard]] std::vector<std::string> words_last(const CLI::App& app,
                                                  std::vector<std::string> arguments);

/// Before the words are parsed, of which there is one at least. Nothing: the first is a command, or
/// an option of the program itself.
[[nodiscard]] std::optional<error> judge_command(const CLI::App& app,
                                                 const std::vector<std::string>& arguments);
/// After they were, in vain: `arguments` in their order.
[[nodiscard]] error judge_parse(const CLI::App& app, const std::vector<std::string>& arguments,
                                const CLI::ParseError& wrong);

/// Of the command that was chosen.
[[nodiscard]] std::string where_help_is(const CLI::App& app);

} // namespace caucus::cli
