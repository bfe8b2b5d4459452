#pragma once

#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/quorum.hpp"
#include "messages/time.hpp"

#include <vector>

/// A node's state in its own words, for every peer that has a link to it: for people who look at
/// the whole group, and so that members find one another after they moved. Nobody vouches for it,
/// and nothing is decided by it. An address in it is only dialled, and the member's key must answer
/// there.
/// Pure values.

namespace caucus {

struct node_state_request {
  static constexpr auto packet =
    packet_rule::request(0x010C, "node_state_request", 64, lane::gossip);
  friend bool operator==(const node_state_request&, const node_state_request&) = default;
};
struct node_state {
  static constexpr auto packet = packet_rule::response(0x010D, "node_state", 20 * 1024,
                                                       lane::gossip, code_of<node_state_request>);
  caucus::height height; ///< newest final block
  caucus::view view;
  bool votes = false;
  bool standstill = false;
  wall_ms clock{0};               ///< its own, as it answers
  std::vector<peer_hint> members; ///< other members that it has links to, and where; <= members_max
  friend bool operator==(const node_state&, const node_state&) = default;
};

} // namespace caucus
