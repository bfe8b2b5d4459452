#pragma once

#include "messages/result.hpp"
#include "runtime/config_value.hpp"

// Where toml++ is header-only, its assertions fail on some bad files that it then refuses in order.
#ifndef TOML_ASSERT
#  define TOML_ASSERT(condition) static_cast<void>(0)
#endif
#include <toml++/toml.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// TOML as values, for the readers of this folder alone: toml++ takes seconds to compile, so it
/// appears in no header of ours that others include.
/// Pure.

namespace caucus {

/// Parts of a key, and lists and tables within one another: ours have 4 at most. A table is gone
/// through by recursion, so a key of 15,000 parts would overflow the stack.
inline constexpr std::size_t toml_depth_max = 32;

/// `name`: the file's, for errors. Error: file_malformed, with line and column: no TOML, or
/// deeper than toml_depth_max.
[[nodiscard]] result<toml::table> parse_toml(std::string_view text, const std::string& name);

/// "node.toml:3:8".
[[nodiscard]] std::string place_of(const std::string& file, const toml::source_region& at);

/// nullopt: a table, a date, a list of anything but text.
[[nodiscard]] std::optional<config_value> value_of(const toml::node& node);
/// What was given, for people, cut to a line.
[[nodiscard]] std::string shown(const toml::node& node);
[[nodiscard]] std::string cut_to_line(std::string text);

} // namespace caucus
