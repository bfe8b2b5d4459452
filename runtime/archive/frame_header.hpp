#pragma once

#include "messages/bytes.hpp"
#include "messages/frame.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"
#include "runtime/archive/codec.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

/// A frame's header in bytes, and bodies ready to be sent.
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

/// What a code's rule demands. Errors, all of which blame the sender: `bad_version`,
/// `body_too_large`, `bad_flags` (not those of the rule's kind, or a notice with a msg_id).
[[nodiscard]] result<void> check_header(const frame_header& header, const packet_rule& rule);

/// The tags of one network: the first 4 bytes of SHA-256(network id, code name). They catch mix-ups of
/// networks and codes, and protect nothing.
class frame_tags {
public:
  explicit frame_tags(const network_id& network);

  /// O(log n) for codes of ours. For others, whose name is "code 0x8001": a hash each time.
  [[nodiscard]] std::uint32_t of(packet_code code) const;

private:
  network_id network_;
  std::vector<std::uint32_t> ours_; ///< in the order of packet_rules()
};

/// Encodes a body once, for every link that it goes to. The value keeps its limits (asserted).
template <class T>
[[nodiscard]] marshalled_frame marshal(packet_code code, const T& what, group_id group = {}) {
  return {code, group, std::make_shared<const bytes>(encode(what))};
}

} // namespace caucus
