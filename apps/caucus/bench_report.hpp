#pragma once

#include "apps/caucus/work_line.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What a bench says of several runs: the median of each field with the least and the greatest, but
/// of what should be none the sum, how it was measured, and on what. Main thread.

namespace caucus::cli {

class bench_report {
public:
  using setting_value = std::variant<std::string, std::uint64_t, double>;

  /// One run's value; fields are shown in the order in which they first came.
  void add(std::string_view field, double value);
  /// The same for what should not happen: added up, as a median would hide what two runs of five
  /// had.
  void count(std::string_view field, std::uint64_t value);
  void set(std::string field, setting_value value) {
    settings_.emplace_back(std::move(field), std::move(value));
  }

  /// One line of JSON: the medians and sums, "min" and "max" with the same fields, the settings,
  /// the machine. The median of an even number of runs is between the two in the middle.
  [[nodiscard]] std::string json() const;
  /// For people: a line a field, then settings and machine.
  [[nodiscard]] std::string text() const;

private:
  struct row {
    std::string field;
    std::vector<double> values; ///< of the runs, ascending
    bool sums = false;
    [[nodiscard]] double value() const;
  };
  row& row_of(std::string_view field);
  [[nodiscard]] std::vector<std::pair<std::string, setting_value>> all_settings() const;

  std::vector<row> rows_;
  std::vector<std::pair<std::string, setting_value>> settings_;
};

/// "run 2 of 5".
[[nodiscard]] std::string run_of(unsigned index, unsigned count);

/// The commit that this program was built from, "ad299f3"; "-changed" behind it where files
/// differed from it; "unknown" if the sources were no repository.
[[nodiscard]] std::string built_from();

} // namespace caucus::cli
