#pragma once

#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/base/secret.hpp"

/// X25519 key agreement (RFC 7748).
/// Pure.

namespace caucus {

using x25519_public = fixed_bytes<struct x25519_public_tag, 32>;
using x25519_secret = secret_bytes<struct x25519_secret_tag, 32>;
/// Not a key yet: not uniform. Goes through hkdf_sha256 first, with both public keys in its info.
using x25519_shared = secret_bytes<struct x25519_shared_tag, 32>;

/// About 30 µs. Every 32 bytes are a secret.
[[nodiscard]] x25519_public public_of(const x25519_secret& mine);

/// About 40 µs. Error: `bad_public_key` if theirs is of small order, so that the outcome would not
/// depend on our secret. Blame the sender.
[[nodiscard]] result<x25519_shared> agree(const x25519_secret& mine, const x25519_public& theirs);

} // namespace caucus
