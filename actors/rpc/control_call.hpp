#pragma once

#include "actors/rpc/call_table.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

/// What the control socket's carrier and the rpc actor say to one another: HTTP taken apart,
/// nothing understood. Local; never on the wire.
/// Pure values.

namespace caucus {

struct control_opened {
  call_id id = 0;
  std::string method; ///< "GET"
  std::string target; ///< "/v1/get?variable=score"
  std::string body;   ///< <= control_body_size_max
};
/// The caller hung up, or its connection failed.
struct control_gone {
  call_id id = 0;
};
/// The reader took so much of a reply that comes in parts.
struct control_taken {
  call_id id = 0;
  std::size_t size = 0; ///< bytes
};
using from_control = std::variant<control_opened, control_gone, control_taken>;

/// A reply, or a part of one.
struct to_control {
  call_id call = 0;
  std::uint16_t status = 200; ///< HTTP's; of the first part
  std::string type;           ///< content type; of the first part
  std::string text;
  bool last = true;
};

} // namespace caucus
