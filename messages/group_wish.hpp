#pragma once

#include "messages/block.hpp"
#include "messages/packet_code.hpp"
#include "messages/vote.hpp"

#include <string>

/// What a node that wants to be a member says of itself, to members alone.
/// Pure values.

namespace caucus {

/// Said again and again while it waits. Who it is the link says; name and address are its own
/// words, and what it shows of the chain is checked before anybody agrees with its entry.
struct group_wish {
  static constexpr auto packet = packet_rule::notice(0x0300, "group_wish", 8 * 1024, lane::gossip);
  std::string name;         ///< as it wants to be called; a name
  std::string address;      ///< "host:port"; empty: where its hello says that it listens
  block_header newest;      ///< that it has executed up to
  certificate finalization; ///< of `newest`
  friend bool operator==(const group_wish&, const group_wish&) = default;
};

} // namespace caucus
