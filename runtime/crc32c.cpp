#include "runtime/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#  include <nmmintrin.h>
#endif

namespace caucus {

namespace {

constexpr std::uint32_t polynomial = 0x82F63B78; // 0x1EDC6F41, mirrored

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
    }
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> table = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(bytes_view what,
                                                             std::uint32_t before) {
  std::uint64_t crc = ~before;
  while (what.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, what.data(), 8);
    crc = _mm_crc32_u64(crc, word);
    what = what.subspan(8);
  }
  auto small = static_cast<std::uint32_t>(crc);
  for (const std::byte each : what) {
    small = _mm_crc32_u8(small, std::to_integer<unsigned char>(each));
  }
  return ~small;
}
#endif

} // namespace

std::uint32_t crc32c_portable(bytes_view what, std::uint32_t before) {
  std::uint32_t crc = ~before;
  for (const std::byte each : what) {
    crc = (crc >> 8) ^ table[(crc ^ std::to_integer<std::uint32_t>(each)) & 0xFF];
  }
  return ~crc;
}

std::uint32_t crc32c(bytes_view what, std::uint32_t before) {
#if defined(__x86_64__)
  static const auto fast = static_cast<bool>(__builtin_cpu_supports("sse4.2"));
  if (fast) {
    return crc32c_sse42(what, before);
  }
#endif
  return crc32c_portable(what, before);
}

} // namespace caucus
