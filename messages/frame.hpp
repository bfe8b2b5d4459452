#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"

#include <cstddef>
#include <cstdint>

/// A frame: 32 bytes of header, then a body. See runtime/archive for its bytes.
/// Pure values.

namespace caucus {

inline constexpr std::size_t frame_header_size = 32;
inline constexpr std::uint8_t layout_version = 1;

enum frame_flags : std::uint8_t {
  flag_none = 0,
  flag_request = 1,
  flag_response = 2,
};

struct frame_header {
  std::uint32_t body_size = 0; ///< bytes; <= the rule's body_size_max
  packet_code code = packet_code::none;
  std::uint8_t version = layout_version;
  std::uint8_t flags = flag_none;
  std::uint64_t msg_id = 0; ///< chosen by the requester, echoed by the response; 0 in a notice
  std::uint64_t nonce = 0;  ///< frames of this link and direction before this one
  std::uint32_t tag = 0;    ///< SHA-256(network id, code name) cut to 4 bytes; catches mix-ups
  group_id group;           ///< the group of its consensus, else 0

  friend bool operator==(const frame_header&, const frame_header&) = default;
};

/// A body that was marshalled once and is shared by every link that it goes to. A type of its own,
/// so that nothing is marshalled twice. The transport adds msg_id, nonce and tag, link by link.
struct marshalled_frame {
  packet_code code = packet_code::none;
  group_id group;
  shared_bytes body; ///< never null when sent
};

} // namespace caucus
