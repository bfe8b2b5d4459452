#pragma once

#include "messages/frame.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"
#include "runtime/archive/codec.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// A frame's header in bytes.
/// Pure; any thread.
///
/// 32 bytes, little endian:
///
/// | at | size | field |
/// |---|---|---|
/// | 0 | 4 | body_size |
/// | 4 | 2 | code |
/// | 6 | 1 | version |
/// | 7 | 1 | flags |
/// | 8 | 8 | msg_id |
/// | 16 | 8 | nonce |
/// | 24 | 4 | tag |
/// | 28 | 4 | group |

namespace caucus {

using header_bytes = std::array<std::byte, frame_header_size>;

[[nodiscard]] header_bytes encode_header(const frame_header& header);

/// What can be judged without knowing the code. Errors, all of which blame the sender:
/// `body_too_large` (above body_size_max), `bad_flags` (unknown ones, or both a request and a
/// response). The nonce, the tag and the code's own rules are the caller's to check.
[[nodiscard]] result<frame_header>
decode_header(std::span<const std::byte, frame_header_size> from);

/// A code's tag in one network: the first 4 bytes of SHA-256(network id, its name). It catches
/// mix-ups of networks and codes, and protects nothing. An application's codes are "code 0x8001",
/// whatever they are called.
[[nodiscard]] std::uint32_t frame_tag(const network_id& network, const packet_rule& rule);

} // namespace caucus
