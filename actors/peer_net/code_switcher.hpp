#pragma once

#include "actors/peer_net/frame_reader.hpp"
#include "actors/peer_net/packets.hpp"
#include "actors/peer_net/tag_table.hpp"
#include "messages/hello.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"

#include <cstdint>
#include <variant>

/// Says of a frame whose it is. Negotiation is decoded here; everything else goes on as it came, to
/// be decoded by the actor that understands it.
/// Pure.

namespace caucus {

struct forward { ///< a notice or request: to the ring of the actor that has its code
  caucus::sink sink{};
};
struct to_asker { ///< a response: to whoever asked
  std::uint64_t msg_id = 0;
};
struct skip {}; ///< a code that nobody here handles: counted, no more

using switched = std::variant<skip, forward, to_asker, hello, goodbye, ping, pong>;

/// Allocates for negotiation only. Errors, all blaming the sender: what decode() says of a
/// negotiation body.
[[nodiscard]] result<switched> switch_code(const read_frame& frame);

} // namespace caucus
