#pragma once

#include "messages/result.hpp"
#include "runtime/config_value.hpp"
#include "runtime/file.hpp"

#include <toml++/toml.h>

#include <filesystem>
#include <optional>
#include <string>

/// TOML from a file, for the readers of this folder alone: toml++ takes seconds to compile, so it
/// appears in no header of ours that others include.
/// Pure, but for read_toml().

namespace caucus {

/// Errors: those of read_file; file_malformed with line and column.
[[nodiscard]] result<toml::table> read_toml(const std::filesystem::path& path,
                                            const file_kind& kind);
/// `name`: the file's, for errors.
[[nodiscard]] result<toml::table> parse_toml(std::string_view text, const std::string& name);

/// "node.toml:3:8".
[[nodiscard]] std::string place_of(const std::string& file, const toml::source_region& at);

/// nullopt: a table, a date, a list of anything but text.
[[nodiscard]] std::optional<config_value> value_of(const toml::node& node);
/// What was given, for people, cut to a line.
[[nodiscard]] std::string shown(const toml::node& node);
[[nodiscard]] std::string cut_to_line(std::string text);

} // namespace caucus
