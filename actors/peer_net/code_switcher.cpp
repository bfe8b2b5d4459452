#include "actors/peer_net/code_switcher.hpp"

namespace caucus {

result<switched> switch_code(const read_frame& frame) {
  if (frame.known == nullptr) {
    return switched{skip{}};
  }
  if (frame.known->sink == sink::peer_net) {
    return peer_net_packets::decode<switched>(frame.known->code, frame.body);
  }
  if (frame.known->kind == packet_kind::response) {
    return switched{to_asker{frame.header.msg_id}};
  }
  return switched{forward{frame.known->sink}};
}

} // namespace caucus
