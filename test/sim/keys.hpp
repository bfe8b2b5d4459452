#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/domain.hpp"
#include "test/sim/hashing.hpp"

#include <cstdint>

/// A node's key in the simulation: a keyed hash over the bytes that Ed25519 would sign, which everybody
/// can check.

namespace caucus::sim {

inline constexpr group_id the_group{1};

[[nodiscard]] inline peer_id peer_of(std::uint64_t node) {
  return spread<peer_id>(mix({0x70656572, node}));
}

[[nodiscard]] inline signature sign_as(const peer_id& who, bytes_view text) {
  return spread<signature>(mix({0x7369676e, word_of(who), word_over(text)}));
}
/// As caucus::verify.
[[nodiscard]] inline bool is_signed_by(const peer_id& who, const signature& by, bytes_view text) {
  return sign_as(who, text) == by;
}

class sim_key final : public voting::signer {
public:
  sim_key(std::uint64_t node, const network_id& network)
      : peer_{peer_of(node)}, network_{network} {}

  [[nodiscard]] signature sign(const subject& on) const override {
    return sign(signed_bytes(network_, the_group, on));
  }
  [[nodiscard]] signature sign(const digest& header) const override {
    return sign(signed_bytes(network_, the_group, "proposal", header.view()));
  }
  [[nodiscard]] signature sign(bytes_view text) const { return sign_as(peer_, text); }

private:
  peer_id peer_;
  network_id network_;
};

[[nodiscard]] inline bool is_good(const network_id& network, const voting::claim& what) {
  const sim_key key{what.from.value(), network};
  return std::visit([&](const auto& on) { return key.sign(on) == what.by; }, what.on);
}

} // namespace caucus::sim
