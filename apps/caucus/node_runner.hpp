#pragma once

#include "actors/presets.hpp"

#include <functional>

/// Runs a node until a signal, or until it ends by itself. Main thread.

namespace caucus::cli {

/// Adds actors to the preset, before the start.
using extension = std::function<void(node_topology&)>;

/// `ready`: the node listens. Returns the exit code. SIGTERM and SIGINT stop it in order, within its
/// deadline; a second one ends the process at once. SIGHUP opens the log's file anew and reads the
/// configuration again: the log says what changed, what takes a restart, or what is wrong.
int run_node(node_settings& settings, const extension& more,
             const std::function<void(const node_facts&)>& ready);

} // namespace caucus::cli
