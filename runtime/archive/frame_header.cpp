#include "runtime/archive/frame_header.hpp"

#include "runtime/base/little_endian.hpp"
#include "runtime/base/sha256.hpp"
#include "runtime/base/text.hpp"

#include <array>
#include <span>
#include <string>

namespace caucus {

namespace {

template <class T>
void put(header_bytes& to, std::size_t at, T value) {
  put_little_endian(std::span{to}.subspan(at), value);
}

template <class T>
T get(std::span<const std::byte, frame_header_size> from, std::size_t at) {
  return from_little_endian<T>(from.subspan(at));
}

} // namespace

header_bytes encode_header(const frame_header& header) {
  header_bytes out{};
  put(out, 0, header.body_size);
  put(out, 4, static_cast<std::uint16_t>(header.code));
  put(out, 6, header.version);
  put(out, 7, header.flags);
  put(out, 8, header.msg_id);
  put(out, 16, header.nonce);
  put(out, 24, header.tag);
  put(out, 28, header.group.value());
  return out;
}

result<frame_header> decode_header(std::span<const std::byte, frame_header_size> from) {
  frame_header out;
  out.body_size = get<std::uint32_t>(from, 0);
  out.code = packet_code{get<std::uint16_t>(from, 4)};
  out.version = get<std::uint8_t>(from, 6);
  out.flags = get<std::uint8_t>(from, 7);
  out.msg_id = get<std::uint64_t>(from, 8);
  out.nonce = get<std::uint64_t>(from, 16);
  out.tag = get<std::uint32_t>(from, 24);
  out.group = group_id{get<std::uint32_t>(from, 28)};
  if (out.body_size > body_size_max) {
    return fail(errc::body_too_large, std::to_string(out.body_size) + " bytes");
  }
  if (out.flags > flag_response) { // 3 is both
    return fail(errc::bad_flags, std::to_string(out.flags));
  }
  return out;
}

std::uint32_t frame_tag(const network_id& network, const packet_rule& rule) {
  std::string name{rule.name};
  if (is_application(rule.code)) {
    const auto number = static_cast<std::uint16_t>(rule.code);
    const std::array<std::byte, 2> big_endian{static_cast<std::byte>(number >> 8U),
                                              static_cast<std::byte>(number)};
    name = "code 0x" + to_hex(big_endian);
  }
  const auto hash = sha256({network.view(), as_bytes(name)});
  return from_little_endian<std::uint32_t>(hash.view());
}

} // namespace caucus
