#pragma once

#include "actors/notary/rule_set.hpp"

#include <optional>
#include <string_view>

/// What a C++ rule may read: all variables, as its mutation finds them.
/// Pure.

namespace caucus {

class rule_view : public state_view {
public:
  rule_view(const compiled_rules& of, state_writer& on) : of_{of}, on_{on} {}

  [[nodiscard]] std::optional<std::int64_t> number(std::string_view variable) const override;
  [[nodiscard]] std::optional<std::string_view> text(std::string_view variable) const override;
  [[nodiscard]] std::optional<std::string_view> text(std::string_view variable,
                                                     std::string_view key) const override;

private:
  const compiled_rules& of_;
  state_writer& on_; ///< entry counts are kept there until the block's end
};

} // namespace caucus
