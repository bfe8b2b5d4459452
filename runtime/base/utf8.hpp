#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// What is text and what are bytes: the one answer to it.
/// Pure; any thread. Source: RFC 3629, section 4 (so no overlong forms, no surrogates, nothing
/// above U+10FFFF), as the JSON library checks it too.

namespace caucus {

struct utf8_character {
  std::size_t size = 0; ///< bytes; [1, 4]
  char32_t point = 0;
};

/// The character that begins here. Nothing: none does, or `at` is empty.
[[nodiscard]] std::optional<utf8_character> first_character(std::string_view at);
[[nodiscard]] bool is_utf8(std::string_view text);

} // namespace caucus
