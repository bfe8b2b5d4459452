#include "test/sim/group/frame_words.hpp"

#include "actors/consensus/consensus_frames.hpp"
#include "actors/consensus/packets.hpp"
#include "actors/notary/packets.hpp"
#include "runtime/base/overloaded.hpp"

#include <memory>
#include <utility>

namespace caucus::sim {

std::optional<group_words> words_in(const marshalled_frame& frame) {
  if (auto said = consensus_packets::decode<voting::message>(frame.code, *frame.body)) {
    return group_words{std::move(*said)};
  }
  auto packet = notary_packets::decode(frame.code, *frame.body);
  if (!packet) {
    return std::nullopt;
  }
  return std::visit(
    overloaded{[](chain_request& one) { return group_words{voting::message{std::move(one)}}; },
               [](batch& one) {
                 return group_words{notary_words{std::make_shared<const batch>(std::move(one))}};
               },
               [](auto& one) { return group_words{notary_words{std::move(one)}}; }},
    *packet);
}

marshalled_frame frame_with(const group_words& what) {
  return std::visit(
    overloaded{[](const voting::message& said) { return encode_frame(said, the_group); },
               [](const notary_words& said) {
                 return std::visit(
                   overloaded{[](const shared_batch& one) { return marshal(*one, the_group); },
                              [](const auto& one) { return marshal(one, the_group); }},
                   said);
               }},
    what);
}

} // namespace caucus::sim
