#pragma once

#include "messages/result.hpp"
#include "runtime/toml_file.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Reads tables of TOML strictly, field by field. For the readers of this folder alone.
/// Pure. The first failure sticks, as in the archives: later reads give nothing, and one look at
/// the end suffices. Missing keys are gathered.

namespace caucus {

/// Tables with missing keys that one error tells.
inline constexpr std::size_t absences_max = 16;

/// What all tables of one file share.
class toml_fields_state {
public:
  explicit toml_fields_state(std::string file) : file_{std::move(file)} {}

  [[nodiscard]] const std::string& file() const { return file_; }
  /// A value failed: nothing more is read. Missing keys do not count yet, so that one error can
  /// name all of them.
  [[nodiscard]] bool refused() const { return wrong_.has_value(); }
  [[nodiscard]] bool failed() const { return refused() || !missing_.empty(); }
  /// The first failure. If keys were missing before it: all those keys, as their absence may have
  /// caused the failure. Precondition: failed().
  [[nodiscard]] error why() const;
  void miss(const toml::source_region& in, std::string key, std::string_view example);
  void fail(errc code, const toml::source_region& at, std::string text) {
    if (!wrong_) {
      wrong_ = error{code, place_of(file_, at) + ": " + std::move(text)};
    }
  }

private:
  struct absence {
    std::string place; ///< of the table
    std::vector<std::string> keys;
    std::string examples; ///< behind them
  };
  std::string file_;
  std::optional<error> wrong_;
  std::vector<absence> missing_; ///< <= absences_max
};

/// One table. Handle: refers to the table and the state, which outlive it.
class toml_fields {
public:
  /// `path`: what errors put before a key: "" or "variables.". Fails on a key that is not `known`.
  toml_fields(toml_fields_state& state, const toml::table& table, std::string path,
              const std::vector<std::string_view>& known);

  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
  /// A key that must be there. Others are still read where it is not.
  /// `example`: a line to write, for people.
  void need(std::string_view key, std::string_view example = {});
  /// What is wrong with a key's value: the error names place, key, given and `allowed`.
  void refuse(errc code, std::string_view key, std::string_view allowed);
  /// The same for a part of the value.
  void refuse(errc code, std::string_view key, const toml::node& part, std::string_view allowed);

  // Each gives nullopt, or an empty list, if the key is not there or fails.
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, std::int64_t min,
                                                    std::int64_t max);
  [[nodiscard]] std::optional<std::chrono::milliseconds>
  milliseconds(std::string_view key, std::chrono::milliseconds min, std::chrono::milliseconds max);
  [[nodiscard]] const toml::table* table(std::string_view key);
  /// A list of at most `count_max` tables.
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key, std::size_t count_max);
  /// A list of at most `count_max` texts, with their places for refuse().
  [[nodiscard]] std::vector<std::pair<std::string, const toml::node*>> texts(std::string_view key,
                                                                             std::size_t count_max);

  [[nodiscard]] bool failed() const { return state_.failed(); }

private:
  [[nodiscard]] const toml::node* find(std::string_view key) const;
  /// Null: the key is not there, or the state failed.
  [[nodiscard]] const toml::array* list(std::string_view key, std::size_t count_max,
                                        std::string_view allowed);

  toml_fields_state& state_;
  const toml::table& table_;
  std::string path_;
};

} // namespace caucus
