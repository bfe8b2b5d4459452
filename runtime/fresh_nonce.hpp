#pragma once

#include "messages/proof.hpp"

#include <string>

/// What nobody has made before: nonces of fresh reads, ids of requests.
/// Any thread.

namespace caucus {

/// From the system's randomness; never zero.
[[nodiscard]] fresh_nonce make_fresh_nonce();
/// 128 random bits, as text of 26 characters.
[[nodiscard]] std::string make_request_id();

} // namespace caucus
