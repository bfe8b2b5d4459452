#pragma once

#include "messages/proof.hpp"

/// Nonces of fresh reads.
/// Any thread.

namespace caucus {

/// From the system's randomness; never zero.
[[nodiscard]] fresh_nonce make_fresh_nonce();

} // namespace caucus
