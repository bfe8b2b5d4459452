#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "runtime/base/ed25519.hpp"
#include "test/sim/hashing.hpp"
#include "test/sim/weather.hpp"

#include <cstdint>
#include <map>
#include <memory>

/// Who the nodes of a world are: real keys, each from its node's number. What they sign is by
/// default a keyed hash over the bytes that Ed25519 would sign, which everybody can check and
/// nobody forges, by agreement.
/// One thread.

namespace caucus::sim {

[[nodiscard]] inline std::shared_ptr<const secret_key> key_of(node_index node) {
  static std::map<node_index, std::shared_ptr<const secret_key>> all; // 20 us each
  auto& one = all[node];
  if (!one) {
    key_seed seed;
    const auto from = spread<digest>(mix({0x70656572, node}));
    std::copy(from.raw.begin(), from.raw.end(), seed.writable().begin());
    one = std::make_shared<const secret_key>(seed);
  }
  return one;
}
[[nodiscard]] inline peer_id peer_of(node_index node) {
  return key_of(node)->id();
}

[[nodiscard]] inline signature sign_as(const peer_id& who, bytes_view text) {
  return spread<signature>(mix({0x7369676e, word_of(who), word_over(text)}));
}
/// As caucus::verify.
[[nodiscard]] inline bool is_signed_by(const peer_id& who, const signature& by, bytes_view text) {
  return sign_as(who, text) == by;
}

/// Some 0.1 us each, in place of 20 and 60.
inline constexpr signature_scheme cheap_signatures{
  [](const secret_key& key, bytes_view text) { return sign_as(key.id(), text); }, is_signed_by};

} // namespace caucus::sim
