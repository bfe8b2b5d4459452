#pragma once

#include "actors/notary/notary_io.hpp"
#include "messages/frame.hpp"
#include "messages/net.hpp"
#include "messages/result.hpp"

/// Between frames and what the core hears and says.
/// Pure.

namespace caucus {

/// Errors, all blaming the sender: unknown_code (no frame for the notary), wrong_group, what
/// decode() says.
[[nodiscard]] result<notary_in::event> decode_notary_frame(const frame_in& what, group_id group);

[[nodiscard]] marshalled_frame frame_of(const batch& what, group_id group);
[[nodiscard]] to_net frame_of(const notary_out::request& what, group_id group);
[[nodiscard]] to_net frame_of(const notary_out::respond& what, group_id group);

} // namespace caucus
