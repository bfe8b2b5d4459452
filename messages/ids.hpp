#pragma once

#include "messages/bytes.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iosfwd>

/// Ids: values that each mean one thing.
/// Pure values.

namespace caucus {

/// Ids of different kinds neither compare nor convert, so swapped arguments do not compile.
template <class Tag, class Number>
class strong_id {
public:
  using number = Number;

  constexpr strong_id() = default;
  constexpr explicit strong_id(Number value) : value_{value} {}

  [[nodiscard]] constexpr Number value() const { return value_; }
  [[nodiscard]] constexpr strong_id next() const {
    return strong_id{static_cast<Number>(value_ + 1)};
  }
  friend constexpr auto operator<=>(const strong_id&, const strong_id&) = default;

private:
  Number value_ = 0;
};

std::ostream& print_number(std::ostream& out, std::uint64_t number);
/// The number alone, in decimal.
template <class Tag, class Number>
std::ostream& operator<<(std::ostream& out, const strong_id<Tag, Number>& of) {
  return print_number(out, of.value());
}

/// A consensus round. 0 is genesis; nobody votes in it.
using view = strong_id<struct view_tag, std::uint64_t>;
/// A span of views with one member set; from 0.
using epoch = strong_id<struct epoch_tag, std::uint64_t>;
/// A final block's place in the log. 0 is genesis, which has no payload.
using height = strong_id<struct height_tag, std::uint64_t>;
/// A voter's place in the group's list of members; [0, members).
using member_index = strong_id<struct member_index_tag, std::uint16_t>;
/// One group of replicas that votes; 0 means none.
using group_id = strong_id<struct group_id_tag, std::uint32_t>;
/// A link of this process, never used again; 0 means none. Says nothing to another process.
using link_id = strong_id<struct link_id_tag, std::uint64_t>;
/// A batch's number among its author's; from 1, rising.
using batch_number = strong_id<struct batch_number_tag, std::uint64_t>;
/// A state variable: its place in the genesis' list, from 1. 0 is the notary's own bookkeeping.
using variable_id = strong_id<struct variable_id_tag, std::uint16_t>;
/// A mutation of a variable's kind, as `operations_of(kind)` numbers them; from 0.
using operation_id = strong_id<struct operation_id_tag, std::uint8_t>;

/// A fixed number of bytes that mean one thing.
template <class Tag, std::size_t Size>
struct fixed_bytes {
  static constexpr std::size_t size = Size;
  std::array<std::byte, Size> raw{};

  [[nodiscard]] bytes_view view() const { return {raw.data(), raw.size()}; }
  [[nodiscard]] bool is_zero() const { return *this == fixed_bytes{}; }
  friend constexpr auto operator<=>(const fixed_bytes&, const fixed_bytes&) = default;
};

/// SHA-256 of something, with a prefix that says of what.
using digest = fixed_bytes<struct digest_tag, 32>;
/// An Ed25519 public key: a node's identity. Text form: base32, see runtime/base/text.hpp.
using peer_id = fixed_bytes<struct peer_id_tag, 32>;
/// An Ed25519 signature.
using signature = fixed_bytes<struct signature_tag, 64>;
/// Hash of the genesis: which network a node is in.
using network_id = fixed_bytes<struct network_id_tag, 32>;

} // namespace caucus

/// The first 8 bytes are as good as random for digests and keys. A peer can choose its own, so use
/// it where an attacker's collisions cost him more than us: in tables that are bounded.
template <class Tag, std::size_t Size>
struct std::hash<caucus::fixed_bytes<Tag, Size>> {
  std::size_t operator()(const caucus::fixed_bytes<Tag, Size>& of) const noexcept {
    std::size_t out = 0;
    std::memcpy(&out, of.raw.data(), sizeof out);
    return out;
  }
};

template <class Tag, class Number>
struct std::hash<caucus::strong_id<Tag, Number>> {
  std::size_t operator()(const caucus::strong_id<Tag, Number>& of) const noexcept {
    return std::hash<Number>{}(of.value());
  }
};
