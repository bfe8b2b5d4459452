#pragma once

#include "actors/consensus/packets.hpp"
#include "actors/notary/packets.hpp"
#include "actors/peer_net/packets.hpp"
#include "runtime/archive/frame_header.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

/// All that the node's own actors say over links.

namespace caucus::test {

inline const std::vector<packet_rule>& every_packet() {
  static const auto all =
    rules_of<peer_net_packets, consensus_packets, node_state_packets, notary_packets>();
  return all;
}

/// Of a code that is nobody's, or an application's: nothing but the code.
inline packet_rule rule_of(packet_code code) {
  const auto& all = every_packet();
  const auto found =
    std::find_if(all.begin(), all.end(), [code](const auto& one) { return one.code == code; });
  packet_rule none;
  none.code = code;
  return found != all.end() ? *found : none;
}

inline std::uint32_t tag_of(const network_id& network, packet_code code) {
  return frame_tag(network, rule_of(code));
}

} // namespace caucus::test
