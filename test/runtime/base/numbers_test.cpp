#include "runtime/base/little_endian.hpp"
#include "runtime/base/text.hpp"
#include "test/catch.hpp"

#include <rapidcheck.h>

#include <array>
#include <cstdint>
#include <limits>
#include <span>

namespace caucus::test {

TEST_CASE("a number's bytes begin with the least") {
  CHECK(to_hex(little_endian(std::uint8_t{0xAB})) == "ab");
  CHECK(to_hex(little_endian(std::uint16_t{0xABCD})) == "cdab");
  CHECK(to_hex(little_endian(std::uint32_t{0x01020304})) == "04030201");
  CHECK(to_hex(little_endian(std::uint64_t{0x0102030405060708})) == "0807060504030201");
  CHECK(to_hex(little_endian(std::int64_t{-2})) == "feffffffffffffff");
  CHECK(to_hex(little_endian(std::numeric_limits<std::int64_t>::min())) == "0000000000000080");
}

TEST_CASE("a number is put, appended and read where it stands, and nothing beside it") {
  std::array<std::byte, 6> raw{};
  raw.fill(std::byte{0xEE});
  put_little_endian(std::span{raw}.subspan(1), std::uint32_t{7});
  CHECK(to_hex(raw) == "ee07000000ee");
  CHECK(from_little_endian<std::uint32_t>(bytes_view{raw}.subspan(1)) == 7);
  bytes body{std::byte{1}};
  append_little_endian(body, std::uint16_t{0x0203});
  CHECK(to_hex(body) == "010302");
}

TEST_CASE("numbers of all sizes survive their bytes") {
  CHECK(rc::check([](std::uint64_t a, std::int64_t b, std::uint32_t c, std::uint16_t d) {
    RC_ASSERT(from_little_endian<std::uint64_t>(little_endian(a)) == a);
    RC_ASSERT(from_little_endian<std::int64_t>(little_endian(b)) == b);
    RC_ASSERT(from_little_endian<std::uint32_t>(little_endian(c)) == c);
    RC_ASSERT(from_little_endian<std::uint16_t>(little_endian(d)) == d);
  }));
}

} // namespace caucus::test
