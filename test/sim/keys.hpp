#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "test/sim/hashing.hpp"

#include <cstdint>

/// A member's key in the simulation: a keyed hash, which everybody can check.

namespace caucus::sim {

[[nodiscard]] inline peer_id peer_of(std::uint64_t node) {
  return spread<peer_id>(mix({0x70656572, node}));
}

class sim_key final : public voting::signer {
public:
  explicit sim_key(std::uint64_t node) : node_{node} {}

  [[nodiscard]] signature sign(const subject& on) const override {
    return spread<signature>(mix({0x766f7465, node_, static_cast<std::uint64_t>(on.kind),
                                  on.in_epoch.value(), on.in.value(), word_of(on.of)}));
  }
  [[nodiscard]] signature sign(const digest& header) const override {
    return spread<signature>(mix({0x70726f70, node_, word_of(header)}));
  }

private:
  std::uint64_t node_;
};

[[nodiscard]] inline bool is_good(const voting::claim& what) {
  const sim_key key{what.from.value()};
  return std::visit([&](const auto& on) { return key.sign(on) == what.by; }, what.on);
}

} // namespace caucus::sim
