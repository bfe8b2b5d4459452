#pragma once

#include "messages/hello.hpp"
#include "runtime/archive/packets.hpp"

/// What two transports say to one another.
/// Pure values.

namespace caucus {

using peer_net_packets = packets<hello, goodbye, ping, pong>;

} // namespace caucus
