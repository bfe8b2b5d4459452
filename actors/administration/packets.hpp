#pragma once

#include "messages/group_wish.hpp"
#include "runtime/archive/packets.hpp"

/// What nodes say to one another about who is to be a member.
/// Pure values.

namespace caucus {

using administration_packets = packets<group_wish>;

} // namespace caucus
