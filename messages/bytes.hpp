#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

/// Bytes, owned, viewed and shared.
/// Pure values.

namespace caucus {

using bytes = std::vector<std::byte>;
using bytes_view = std::span<const std::byte>;
/// Immutable once shared, so any thread may read it. A transport counts it against the link that it
/// came by until the last reference goes.
using shared_bytes = std::shared_ptr<const bytes>;

/// The same memory, seen as bytes.
[[nodiscard]] inline bytes_view as_bytes(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

} // namespace caucus
