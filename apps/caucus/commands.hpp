#pragma once

#include <functional>

/// One function a command: declares its options and, once they are parsed, what runs.

namespace CLI {
class App;
} // namespace CLI

namespace caucus::cli {

/// Returns the exit code.
using action = std::function<int()>;

void add_init(CLI::App& to, action& run);
void add_node(CLI::App& to, action& run);
void add_propose(CLI::App& to, action& run);
void add_get(CLI::App& to, action& run);
void add_verify(CLI::App& to, action& run);
void add_log(CLI::App& to, action& run);
void add_status(CLI::App& to, action& run);
void add_keygen(CLI::App& to, action& run);
void add_version(CLI::App& to, action& run);
void add_demo(CLI::App& to, action& run);
void add_bench(CLI::App& to, action& run);

} // namespace caucus::cli
