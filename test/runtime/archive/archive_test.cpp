#include "runtime/archive/codec_for.hpp"
#include "runtime/archive/wire_mutation.hpp"
#include "runtime/archive/wire_vote.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/golden.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace caucus::test {

namespace {

/// One of each that the wire's own types do not have, and numbers of every width.
struct sample {
  std::int8_t narrow = 0;
  std::int64_t wide = 0;
  bool flag = false;
  std::map<std::string, std::uint16_t> table;
  std::variant<std::uint8_t, digest> choice;
  std::array<std::uint16_t, 2> pair{};
  std::vector<std::string> names;

  friend bool operator==(const sample&, const sample&) = default;
};

template <class Archive>
void serialize(Archive& ar, sample& x) {
  ar(x.narrow, x.wide, x.flag, bounded<2, 4>(x.table), x.choice, x.pair, bounded<2, 3>(x.names));
}

sample full() {
  return {-2, -3, true, {{"a", 1}, {"b", 2}}, digest{}, {5, 6}, {"abc", ""}};
}

template <class T>
errc refusal(const std::string& text) {
  const auto decoded = decode<T>(from_notation(text));
  REQUIRE(!decoded.has_value());
  return decoded.error().code;
}

} // namespace

TEST_CASE("integers are little endian of fixed width, maps in order, variants by index") {
  check_golden(full(), "fe fdffffffffffffff 01 02000000 01000000 61 0100 01000000 62 0200"
                       " 01 00*32 0500 0600 02000000 03000000 616263 00000000");
}

TEST_CASE("a number that stands for nothing is refused") {
  const std::string head = "00 00*8 ";
  CHECK(refusal<sample>(head + "02 00*4 00 00 00*4 00*4") == errc::out_of_range); // bool
  CHECK(refusal<sample>(head + "00 00*4 02 00 00*4 00*4") == errc::out_of_range); // variant
  CHECK(refusal<subject>("00 00*48") == errc::out_of_range);                      // enum, too low
  CHECK(refusal<subject>("04 00*48") == errc::out_of_range);                      // enum, too high
  CHECK(refusal<batch_response>("02") == errc::out_of_range);                     // optional
}

TEST_CASE("a map's keys must ascend, each but once") {
  const std::string head = "00 00*8 00 02000000 01000000 61 0000 ";
  const std::string tail = " 0000 00 00 00*4 00*4";
  CHECK(decode<sample>(from_notation(head + "01000000 62" + tail)).has_value());
  CHECK(refusal<sample>(head + "01000000 61" + tail) == errc::not_ascending);
  CHECK(refusal<sample>(head + "01000000 60" + tail) == errc::not_ascending);
}

TEST_CASE("a container above its maximum is refused at both ends") {
  auto value = full();
  SECTION("a vector") {
    value.names.emplace_back();
  }
  SECTION("an item of a vector") {
    value.names[0] = "abcd";
  }
  SECTION("a map") {
    value.table["c"] = 3;
  }
  SECTION("a key of a map") {
    value.table = {{"abcde", 1}};
  }
  const auto encoded = try_encode(value);
  REQUIRE(!encoded.has_value());
  CHECK(encoded.error().code == errc::too_long);
}

TEST_CASE("a count above the maximum is refused though the bytes are there") {
  CHECK(refusal<sample>("00 00*8 00 00*4 00 00 00*4 03000000 00*12") == errc::too_long);
  CHECK(refusal<sample>("00 00*8 00 00*4 00 00 00*4 01000000 04000000 61*4") == errc::too_long);
  CHECK(refusal<mutation>("0100 00 09000000 01*100") == errc::too_long);
}

TEST_CASE("a count of more items than the bytes left could hold is refused") {
  CHECK(refusal<certificate_page>("02000000 00*121") == errc::too_long);
}

TEST_CASE("a certificate with more or fewer signatures than signers is refused") {
  const std::string about = "01 00*48 ";
  CHECK(decode<certificate>(from_notation(about + "0500 00*6 02000000 07*128")).has_value());
  CHECK(refusal<certificate>(about + "0700 00*6 02000000 07*128") == errc::out_of_range);
  CHECK(refusal<certificate>(about + "0100 00*6 02000000 07*128") == errc::out_of_range);
}

TEST_CASE("after a failure a reader gives zeros and keeps the first reason") {
  const auto input = from_notation("02 ffffffff ffff");
  reader ar{input};
  bool flag = true;
  std::uint32_t number = 7;
  std::string text = "left over";
  ar(flag);
  CHECK(ar.failure() == errc::out_of_range);
  ar(number, bounded<8>(text));
  CHECK(number == 0);
  CHECK(text.empty());
  CHECK(ar.finish() == errc::out_of_range);
}

TEST_CASE("a reader that was reset is as new") {
  reader ar;
  std::uint8_t number = 0;
  ar(number);
  CHECK(ar.failure() == errc::truncated);
  const auto input = from_notation("2a");
  ar.reset(input);
  ar(number);
  CHECK(number == 42);
  CHECK(!ar.finish());
}

TEST_CASE("codes of errors that this version does not know are carried on") {
  const auto decoded = decode<receipt>(from_notation("02 ffff 00*4 00*8 00*4"));
  REQUIRE(decoded.has_value());
  CHECK(static_cast<std::uint16_t>(decoded->code) == 0xFFFF);
}

} // namespace caucus::test
