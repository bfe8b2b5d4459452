#include "messages/hello.hpp"
#include "runtime/archive/frame_header.hpp"
#include "runtime/base/sha256.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/golden.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <span>

namespace caucus::test {

namespace {

frame_header some_header() {
  frame_header out;
  out.body_size = 0x00010203;
  out.code = packet_code::vote;
  out.version = 9;
  out.flags = flag_response;
  out.msg_id = 0x1122334455667788;
  out.nonce = 0x99AABBCCDDEEFF00;
  out.tag = 0xA1A2A3A4;
  out.group = group_id{0xB1B2B3B4};
  return out;
}

frame_header header_for(const packet_rule& rule) {
  frame_header out;
  out.code = rule.code;
  out.flags = rule.kind == packet_kind::request    ? flag_request
              : rule.kind == packet_kind::response ? flag_response
                                                   : flag_none;
  return out;
}

} // namespace

TEST_CASE("a frame header is 32 bytes with its fields at their places") {
  const auto encoded = encode_header(some_header());
  CHECK(to_hex(encoded)
        == "03020100"
           "0101"
           "09"
           "02"
           "8877665544332211"
           "00ffeeddccbbaa99"
           "a4a3a2a1"
           "b4b3b2b1");
  const auto decoded = decode_header(encoded);
  REQUIRE(decoded.has_value());
  CHECK((*decoded == some_header()));
}

TEST_CASE("any 32 bytes are refused or are the header that encodes to them") {
  CHECK(rc::check([](const std::array<std::uint8_t, frame_header_size>& raw, bool likely) {
    header_bytes from{};
    std::transform(raw.begin(), raw.end(), from.begin(), [](auto one) { return std::byte{one}; });
    if (likely) { // most random headers are too large
      from[2] = from[3] = std::byte{0};
      from[7] &= std::byte{3};
    }
    if (const auto decoded = decode_header(from)) {
      RC_ASSERT(encode_header(*decoded) == from);
      RC_ASSERT(decoded->body_size <= body_size_max);
      RC_ASSERT(decoded->flags <= flag_response);
    }
  }));
}

TEST_CASE("a length above a mebibyte is refused, up to 4 GiB") {
  for (const auto size : {body_size_max + 1, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    auto header = some_header();
    header.body_size = size;
    const auto decoded = decode_header(encode_header(header));
    REQUIRE(!decoded.has_value());
    CHECK(decoded.error().code == errc::body_too_large);
  }
}

TEST_CASE("unknown flags, or a request that is a response, are refused") {
  for (const unsigned flags : {3U, 4U, 0x80U, 0xFFU}) {
    auto header = some_header();
    header.flags = static_cast<std::uint8_t>(flags);
    const auto decoded = decode_header(encode_header(header));
    REQUIRE(!decoded.has_value());
    CHECK(decoded.error().code == errc::bad_flags);
  }
}

TEST_CASE("a header keeps the rule of its code") {
  for (const auto& rule : packet_rules()) {
    auto header = header_for(rule);
    header.body_size = rule.body_size_max;
    CHECK(check_header(header, rule).has_value());
    ++header.body_size;
    CHECK(check_header(header, rule).error().code == errc::body_too_large);

    header = header_for(rule);
    header.version = layout_version + 1;
    CHECK(check_header(header, rule).error().code == errc::bad_version);

    header = header_for(rule);
    header.flags = header.flags == flag_none ? flag_request : flag_none;
    CHECK(check_header(header, rule).error().code == errc::bad_flags);

    header = header_for(rule);
    header.msg_id = 1;
    CHECK(check_header(header, rule).has_value() == (rule.kind != packet_kind::notice));
  }
}

TEST_CASE("a tag is the first bytes of a hash of network and name, and differs for each") {
  const auto network = filled<network_id>(0x11);
  const frame_tags tags{network};
  const auto hash = sha256({network.view(), as_bytes("vote")});
  header_bytes wanted{};
  std::copy_n(hash.raw.begin(), 4, wanted.begin() + 24);
  CHECK(decode_header(wanted)->tag == tags.of(packet_code::vote));

  const frame_tags elsewhere{filled<network_id>(0x12)};
  std::set<std::uint32_t> seen;
  for (const auto& rule : packet_rules()) {
    seen.insert(tags.of(rule.code));
    seen.insert(elsewhere.of(rule.code));
  }
  seen.insert(tags.of(packet_code{first_application_code}));
  seen.insert(tags.of(packet_code{first_application_code + 1}));
  CHECK(seen.size() == 2 * packet_rules().size() + 2);
}

TEST_CASE("a marshalled frame holds the encoded body, once") {
  const auto frame = marshal(packet_code::ping, ping{5}, group_id{3});
  CHECK(frame.code == packet_code::ping);
  CHECK(frame.group == group_id{3});
  REQUIRE(frame.body != nullptr);
  CHECK(*frame.body == encode(ping{5}));
}

} // namespace caucus::test
