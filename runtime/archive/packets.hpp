#pragma once

#include "messages/bytes.hpp"
#include "messages/frame.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"
#include "runtime/archive/codec.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// An actor's packets: a list of types makes the variant, the decoding and what the transport must
/// know.
///
///     struct cheer {
///       static constexpr auto packet = packet_rule::notice(0x8000, "cheer", 64, lane::gossip);
///       std::uint32_t points = 0;
///       template <class Archive>
///       void serialize(Archive& ar) { ar(points); }
///     };
///     using my_packets = packets<cheer>;
///
/// Its codec is made by CAUCUS_CODEC_FOR(cheer) of archive/codec_for.hpp, in one .cpp.
/// Pure; any thread.

namespace caucus {

/// Codes distinct and not none, a response says what it answers and nothing else does, no body too
/// large.
template <std::size_t Count>
[[nodiscard]] constexpr bool well_formed(const std::array<packet_rule, Count>& rules) {
  for (std::size_t i = 0; i < Count; ++i) {
    const auto& one = rules[i];
    if (one.code == packet_code::none || one.body_size_max > body_size_max
        || (one.kind == packet_kind::response) != (one.answers != packet_code::none)) {
      return false;
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (rules[j].code == one.code) {
        return false;
      }
    }
  }
  return true;
}

template <class... Ts>
struct packets {
  using message = std::variant<Ts...>;
  static constexpr std::array<packet_rule, sizeof...(Ts)> rules{Ts::packet...};
  static_assert(well_formed(rules));

  /// A body of one of these codes, as an alternative of `Into`. Errors, all blaming the sender:
  /// `unknown_code`; what decode() says.
  template <class Into = message>
  [[nodiscard]] static result<Into> decode(packet_code code, bytes_view body) {
    result<Into> out = fail(errc::unknown_code);
    static_cast<void>(((code == code_of<Ts> && (out = decode_one<Into, Ts>(body), true)) || ...));
    return out;
  }

private:
  template <class Into, class T>
  [[nodiscard]] static result<Into> decode_one(bytes_view body) {
    auto read = caucus::decode<T>(body);
    if (!read) {
      return tl::make_unexpected(std::move(read.error()));
    }
    return Into{std::move(*read)};
  }
};

/// Several lists as one, such as a core's and its shell's: decltype(joined(a{}, b{})).
template <class... Ts, class... Us>
packets<Ts..., Us...> joined(packets<Ts...>, packets<Us...>);

/// What the transport is told of these lists.
template <class... Lists>
[[nodiscard]] std::vector<packet_rule> rules_of() {
  std::vector<packet_rule> out;
  (out.insert(out.end(), Lists::rules.begin(), Lists::rules.end()), ...);
  return out;
}

/// Encodes a packet once, for every link that it goes to. It keeps its limits (asserted).
template <class T>
[[nodiscard]] marshalled_frame marshal(const T& packet, group_id group = {}) {
  return {code_of<T>, group, std::make_shared<const bytes>(encode(packet))};
}

} // namespace caucus
