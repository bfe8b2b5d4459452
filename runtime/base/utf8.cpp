#include "runtime/base/utf8.hpp"

#include <array>

namespace caucus {

std::optional<utf8_character> first_character(std::string_view at) {
  if (at.empty()) {
    return std::nullopt;
  }
  const auto lead = static_cast<unsigned char>(at.front());
  if (lead < 0x80) {
    return utf8_character{1, lead};
  }
  const std::size_t size = lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : 2);
  if (lead < 0xC2 || lead > 0xF4 || at.size() < size) {
    return std::nullopt;
  }
  char32_t point = lead & (0x7FU >> size);
  for (const char one : at.substr(1, size - 1)) {
    const auto next = static_cast<unsigned char>(one);
    if (next >> 6U != 2) {
      return std::nullopt;
    }
    point = point << 6U | (next & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  return point < smallest[size] || point > 0x10FFFF || surrogate
           ? std::nullopt
           : std::optional{utf8_character{size, point}};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto next = first_character(text);
    if (!next) {
      return false;
    }
    text.remove_prefix(next->size);
  }
  return true;
}

} // namespace caucus
