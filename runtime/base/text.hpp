#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <algorithm>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

/// Bytes as text that people can copy: base32 for ids, hex for digests.
/// Pure. Each value has one text: decoders take only what the encoder writes, so that an id pasted
/// in two ways cannot be two ids.

namespace caucus {

/// RFC 4648's alphabet in lower case, without padding: 52 characters for 32 bytes.
[[nodiscard]] std::string to_base32(bytes_view of);
/// Error: `bad_text`: a character outside the alphabet (upper case too), a length that no bytes
/// have, or spare bits that are not zero.
[[nodiscard]] result<bytes> from_base32(std::string_view text);

/// Lower case, two characters a byte.
[[nodiscard]] std::string to_hex(bytes_view of);
/// Error: `bad_text`: a character outside 0-9 and a-f, or an odd length.
[[nodiscard]] result<bytes> from_hex(std::string_view text);

/// For what has a fixed size: `fixed_from_base32<peer_id>(text)`. Error: `bad_text`, for another
/// size too.
template <class Fixed>
[[nodiscard]] result<Fixed> fixed_from(const result<bytes>& decoded) {
  if (!decoded) {
    return tl::make_unexpected(decoded.error());
  }
  if (decoded->size() != Fixed::size) {
    return fail(errc::bad_text,
                std::to_string(decoded->size()) + " bytes, wanted " + std::to_string(Fixed::size));
  }
  Fixed out;
  std::copy(decoded->begin(), decoded->end(), out.raw.begin());
  return out;
}
template <class Fixed>
[[nodiscard]] result<Fixed> fixed_from_base32(std::string_view text) {
  return fixed_from<Fixed>(from_base32(text));
}
template <class Fixed>
[[nodiscard]] result<Fixed> fixed_from_hex(std::string_view text) {
  return fixed_from<Fixed>(from_hex(text));
}

/// A node's name: 52 characters.
[[nodiscard]] std::string to_text(const peer_id& who);
/// As to_text().
std::ostream& operator<<(std::ostream& out, const peer_id& who);
[[nodiscard]] result<peer_id> peer_id_from_text(std::string_view text);

/// "host:port" or "[v6]:port", the port from 1 to 65535, at most address_size_max bytes. Whether
/// the host is one, only its resolver knows.
[[nodiscard]] bool is_address(std::string_view text);

/// A lower-case letter, then at most 31 of a-z, 0-9 and _: of networks, members, variables.
[[nodiscard]] bool is_name(std::string_view text);

/// What of a node's name is shown.
inline constexpr std::size_t short_name_size = 8;
/// The first 8 characters, for people only: 40 bits, so others can be made that share them.
[[nodiscard]] std::string short_name(const peer_id& who);

} // namespace caucus
