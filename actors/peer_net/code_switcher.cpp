#include "actors/peer_net/code_switcher.hpp"

namespace caucus {

result<switched> switch_code(const read_frame& frame) {
  if (frame.what == nullptr) {
    return switched{skip{}};
  }
  if (frame.what->to == sink::peer_net) {
    return peer_net_packets::decode<switched>(frame.what->code, frame.body);
  }
  if (frame.what->kind == packet_kind::response) {
    return switched{respond{frame.header.msg_id}};
  }
  return switched{forward{frame.what->to}};
}

} // namespace caucus
