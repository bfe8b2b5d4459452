#pragma once

#include "actors/composition.hpp"
#include "actors/presets.hpp"

#include <functional>

/// Runs a node until a signal, or until it ends by itself. Main thread.

namespace caucus::cli {

/// `ready` is called once all of the node's actors have answered: its files are open, it listens,
/// it can be asked. Returns the exit code.
/// SIGTERM and SIGINT stop it in order, within its deadline; another that comes more than a second
/// later ends the process at once, and so does one before the node has started. SIGHUP opens the
/// log's file anew and reads the configuration again: the log says what changed, what takes a
/// restart, or what is wrong.
/// A service manager (service_manager.hpp) is told all of it, and how the node is.
int run_node(composed& node, const std::function<void(const node_facts&)>& ready);

} // namespace caucus::cli
