#pragma once

#include "actors/administration/administration_io.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/commands/command.hpp"

#include <chrono>

/// What a program asks its group for, as an operator would type it. Internal to the library's face.
/// Pure; any thread.

namespace caucus {

/// Empty names and addresses are left out; the time of a bar is in whole seconds, upwards. Errors:
/// bad_request: a value that nobody could type; `retire` of another than `self`.
[[nodiscard]] result<any_command> command_for(const group_directive& what, const peer_id& self,
                                              std::chrono::milliseconds timeout);

/// What came of such a command.
[[nodiscard]] result<directive_reply> directive_reply_of(result<any_value> told);

} // namespace caucus
