#include "actors/consensus/consensus_frames.hpp"

#include "actors/consensus/packets.hpp"
#include "messages/try.hpp"

#include <utility>

namespace caucus {

result<voting::heard> decode_frame(const frame_in& what, group_id group) {
  if (what.header.group != group) {
    return fail(errc::wrong_group);
  }
  CAUCUS_TRY(auto body, consensus_packets::decode<voting::message>(what.header.code, *what.body));
  return voting::heard{what.link, std::move(body), what.header.msg_id, what.answers};
}

marshalled_frame encode_frame(const voting::message& what, group_id group) {
  return std::visit([group](const auto& one) { return marshal(one, group); }, what);
}

} // namespace caucus
