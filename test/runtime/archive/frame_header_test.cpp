#include "messages/hello.hpp"
#include "runtime/archive/frame_header.hpp"
#include "runtime/archive/packets.hpp"
#include "runtime/base/sha256.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/every_packet.hpp"
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
  out.code = code_of<vote>;
  out.version = 9;
  out.flags = flag_response;
  out.msg_id = 0x1122334455667788;
  out.nonce = 0x99AABBCCDDEEFF00;
  out.tag = 0xA1A2A3A4;
  out.group = group_id{0xB1B2B3B4};
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

TEST_CASE("a tag is the first bytes of a hash of network and name, and differs for each") {
  const auto network = filled<network_id>(0x11);
  const auto hash = sha256({network.view(), as_bytes("vote")});
  header_bytes wanted{};
  std::copy_n(hash.raw.begin(), 4, wanted.begin() + 24);
  CHECK(decode_header(wanted)->tag == frame_tag(network, vote::packet));

  const auto elsewhere = filled<network_id>(0x12);
  std::set<std::uint32_t> seen;
  for (const auto& rule : every_packet()) {
    seen.insert(frame_tag(network, rule));
    seen.insert(frame_tag(elsewhere, rule));
  }
  seen.insert(frame_tag(network, {packet_code{first_application_code}, "a"}));
  seen.insert(frame_tag(network, {packet_code{first_application_code + 1}, "a"}));
  CHECK(seen.size() == 2 * every_packet().size() + 2);
  // An application calls its code what it likes: its peers may call it otherwise.
  CHECK(seen.contains(frame_tag(network, {packet_code{first_application_code}, "b"})));
}

TEST_CASE("a marshalled frame holds the encoded body, once") {
  const auto frame = marshal(ping{5}, group_id{3});
  CHECK(frame.code == code_of<ping>);
  CHECK(frame.group == group_id{3});
  REQUIRE(frame.body != nullptr);
  CHECK(*frame.body == encode(ping{5}));
}

} // namespace caucus::test
