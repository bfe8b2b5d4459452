#pragma once

#include "messages/control.hpp"
#include "messages/result.hpp"
#include "runtime/commands/command.hpp"

#include <variant>

/// What flows between who calls a command and the actor that answers it: one pair of edges an
/// actor, connected together, so that who called is known by the place of the edge. Local; never on
/// the wire.
///
///     struct ports {
///       inboxes<command_call> calls;
///       outboxes<command_reply> replies; // replies[i] is for whom calls[i] is
///     };
///
/// Pure values.

namespace caucus {

struct call_opened {
  request_tag tag = 0; ///< the caller's; never used again
  any_command command;
};
/// One part of a reply that streams was taken. Of a call that has ended: nothing.
struct call_taken {
  request_tag tag = 0;
};
/// Nobody waits for a reply any more.
struct call_cancelled {
  request_tag tag = 0;
};
using command_call = std::variant<call_opened, call_taken, call_cancelled>;

struct command_reply {
  request_tag tag = 0;
  result<any_value> value{}; ///< of the command's `reply` type; empty: the end of a stream
  bool last = true;
};

/// Calls that wait in one edge.
inline constexpr std::size_t call_edge_capacity = 4'096;

} // namespace caucus
