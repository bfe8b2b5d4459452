#pragma once

#include <string>

namespace caucus::cli {

/// 26 characters, 128 random bits: two users never make the same.
[[nodiscard]] std::string make_request_id();

} // namespace caucus::cli
