#pragma once

#include "messages/proof.hpp"

#include <cstdint>
#include <functional>

/// Nonces of fresh reads.
/// Any thread.

namespace caucus {

/// From the system's randomness; never zero.
[[nodiscard]] fresh_nonce make_fresh_nonce();
/// From an actor's; see context::random().
[[nodiscard]] fresh_nonce make_fresh_nonce(const std::function<std::uint64_t()>& random);

} // namespace caucus
