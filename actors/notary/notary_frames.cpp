#include "actors/notary/notary_frames.hpp"

#include "actors/notary/packets.hpp"
#include "messages/try.hpp"
#include "runtime/base/overloaded.hpp"

#include <memory>
#include <utility>

namespace caucus {

result<notary_in::event> decode_notary_frame(const frame_in& what, group_id group) {
  if (what.header.group != group) {
    return fail(errc::wrong_group);
  }
  CAUCUS_TRY(auto packet, notary_packets::decode(what.header.code, *what.body));
  const auto asked = [&what](auto& request) -> notary_in::event {
    return notary_in::peer_asked{what.link, what.peer, what.header.msg_id, std::move(request)};
  };
  const auto answered = [&what](auto& response) -> notary_in::event {
    return notary_in::peer_answered{what.answers, what.link, what.peer, std::move(response)};
  };
  return std::visit(overloaded{
                      [&what](batch& came) -> notary_in::event {
                        return notary_in::batch_arrived{
                          what.link, what.peer, std::make_shared<const batch>(std::move(came))};
                      },
                      [&](batch_request& one) { return asked(one); },
                      [&](chain_request& one) { return asked(one); },
                      [&](read_request& one) { return asked(one); },
                      [&](attest_request& one) { return asked(one); },
                      [&](snapshot_request& one) { return asked(one); },
                      [&](batch_response& one) { return answered(one); },
                      [&](read_response& one) { return answered(one); },
                      [&](attest_response& one) { return answered(one); },
                      [&](snapshot_response& one) { return answered(one); },
                    },
                    packet);
}

marshalled_frame frame_of(const batch& what, group_id group) {
  return marshal(what, group);
}

to_net frame_of(const notary_out::request& what, group_id group) {
  return std::visit(
    [&](const auto& one) {
      return to_net{what.link, marshal(one, group), what.tag, what.timeout, 0};
    },
    what.request);
}

to_net frame_of(const notary_out::respond& what, group_id group) {
  return std::visit(
    [&](const auto& one) {
      return to_net{what.link, marshal(one, group), 0, duration{0}, what.msg_id};
    },
    what.response);
}

} // namespace caucus
