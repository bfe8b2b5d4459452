#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/base/secret.hpp"

#include <cstddef>

/// ChaCha20-Poly1305 (RFC 8439): sealed bytes that nobody without the key can read or alter.
/// Pure.

namespace caucus {

using aead_key = secret_bytes<struct aead_key_tag, 32>;
/// Used once with a key, else both messages can be read and forged: count it up.
using aead_nonce = fixed_bytes<struct aead_nonce_tag, 12>;

/// What sealing adds at the end.
inline constexpr std::size_t aead_tag_size = 16;
/// 16 MiB: far above any frame, far below where OpenSSL's int lengths end.
inline constexpr std::size_t aead_size_max = 16UL * 1024 * 1024;

/// The sealed bytes: the cipher text, then the tag. `beside` is not sealed but cannot be altered.
/// At most aead_size_max bytes each.
[[nodiscard]] bytes seal(const aead_key& key, const aead_nonce& nonce, bytes_view plain,
                         bytes_view beside);

/// Error: `bad_seal` if key, nonce, `beside` or the sealed bytes are not those of the sealing, or
/// too long. Blame the sender; nothing of the plain text is given out.
[[nodiscard]] result<bytes> open(const aead_key& key, const aead_nonce& nonce, bytes_view sealed,
                                 bytes_view beside);

} // namespace caucus
