#pragma once

#include "messages/control.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/status.hpp"

/// How consensus is, as the node's status and metrics tell it.
/// Pure; any thread.

namespace caucus {

using consensus_commands = commands<consensus_status, control_status>;

void put_status(status_sheet& to, const consensus_status& of, const status_parts& all);
void put_metrics(metric_sheet& to, const consensus_status& of, const status_parts& all);

} // namespace caucus
