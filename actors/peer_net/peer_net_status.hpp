#pragma once

#include "messages/control.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/status.hpp"

/// How peer_net is, as the node's status and metrics tell it.
/// Pure; any thread.

namespace caucus {

using peer_net_commands = commands<peer_net_status, control_status>;

void put_status(status_sheet& to, const peer_net_status& of, const status_parts& all);
void put_metrics(metric_sheet& to, const peer_net_status& of, const status_parts& all);

} // namespace caucus
