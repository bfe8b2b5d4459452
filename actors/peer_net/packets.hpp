#pragma once

#include "messages/archive/packets.hpp"
#include "messages/hello.hpp"

/// What two transports say to one another.
/// Pure values.

namespace caucus {

using peer_net_packets = packets<hello, goodbye, ping, pong>;

} // namespace caucus
