#pragma once

#include "messages/proof.hpp"

#include <cstdint>
#include <functional>
#include <string>

/// What nobody has made before: nonces of fresh reads, ids of requests.
/// Any thread.

namespace caucus {

/// From the system's randomness; never zero.
[[nodiscard]] fresh_nonce make_fresh_nonce();
/// 128 random bits, as text of 26 characters.
[[nodiscard]] std::string make_request_id();
/// From an actor's; see context::random().
[[nodiscard]] fresh_nonce make_fresh_nonce(const std::function<std::uint64_t()>& random);

} // namespace caucus
