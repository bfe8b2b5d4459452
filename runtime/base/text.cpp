#include "runtime/base/text.hpp"

#include "messages/genesis.hpp"
#include "messages/hello.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ostream>

namespace caucus {

namespace {

constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view hex_digits = "0123456789abcdef";

/// Writes `bits` at a time, the first bit first.
template <unsigned Bits>
std::string to_digits(bytes_view of, std::string_view digits) {
  std::string out;
  out.reserve((of.size() * 8 + Bits - 1) / Bits);
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  for (const auto next : of) {
    held = held << 8U | std::to_integer<std::uint32_t>(next);
    for (held_bits += 8; held_bits >= Bits; held_bits -= Bits) {
      out += digits[held >> (held_bits - Bits) & ((1U << Bits) - 1)];
    }
    held &= (1U << held_bits) - 1;
  }
  if (held_bits > 0) {
    out += digits[held << (Bits - held_bits)];
  }
  return out;
}

template <unsigned Bits>
result<bytes> from_digits(std::string_view text, std::string_view digits) {
  if (text.size() * Bits % 8 >= Bits) { // a last character that adds no byte
    return fail(errc::bad_text, "length");
  }
  bytes out;
  out.reserve(text.size() * Bits / 8);
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  for (const char c : text) {
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) {
      return fail(errc::bad_text, "character");
    }
    held = held << Bits | static_cast<std::uint32_t>(digit);
    held_bits += Bits;
    if (held_bits >= 8) {
      held_bits -= 8;
      out.push_back(static_cast<std::byte>(held >> held_bits));
      held &= (1U << held_bits) - 1;
    }
  }
  if (held != 0) {
    return fail(errc::bad_text, "spare bits");
  }
  return out;
}

} // namespace

std::string to_base32(bytes_view of) {
  return to_digits<5>(of, base32_digits);
}

result<bytes> from_base32(std::string_view text) {
  return from_digits<5>(text, base32_digits);
}

std::string to_hex(bytes_view of) {
  return to_digits<4>(of, hex_digits);
}

result<bytes> from_hex(std::string_view text) {
  return from_digits<4>(text, hex_digits);
}

std::string to_text(const peer_id& who) {
  return to_base32(who.view());
}

std::ostream& operator<<(std::ostream& out, const peer_id& who) {
  return out << to_text(who);
}

result<peer_id> peer_id_from_text(std::string_view text) {
  return fixed_from_base32<peer_id>(text);
}

bool is_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (text.size() > address_size_max || colon == std::string_view::npos || colon == 0) {
    return false;
  }
  const auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  std::uint32_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool is_host = host.front() == '[' ? host.back() == ']' && host.size() > 2
                                           : host.find(':') == std::string_view::npos;
  return failed == std::errc{} && end == digits.data() + digits.size() && port >= 1
         && port <= 65'535 && is_host
         && std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

std::string short_name(const peer_id& who) {
  return to_base32(who.view().first(short_name_size * 5 / 8));
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= name_size_max && letter(text.front())
         && std::all_of(text.begin(), text.end(),
                        [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

} // namespace caucus
