#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

/// Checks of options' values that complain as the configuration does: what was given and what is
/// allowed. Main thread.

namespace caucus::cli {

/// A whole number, both ends allowed.
[[nodiscard]] CLI::Validator in_range(int low, int high);
/// A number, both ends allowed.
[[nodiscard]] CLI::Validator in_range(double low, double high);
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);

} // namespace caucus::cli
