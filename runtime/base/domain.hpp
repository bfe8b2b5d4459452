#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"

#include <cstddef>
#include <string_view>

/// Domain separation: what was signed or hashed for one end is worth nothing for another.
/// Pure.
///
///     signed bytes = "caucus/1" || network id (32) || group (u32 LE) || purpose (u8 size, text) || body
///     digest       = SHA-256("caucus/1" || what (u8 size, text) || body)
///
/// Every part but the last has a fixed size or says its own, so no two lists of parts give the same
/// bytes. Digests leave out network and group: what refers to them is signed, and that has both.

namespace caucus {

/// The size is one byte.
inline constexpr std::size_t purpose_size_max = 255;

/// What an Ed25519 signature covers. `purpose` is a name of ours, of 1 to purpose_size_max bytes.
[[nodiscard]] bytes signed_bytes(const network_id& network, group_id group,
                                 std::string_view purpose, bytes_view body);

/// A digest of one kind of thing; `what` as `purpose` above.
[[nodiscard]] digest named_digest(std::string_view what, bytes_view body);

} // namespace caucus
