#pragma once

#include "messages/frame.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"
#include "runtime/archive/frame_header.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What this node knows of packet codes: our own table and the applications' ranges, with each
/// code's domain tag for one network. Written before the first link, then only read.
/// Pure.

namespace caucus {

/// Who gets a frame. 0 and up: the application's sinks, in the order of their registration.
enum class sink : std::uint16_t { consensus = 0, notary = 1, first_application = 2 };

/// One packet code of an application.
struct application_code {
  packet_code code = packet_code::none; ///< >= first_application_code
  std::string name;                     ///< for people
  packet_kind kind = packet_kind::notice;
  std::uint32_t body_size_max = 64 * 1024; ///< bytes; <= caucus::body_size_max
  lane by = lane::gossip;
};

struct known_code {
  packet_code code = packet_code::none;
  packet_kind kind = packet_kind::notice;
  lane by = lane::consensus;
  subsystem owner = subsystem::peer_net;
  sink to = sink::consensus; ///< meaningless for peer_net's own
  std::uint32_t body_size_max = 0;
  std::uint32_t tag = 0;
  packet_code answers = packet_code::none; ///< of our own responses: the request
};

class tag_table {
public:
  /// `message_size_max`: no body may be larger, whatever its code allows; bytes.
  explicit tag_table(const network_id& network, std::uint32_t message_size_max = body_size_max);

  /// Errors, the table unchanged: `code_taken`; `value_out_of_range` (below
  /// first_application_code, or a body above body_size_max).
  result<void> add(const application_code& what, sink to);

  /// Null: unknown. O(log n), no allocation. Good until the next add().
  [[nodiscard]] const known_code* find(packet_code code) const;

private:
  frame_tags tags_;
  std::uint32_t message_size_max_;
  std::vector<known_code> codes_; ///< ascending
};

/// The flags a frame of this kind carries, and nothing else.
[[nodiscard]] constexpr std::uint8_t flags_of(packet_kind kind) {
  switch (kind) {
    case packet_kind::request: return flag_request;
    case packet_kind::response: return flag_response;
    case packet_kind::notice: break;
  }
  return flag_none;
}

} // namespace caucus
