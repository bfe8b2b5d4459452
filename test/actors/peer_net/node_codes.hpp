#pragma once

#include "actors/peer_net/tag_table.hpp"
#include "runtime/base/assert.hpp"
#include "test/runtime/archive/every_packet.hpp"

/// The codes of a node without an application.

namespace caucus::test {

inline constexpr auto consensus_sink = sink{0};
inline constexpr auto notary_sink = sink{1};
inline constexpr auto application_sink = sink{2};

inline tag_table node_codes() {
  tag_table out{network_id{}};
  const auto add = [&out](const std::vector<packet_rule>& rules, sink to) {
    for (const auto& rule : rules) {
      CAUCUS_ASSERT(out.add(rule, to, code_range::node));
    }
  };
  add(rules_of<consensus_packets, node_state_packets>(), consensus_sink);
  add(rules_of<notary_packets>(), notary_sink);
  return out;
}

} // namespace caucus::test
