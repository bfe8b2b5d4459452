#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/domain.hpp"
#include "test/sim/keys.hpp"

#include <cstdint>

/// A member's key as a liar has it, which signs what it likes.

namespace caucus::sim {

inline constexpr group_id the_group{1};

class member_key {
public:
  member_key(node_index node, const network_id& network)
      : peer_{peer_of(node)}, network_{network} {}

  [[nodiscard]] signature sign(const subject& on) const {
    return sign(signed_bytes(network_, the_group, on));
  }
  [[nodiscard]] signature sign(const digest& header) const {
    return sign(signed_bytes(network_, the_group, "proposal", header.view()));
  }
  [[nodiscard]] signature sign(bytes_view text) const { return sign_as(peer_, text); }

private:
  peer_id peer_;
  network_id network_;
};

} // namespace caucus::sim
