#pragma once

#include "apps/caucus/output.hpp"

#include <string>
#include <string_view>

/// How people see the reply of a command that has no view of its own. What others wrote is shown
/// escaped, as everywhere. Main thread.

namespace caucus::cli {

/// A JSON object as lines: a name and its value; below an object or a list, what it holds,
/// indented. What is no JSON is one harmless line.
[[nodiscard]] std::string show_reply(std::string_view text, const paint& with);
/// One part of a reply that streams, in one line: "player ada  points 5".
[[nodiscard]] std::string show_part(std::string_view text, const paint& with);

} // namespace caucus::cli
