#pragma once

#include "messages/bytes.hpp"
#include "runtime/base/assert.hpp"

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

/// Integers as bytes, the least byte first: on the wire, on disk, and in what is hashed.
/// Pure; any thread. One move where memory has that order, instead of one a byte: each frame and
/// each mutation passes here.

namespace caucus {

template <class T>
concept little_integer = std::integral<T> && !std::same_as<T, bool>;

template <little_integer T>
[[nodiscard]] std::array<std::byte, sizeof(T)> little_endian(T number) {
  std::array<std::byte, sizeof(T)> out{};
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(out.data(), &number, sizeof number);
  } else {
    auto rest = static_cast<std::uint64_t>(number);
    for (auto& next : out) {
      next = static_cast<std::byte>(rest & 0xFFU);
      rest >>= 8U;
    }
  }
  return out;
}

/// Into the first bytes of `to`. Precondition: it has as many.
template <little_integer T>
void put_little_endian(std::span<std::byte> to, T number) {
  CAUCUS_ASSERT(to.size() >= sizeof number);
  const auto raw = little_endian(number);
  std::memcpy(to.data(), raw.data(), raw.size());
}

template <little_integer T>
void append_little_endian(bytes& to, T number) {
  const auto raw = little_endian(number);
  to.insert(to.end(), raw.begin(), raw.end());
}

/// From the first bytes of `from`. Precondition: it has as many.
template <little_integer T>
[[nodiscard]] T from_little_endian(bytes_view from) {
  CAUCUS_ASSERT(from.size() >= sizeof(T));
  if constexpr (std::endian::native == std::endian::little) {
    T out{};
    std::memcpy(&out, from.data(), sizeof out);
    return out;
  } else {
    std::uint64_t sum = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) {
      sum = sum << 8U | std::to_integer<std::uint64_t>(from[i]);
    }
    return static_cast<T>(sum);
  }
}

} // namespace caucus
