#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Values as a person writes them in a configuration, and back.
/// Pure.

namespace caucus {

/// What TOML and the command line can say. Dates and mixed lists never occur in our configurations.
using config_value =
  std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// "500ms", "2s", "10us", "3m", "1h", "0s": a whole number and its unit. nullopt: anything else,
/// and what microseconds in 64 bits cannot hold.
[[nodiscard]] std::optional<std::chrono::microseconds> parse_duration(std::string_view text);
/// In the largest unit that holds it exactly.
[[nodiscard]] std::string print_duration(std::chrono::microseconds what);

/// "64KiB", "1MiB", "2GiB", "512B", "512": a whole number of bytes. Powers of 1,024 only, so that
/// nobody takes kB for KiB.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string print_size(std::uint64_t bytes);

/// All of it, in base 10. nullopt also when it does not fit.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// As a basic string of TOML, quotes and escapes included.
[[nodiscard]] std::string toml_text(std::string_view text);
/// As TOML would write it.
[[nodiscard]] std::string print_value(const config_value& value);
/// Shortest text that reads back as the same number, with a point.
[[nodiscard]] std::string print_number(double number);

/// The closest of `known`, or empty if none is close: a slip, not another word.
[[nodiscard]] std::string nearest(std::string_view given, const std::vector<std::string>& known);

} // namespace caucus
