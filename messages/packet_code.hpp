#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// What may come over a link: a packet's code, what it answers, how large it may be. A packet's
/// type says so once, in its member `packet`; an actor's list of types (archive/packets.hpp) makes
/// the rest of that.
/// Pure values.

namespace caucus {

/// Numbers travel: append, never renumber. Below 0x8000 the node's own actors have theirs: peer_net
/// 0x00.., consensus 0x01.., notary 0x02.., administration 0x03...
enum class packet_code : std::uint16_t { none = 0 };

inline constexpr std::uint16_t first_application_code = 0x8000;

[[nodiscard]] constexpr bool is_application(packet_code code) {
  return static_cast<std::uint16_t>(code) >= first_application_code;
}

enum class packet_kind : std::uint8_t { notice, request, response };
/// In the order of service; bulk keeps a share.
enum class lane : std::uint8_t { consensus, gossip, bulk };

/// What is said of a packet. A notice or request goes to the actor that has the code, a response to
/// the actor that sent the request.
struct packet_rule {
  packet_code code = packet_code::none;
  std::string_view name; ///< for people; a literal. Of the node's own it is in each frame's tag too
  packet_kind kind = packet_kind::notice;
  std::uint32_t body_size_max = 64 * 1024; ///< bytes; <= caucus::body_size_max
  caucus::lane lane = caucus::lane::gossip;
  packet_code answers = packet_code::none; ///< of a response: the request that it may answer

  [[nodiscard]] static constexpr packet_rule notice(std::uint16_t code, std::string_view name,
                                                    std::uint32_t body_size_max, caucus::lane by) {
    return {packet_code{code}, name, packet_kind::notice, body_size_max, by};
  }
  [[nodiscard]] static constexpr packet_rule request(std::uint16_t code, std::string_view name,
                                                     std::uint32_t body_size_max, caucus::lane by) {
    return {packet_code{code}, name, packet_kind::request, body_size_max, by};
  }
  [[nodiscard]] static constexpr packet_rule response(std::uint16_t code, std::string_view name,
                                                      std::uint32_t body_size_max, caucus::lane by,
                                                      packet_code answers) {
    return {packet_code{code}, name, packet_kind::response, body_size_max, by, answers};
  }
};

/// Of a packet's type, which holds its rule as `packet`.
template <class T>
inline constexpr packet_code code_of = T::packet.code;

/// 1 MiB: the largest body of any code.
inline constexpr std::uint32_t body_size_max = 1024 * 1024;
/// 4 KiB: before both hellos are accepted a stranger is owed no memory.
inline constexpr std::uint32_t body_size_max_before_hello = 4 * 1024;
/// 64 KiB: larger frames in the bulk lane would hold up a vote behind them.
inline constexpr std::uint32_t bulk_body_size_max = 64 * 1024;

} // namespace caucus
