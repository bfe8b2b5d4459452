#pragma once

#include "apps/caucus/output.hpp"
#include "messages/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

/// How people see the reply of a command that has no view of its own. What others wrote is shown
/// escaped, as everywhere. Main thread.

namespace caucus::cli {

/// What a node answered, or a part of it, as JSON. Error: internal: it is none.
[[nodiscard]] result<nlohmann::ordered_json> read_reply(std::string_view text);
/// A JSON object as lines: a name and its value; below an object or a list, what it holds,
/// indented.
[[nodiscard]] std::string show_reply(const nlohmann::ordered_json& reply, const paint& with);
/// One part of a reply that streams, in one line: "player ada  points 5".
[[nodiscard]] std::string show_part(const nlohmann::ordered_json& part, const paint& with);

} // namespace caucus::cli
