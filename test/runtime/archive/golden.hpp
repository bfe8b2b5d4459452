#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>

/// Bytes as people write them down: "2a000000 11*32" is 2a 00 00 00, then 32 times 11.

namespace caucus::test {

inline bytes from_notation(const std::string& text) {
  bytes out;
  std::istringstream words{text};
  for (std::string word; words >> word;) {
    const auto star = word.find('*');
    const auto part = from_hex(std::string_view{word}.substr(0, star)).value();
    const std::size_t times = star == std::string::npos ? 1 : std::stoul(word.substr(star + 1));
    for (std::size_t i = 0; i < times; ++i) {
      out.insert(out.end(), part.begin(), part.end());
    }
  }
  return out;
}

/// Every byte of it is `value`.
template <class Fixed>
Fixed filled(unsigned value) {
  Fixed out;
  out.raw.fill(std::byte(value));
  return out;
}

/// The value's one encoding is `text`, forwards and backwards.
template <class T>
void check_golden(const T& what, const std::string& text) {
  const auto expected = from_notation(text);
  CHECK(to_hex(encode(what)) == to_hex(expected));
  CHECK(encoded_size(what) == expected.size());
  const auto back = decode<T>(expected);
  REQUIRE(back.has_value());
  CHECK((*back == what));
}

} // namespace caucus::test
