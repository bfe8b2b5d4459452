#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"

#include <cstddef>
#include <initializer_list>

/// SHA-256 (FIPS 180-4).
/// Pure; any thread.
/// Plain hashes. What is hashed for the group has a prefix in front that says of what, see
/// runtime/base/domain.hpp.

namespace caucus {

[[nodiscard]] digest sha256(bytes_view of);

/// Of the parts, one behind the other, as if they were one. No part is copied.
[[nodiscard]] digest sha256(std::initializer_list<bytes_view> parts);

/// Of `prefix`, `left`, `right`: 65 bytes, a node of a Merkle tree. The prefix tells nodes from
/// leaves, as in RFC 6962: without it a leaf could be shown as a node.
[[nodiscard]] digest sha256_pair(std::byte prefix, const digest& left, const digest& right);

} // namespace caucus
