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

/// `propose`'s arguments may begin with a dash, as a negative step does: its own options first, then
/// "--", then the words. One that begins with two is an option, unless it stands behind "--".
[[nodiscard]] std::vector<std::string> words_last(std::vector<std::string> arguments);

/// Before the words are parsed, of which there is one at least. Nothing: the first is a command, or an
/// option of the program itself.
[[nodiscard]] std::optional<error> judge_command(const CLI::App& app,
                                                 const std::vector<std::string>& arguments);
/// After they were, in vain.
[[nodiscard]] error judge_parse(const CLI::App& app, const CLI::ParseError& wrong);

/// Of the command that was chosen.
[[nodiscard]] std::string where_help_is(const CLI::App& app);

} // namespace caucus::cli
