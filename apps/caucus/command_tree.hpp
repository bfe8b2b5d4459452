#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

/// Questions to the tree of commands and options that CLI11 holds. Main thread.

namespace caucus::cli {

/// The one whose name the word is; null: none.
[[nodiscard]] const CLI::App* command_named(const CLI::App& in, const std::string& word);
/// "--file" and "--file=x"; null: there is none.
[[nodiscard]] const CLI::Option* option_named(const CLI::App& in, const std::string& word);
[[nodiscard]] bool takes_value(const CLI::Option& of);
/// It takes all words that come.
[[nodiscard]] bool is_list(const CLI::Option& of);

/// Those below it, by name.
[[nodiscard]] std::vector<std::string> commands_of(const CLI::App& app);
/// Of those that were parsed, the last.
[[nodiscard]] const CLI::App& chosen_in(const CLI::App& app);
/// Its name: "caucus bench commit".
[[nodiscard]] std::string name_of(const CLI::App& app);

} // namespace caucus::cli
