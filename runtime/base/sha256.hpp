#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"

#include <cstddef>
#include <initializer_list>
#include <memory>

/// SHA-256 (FIPS 180-4).
/// Pure. The functions may be called on any thread; a stream belongs to one at a time.
/// Plain hashes. What is hashed for the group has a prefix in front that says of what, see
/// runtime/base/domain.hpp.

namespace caucus {

[[nodiscard]] digest sha256(bytes_view of);

/// Of the parts, one behind the other, as if they were one. No part is copied.
[[nodiscard]] digest sha256(std::initializer_list<bytes_view> parts);

/// Of `prefix`, `left`, `right`: 65 bytes, a node of a Merkle tree. The prefix tells nodes from
/// leaves, as in RFC 6962: without it a leaf could be shown as a node.
[[nodiscard]] digest sha256_pair(std::byte prefix, const digest& left, const digest& right);

/// For what comes in pieces.
class sha256_stream {
public:
  sha256_stream();
  sha256_stream(sha256_stream&&) noexcept;
  sha256_stream& operator=(sha256_stream&&) noexcept;
  ~sha256_stream();

  void update(bytes_view piece);
  /// The digest of all pieces since the start or the last finish(); the stream starts anew.
  [[nodiscard]] digest finish();

private:
  struct state;
  std::unique_ptr<state> state_; ///< never null, but after a move
};

} // namespace caucus
