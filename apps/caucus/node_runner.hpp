#pragma once

#include "actors/presets.hpp"
#include "runtime/config.hpp"

#include <functional>

/// Runs a node until a signal, or until it ends by itself. Main thread.

namespace caucus::cli {

/// `ready`: the node listens. Returns the exit code. SIGTERM and SIGINT stop it in order, within its
/// deadline; a second one ends the process at once. SIGHUP reopens the log.
int run_node(const node_config& config, const config_schema& keys, const extension& more,
             const std::function<void(const node_facts&)>& ready);

} // namespace caucus::cli
