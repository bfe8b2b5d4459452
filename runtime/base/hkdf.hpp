#pragma once

#include "messages/bytes.hpp"

#include <cstddef>
#include <span>

/// HKDF with SHA-256 (RFC 5869): keys from a shared secret.
/// Pure.

namespace caucus {

/// RFC 5869, section 2.3: 255 blocks of 32 bytes.
inline constexpr std::size_t hkdf_out_size_max = 255UL * 32;

/// Fills `out` (1 to hkdf_out_size_max bytes). `info` says what the key is for, so that one secret
/// never serves two ends; `salt` may be empty.
void hkdf_sha256(bytes_view secret, bytes_view salt, bytes_view info, std::span<std::byte> out);

} // namespace caucus
