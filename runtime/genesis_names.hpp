#pragma once

#include "messages/genesis.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The words of genesis.toml, for its reader and its writer.
/// Pure values.

namespace caucus {

template <class E, std::size_t Count>
struct enum_names {
  std::array<std::pair<std::string_view, E>, Count> pairs;

  [[nodiscard]] constexpr std::optional<E> value_of(std::string_view name) const {
    for (const auto& [text, value] : pairs) {
      if (text == name) {
        return value;
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] constexpr std::string_view name_of(E value) const {
    for (const auto& [text, each] : pairs) {
      if (each == value) {
        return text;
      }
    }
    return "?";
  }
  /// "a", "b", "c".
  [[nodiscard]] std::string all() const {
    std::string out;
    for (const auto& [text, value] : pairs) {
      out += (out.empty() ? "\"" : ", \"") + std::string{text} + "\"";
    }
    return out;
  }
};

/// `listed` has no word: it is a list of ids.
inline constexpr enum_names<writers, 3> writer_names{{{{"members", writers::members},
                                                       {"anyone", writers::anyone},
                                                       {"own_entries", writers::own_entries}}}};

inline constexpr enum_names<argument_kind, 2> argument_names{
  {{{"integer", argument_kind::integer}, {"bytes", argument_kind::byte_string}}}};

} // namespace caucus
