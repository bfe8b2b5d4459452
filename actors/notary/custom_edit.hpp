#pragma once

#include "actors/notary/rule_set.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Runs one C++ rule on a copy of what it touches, and keeps the copy if the rule permits.
/// Pure.

namespace caucus {

/// 1,024: a rule that edits more in one mutation is refused; bounds the search below.
inline constexpr std::size_t edits_max = 1'024;

class custom_edit : public state_edit {
public:
  custom_edit(const variable_declaration& of, variable_id id, const digest& empty_path,
              state_writer& on)
      : of_{of}, id_{id}, empty_path_{empty_path}, on_{on} {}

  /// An error: nothing was changed.
  [[nodiscard]] result<void> run(const rule& what, const call& by);

  [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const override;
  void put(std::string_view key, std::string_view value) override;
  void erase(std::string_view key) override;

private:
  struct edited {
    std::string key;
    digest path;
    std::optional<std::string> value; ///< none: erased
  };
  /// The edit of this key; a new one if there is none. Null: not allowed, and noted.
  [[nodiscard]] edited* at(std::string_view key);
  [[nodiscard]] result<void> keep();

  const variable_declaration& of_;
  variable_id id_;
  const digest& empty_path_;
  state_writer& on_;
  std::vector<edited> edits_;
  std::string broken_; ///< the first thing that is not allowed
};

} // namespace caucus
