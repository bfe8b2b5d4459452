#pragma once

#include <functional>
#include <string>
#include <vector>

/// One function a command: declares its options and, once they are parsed, what runs.
/// `run` outlives the parsing.

namespace CLI {
class App;
} // namespace CLI

namespace caucus {
class composition;
} // namespace caucus

namespace caucus::cli {

/// Returns the exit code.
using action = std::function<int()>;

using more_commands = std::function<void(CLI::App& to, action& run)>;
/// As caucus::run(), with commands beside.
[[nodiscard]] int run(int count, char** words, const composition& with,
                      const more_commands& more = {});

void add_init(CLI::App& to, action& run);
/// `line`: the words that will be parsed. It outlives the parsing.
void add_node(CLI::App& to, action& run, const std::vector<std::string>& line);
/// Those that every node's actors declare.
void add_declared_by_us(CLI::App& to, action& run);
void add_verify(CLI::App& to, action& run);
/// Those that the composition's actors declare.
void add_declared(CLI::App& to, action& run);
void add_doctor(CLI::App& to, action& run);
void add_snapshot(CLI::App& to, action& run);
void add_completion(CLI::App& to, action& run);
void add_keygen(CLI::App& to, action& run);
void add_version(CLI::App& to, action& run);
void add_demo(CLI::App& to, action& run);
void add_bench(CLI::App& to, action& run);

/// What the shells' scripts ask for at a Tab: prints what may come next, given what is typed behind
/// the program's name. Returns the exit code.
[[nodiscard]] int complete_words(const CLI::App& app, const std::vector<std::string>& words);

} // namespace caucus::cli
