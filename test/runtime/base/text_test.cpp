#include "messages/hello.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/utf8.hpp"
#include "test/catch.hpp"

#include <rapidcheck.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace caucus::test {

namespace {

bytes some(const std::vector<std::uint8_t>& numbers) {
  bytes out;
  for (const auto number : numbers) {
    out.push_back(std::byte{number});
  }
  return out;
}

} // namespace

TEST_CASE("base32 gives RFC 4648's examples, in lower case and without padding") {
  const std::vector<std::pair<std::string, std::string>> rows{{"", ""},
                                                              {"f", "my"},
                                                              {"fo", "mzxq"},
                                                              {"foo", "mzxw6"},
                                                              {"foob", "mzxw6yq"},
                                                              {"fooba", "mzxw6ytb"},
                                                              {"foobar", "mzxw6ytboi"}};
  for (const auto& [plain, text] : rows) {
    CHECK(to_base32(as_bytes(plain)) == text);
    const auto back = from_base32(text);
    REQUIRE(back.has_value());
    CHECK(to_hex(*back) == to_hex(as_bytes(plain)));
  }
}

TEST_CASE("a value has one text") {
  const std::vector<std::pair<std::string, std::string>> rows{
    {"upper case", "MY"},         {"padding", "my======"},   {"a character of none", "m1"},
    {"spare bits", "mz"},         {"a lone character", "m"}, {"three characters", "mzx"},
    {"six characters", "mzxw6y"}, {"space", "my "}};
  for (const auto& [name, text] : rows) {
    INFO(name);
    const auto decoded = from_base32(text);
    REQUIRE(!decoded.has_value());
    CHECK(decoded.error().code == errc::bad_text);
  }
  for (const std::string text : {"0", "0G", "0A", "0x00", " 00"}) {
    INFO(text);
    const auto decoded = from_hex(text);
    REQUIRE(!decoded.has_value());
    CHECK(decoded.error().code == errc::bad_text);
  }
}

TEST_CASE("bytes survive base32 and hex") {
  CHECK(rc::check([](const std::vector<std::uint8_t>& numbers) {
    const auto of = some(numbers);
    RC_ASSERT(from_base32(to_base32(of)).value() == of);
    RC_ASSERT(from_hex(to_hex(of)).value() == of);
  }));
}

TEST_CASE("text is UTF-8 without surrogates, overlong forms and halves") {
  for (const auto* const good :
       {"", "a", "gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf0\x9f\x99\x82", "\xf4\x8f\xbf\xbf", "\x01\x7f"}) {
    INFO(good);
    CHECK(is_utf8(good));
  }
  for (const auto* const bad :
       {"\x80", "\xff", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x99", "\xc3(", "a\xe2(\x82"}) {
    INFO(to_hex(as_bytes(bad)));
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("any text is refused or is what its bytes are written as") {
  CHECK(rc::check([] {
    const auto text = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string{"abcdefghijklmnopqrstuvwxyz2345670189ABF="}));
    if (const auto decoded = from_base32(text)) {
      RC_ASSERT(to_base32(*decoded) == text);
    }
    if (const auto decoded = from_hex(text)) {
      RC_ASSERT(to_hex(*decoded) == text);
    }
  }));
}

TEST_CASE("a node's name has 52 characters and shows as its first 8") {
  peer_id who;
  who.raw.fill(std::byte{0xFF});
  const auto text = to_text(who);
  CHECK(text == std::string(51, '7') + "q");
  CHECK(short_name(who) == "77777777");
  CHECK(peer_id_from_text(text) == who);
  CHECK(!peer_id_from_text(text.substr(0, 51)).has_value());
  CHECK(!peer_id_from_text("my").has_value());
  CHECK(!peer_id_from_text("").has_value());
}

TEST_CASE("an address has a host and a port") {
  for (const auto* const good :
       {"127.0.0.1:7400", "[::1]:1", "node-1.example:65535", "localhost:0080"}) {
    INFO(good);
    CHECK(is_address(good));
  }
  for (const auto* const bad :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", ":1", "::1:7400", "[]:1",
        "a b:1", "host:+1", "host:1x", "host:x"}) {
    INFO(bad);
    CHECK_FALSE(is_address(bad));
  }
  CHECK(is_address(std::string(address_size_max - 2, 'h') + ":1"));
  CHECK_FALSE(is_address(std::string(address_size_max - 1, 'h') + ":1"));
}

TEST_CASE("errors, ids and peers print as their texts do") {
  std::ostringstream out;
  peer_id who;
  who.raw.fill(std::byte{7});
  out << error{errc::bad_text, "a detail"} << '|' << errc::busy << '|' << height{18'000'000'000U}
      << '|' << operation_id{65} << '|' << who;
  CHECK(out.str() == "bad_text: a detail|busy|18000000000|65|" + to_text(who));
}

} // namespace caucus::test
