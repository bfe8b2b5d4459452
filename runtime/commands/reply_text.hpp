#pragma once

#include "messages/result.hpp"
#include "runtime/commands/command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a caller over HTTP hears. An error is {"error": {"code": "busy", "detail": "..."}}.
/// Pure; any thread.

namespace caucus {

struct reply_text {
  std::uint16_t status = 200; ///< HTTP's
  std::string type = "application/json";
  std::string text;
};
[[nodiscard]] reply_text print_error(const error& what);
/// A part of a stream that has nothing to tell is empty.
[[nodiscard]] reply_text print_reply(const command_facts& of, const result<any_value>& what,
                                     const command_context& node);
/// The error that a reply tells. nullopt: it tells none.
[[nodiscard]] std::optional<error> error_from_json(std::string_view text);

} // namespace caucus
