#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "messages/frame.hpp"
#include "messages/net.hpp"
#include "messages/result.hpp"

/// Between frames and what the core hears and says.
/// Pure.

namespace caucus {

/// Errors, all blaming the sender: `unknown_code` (no frame for consensus), `wrong_group`, what
/// decode() says.
[[nodiscard]] result<voting::heard> decode_frame(const frame_in& what, group_id group);

[[nodiscard]] marshalled_frame encode_frame(const voting::message& what, group_id group);

} // namespace caucus
