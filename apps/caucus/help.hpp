#pragma once

#include <CLI/CLI.hpp>

#include <string>

/// What --help prints: at most line_width columns, and words for people in place of the parser's
/// own. Main thread.

namespace caucus::cli {

/// What help calls an option's value: "FILE", "N".
[[nodiscard]] std::string value_name(const CLI::Option& of);

class help_formatter : public CLI::Formatter {
public:
  help_formatter() { label("SUBCOMMAND", "COMMAND"); }
  std::string make_footer(const CLI::App* app) const override;
  std::string make_subcommand(const CLI::App* sub) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
};

} // namespace caucus::cli
