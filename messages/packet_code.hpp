#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The one table of packet codes: what may come over a link, who handles it, how large it may be.
/// Pure values.

namespace caucus {

/// Numbers travel: append, never renumber. 0x8000 and up belong to applications.
enum class packet_code : std::uint16_t {
  none = 0,
  // -- peer_net itself ---------------------------------------------------------------------------
  hello = 0x0001,
  goodbye = 0x0002,
  ping = 0x0003,
  pong = 0x0004,
  // -- consensus ---------------------------------------------------------------------------------
  proposal = 0x0100,
  vote = 0x0101,
  certificate = 0x0102,
  proposal_request = 0x0103, ///< digest of a header that somebody notarized
  proposal_response = 0x0104,
  certificate_request = 0x0105, ///< nullifications of a range of views, in pages
  certificate_page = 0x0106,
  tip_request = 0x0107, ///< your newest finalization
  tip_response = 0x0108,
  chain_page = 0x0109,   ///< the response to chain_request; goes to whoever asked
  view_request = 0x010A, ///< which view you are in, with the proof
  view_response = 0x010B,
  node_state_request = 0x010C, ///< how are you?
  node_state = 0x010D,         ///< a node's own word of itself
  // -- notary ------------------------------------------------------------------------------------
  batch = 0x0200,
  batch_request = 0x0201,
  batch_response = 0x0202,
  chain_request = 0x0203, ///< final blocks from a height on
  read_request = 0x0204,  ///< a verified read for another node
  read_response = 0x0205,
  attest_request = 0x0206, ///< of a member: up to where it may have signed `finalize`
  attest_response = 0x0207,
};

inline constexpr std::uint16_t first_application_code = 0x8000;

enum class subsystem : std::uint8_t { peer_net, consensus, notary, application };
enum class packet_kind : std::uint8_t { notice, request, response };
/// In the order of service; bulk keeps a share.
enum class lane : std::uint8_t { consensus, gossip, bulk };

struct packet_rule {
  packet_code code;
  std::string_view name;
  subsystem owner; ///< whose ring a notice or request goes to; a response goes to who asked
  packet_kind kind;
  std::uint32_t body_size_max;
  lane by;
  packet_code answers = packet_code::none; ///< of a response: the request that it may answer
};

/// 1 MiB: the largest body of any code.
inline constexpr std::uint32_t body_size_max = 1024 * 1024;
/// 4 KiB: before both hellos are accepted a stranger is owed no memory.
inline constexpr std::uint32_t body_size_max_before_hello = 4 * 1024;
/// 64 KiB: larger frames in the bulk lane would hold up a vote behind them.
inline constexpr std::uint32_t bulk_body_size_max = 64 * 1024;

/// Every code of ours, ascending.
[[nodiscard]] const std::array<packet_rule, 26>& packet_rules();
/// Null: not one of ours. O(log n).
[[nodiscard]] const packet_rule* find_rule(packet_code code);

} // namespace caucus
