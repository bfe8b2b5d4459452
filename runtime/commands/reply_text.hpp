#pragma once

#include "messages/result.hpp"
#include "runtime/commands/command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a caller over HTTP hears. An error is {"error": {"code": "busy", "detail": "..."}}.
/// Any thread; pure, but that a fault of a command's own code is logged.

namespace caucus {

struct reply_text {
  std::uint16_t status = 200; ///< HTTP's
  std::string type = "application/json";
  std::string text;
};
[[nodiscard]] reply_text print_error(const error& what);
/// What the code of a command throws, as an error of the one call: internal, which names the
/// command. Logged, once a minute for each command.
[[nodiscard]] error command_fault(std::string_view command, std::string_view thrown);
/// A part of a stream that has nothing to tell is empty; any other ends its line, and so does JSON.
/// What print() throws is told as an error, also where it was a part: then the call is to end.
[[nodiscard]] reply_text print_reply(const command_facts& of, const result<any_value>& what,
                                     const command_context& node);
/// The error that a reply tells. nullopt: it tells none.
[[nodiscard]] std::optional<error> error_from_json(std::string_view text);

} // namespace caucus
