#pragma once

#include "messages/frame.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"
#include "runtime/archive/frame_header.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// What this node knows of packet codes: whose each is, with its domain tag for one network.
/// Written before the first link, then only read.
/// Pure.

namespace caucus {

/// Who gets a frame: actors, in the order of their routes.
enum class sink : std::uint16_t { peer_net = 0xFFFF };

/// Whose codes are added: an application's are above first_application_code, the node's own below.
enum class code_range : std::uint8_t { node, application };

struct known_code {
  packet_code code = packet_code::none;
  packet_kind kind = packet_kind::notice;
  caucus::lane lane = caucus::lane::consensus;
  caucus::sink sink = caucus::sink::peer_net;
  std::uint32_t body_size_max = 0;
  std::uint32_t tag = 0;
  packet_code answers = packet_code::none; ///< of a response: the request; none: any of its actor's
};

class tag_table {
public:
  /// `message_size_max`: no body may be larger, whatever its code allows; bytes.
  explicit tag_table(const network_id& network, std::uint32_t message_size_max = body_size_max);

  /// Errors, the table unchanged: `code_taken`; `value_out_of_range` (not in the range, or a body
  /// above body_size_max).
  result<void> add(const packet_rule& rule, sink to, code_range whose);

  /// Null: unknown. O(log n), no allocation. Good until the next add().
  [[nodiscard]] const known_code* find(packet_code code) const;

  /// An application's actor says what is its own, and nobody else says that. The node's actors ask
  /// one another's questions. peer_net's own nobody says.
  [[nodiscard]] bool may_send(const known_code& code, sink by) const;

private:
  void insert(const packet_rule& rule, sink to);

  network_id network_;
  std::uint32_t message_size_max_;
  std::vector<known_code> codes_; ///< ascending
  std::vector<sink> own_;         ///< the node's actors
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
