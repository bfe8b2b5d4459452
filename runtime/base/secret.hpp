#pragma once

#include "messages/bytes.hpp"

#include <array>
#include <cstddef>
#include <span>

/// Bytes that must not stay in memory: wiped when they go.
/// Pure. Neither comparable nor printable, so that no secret ends up in a log or a timing.

namespace caucus {

/// Overwrites in a way that the compiler does not leave out.
void wipe(std::span<std::byte> secret) noexcept;

/// A secret of fixed size that means one thing. Copies are wiped each on its own.
template <class Tag, std::size_t Size>
class secret_bytes {
public:
  static constexpr std::size_t size = Size;

  secret_bytes() = default;
  explicit secret_bytes(std::span<const std::byte, Size> from) {
    for (std::size_t i = 0; i < Size; ++i) {
      raw_[i] = from[i];
    }
  }
  secret_bytes(const secret_bytes&) = default;
  secret_bytes& operator=(const secret_bytes&) = default;
  ~secret_bytes() { wipe(raw_); }

  [[nodiscard]] std::span<const std::byte, Size> view() const { return raw_; }
  [[nodiscard]] std::span<std::byte, Size> writable() { return raw_; }

private:
  std::array<std::byte, Size> raw_{};
};

} // namespace caucus
