#pragma once

#include "actors/rpc/control_json.hpp"
#include "messages/genesis.hpp"
#include "runtime/topology_table.hpp"

#include <string>

/// A node's numbers for a monitor, in Prometheus' text format: what its actors told when asked for
/// their status, every edge and actor of the table, the process's own use.
/// Any thread; reads /proc.

namespace caucus {

/// `table` may be null. An actor that did not answer has caucus_answers 0, and its numbers are absent.
/// Links to members have series of their own, named by the genesis; those to others are counted
/// together, as a stranger with a new key each hour would else make series without end.
[[nodiscard]] std::string metrics_text(const node_status& of, const genesis& from,
                                       const control_facts& facts, const topology_table* table);

} // namespace caucus
