#pragma once

#include "runtime/variables/variable_kinds.hpp"

#include <array>
#include <string>
#include <string_view>

/// What several kinds do alike. For the kinds alone.
/// Pure.

namespace caucus::kind_parts {

inline constexpr std::array integer_alone{argument_kind::integer};
inline constexpr std::array bytes_alone{argument_kind::byte_string};
inline constexpr std::array key_and_bytes{argument_kind::byte_string, argument_kind::byte_string};

/// Refused: `value` is longer than the declaration allows.
[[nodiscard]] outcome check_value(const variable_declaration& of, bytes_view value);

/// The first argument is the key. A new entry needs room; one that is there gets another value.
/// O(log entries).
[[nodiscard]] outcome put_entry(const variable_change& what, bytes_view value);
/// The first argument is the key. An entry that is not there may be erased. O(log entries).
[[nodiscard]] outcome erase_entry(const variable_change& what);

/// A key of an example, with its owner in front if entries have owners, is not too long.
[[nodiscard]] bool key_fits(const variable_declaration& of, std::string_view key);
/// A value for an example.
[[nodiscard]] std::string short_text(const variable_declaration& of);

/// misfit() of kinds with entries.
[[nodiscard]] std::string count_misfit(const variable_declaration& of, bytes_view value);
/// Under the empty key and no number, or a number where there is none.
inline constexpr const char* misplaced = "that under no key";

/// show() of kinds whose head is a number or a count, and of those that have neither.
[[nodiscard]] shown_value show_numbered(bytes_view key, bytes_view value);
[[nodiscard]] shown_value show_bytes(bytes_view key, bytes_view value);

} // namespace caucus::kind_parts
