#include "actors/notary/notary_frames.hpp"

#include "messages/packet_code.hpp"
#include "runtime/archive/codec.hpp"

#include <memory>

namespace caucus {

namespace {

template <class T>
marshalled_frame marshal(packet_code code, group_id group, const T& what) {
  return {code, group, std::make_shared<const bytes>(encode(what))};
}

template <class T>
result<notary_in::event> asked(const frame_in& what) {
  auto body = decode<T>(*what.body);
  if (!body) {
    return tl::make_unexpected(body.error());
  }
  return notary_in::peer_asked{what.from, what.peer, what.header.msg_id, std::move(*body)};
}

template <class T>
result<notary_in::event> answered(const frame_in& what) {
  auto body = decode<T>(*what.body);
  if (!body) {
    return tl::make_unexpected(body.error());
  }
  return notary_in::peer_answered{what.answers, what.from, what.peer, std::move(*body)};
}

packet_code code_of(const batch_request&) {
  return packet_code::batch_request;
}
packet_code code_of(const read_request&) {
  return packet_code::read_request;
}
packet_code code_of(const attest_request&) {
  return packet_code::attest_request;
}
packet_code code_of(const attest_response&) {
  return packet_code::attest_response;
}
packet_code code_of(const batch_response&) {
  return packet_code::batch_response;
}
packet_code code_of(const chain_page&) {
  return packet_code::chain_page;
}
packet_code code_of(const read_response&) {
  return packet_code::read_response;
}

} // namespace

result<notary_in::event> decode_notary_frame(const frame_in& what, group_id group) {
  if (what.header.group != group) {
    return fail(errc::wrong_group);
  }
  switch (what.header.code) {
    case packet_code::batch: {
      auto body = decode<batch>(*what.body);
      if (!body) {
        return tl::make_unexpected(body.error());
      }
      return notary_in::batch_arrived{what.from, what.peer,
                                      std::make_shared<const batch>(std::move(*body))};
    }
    case packet_code::batch_request: return asked<batch_request>(what);
    case packet_code::chain_request: return asked<chain_request>(what);
    case packet_code::read_request: return asked<read_request>(what);
    case packet_code::attest_request: return asked<attest_request>(what);
    case packet_code::attest_response: return answered<attest_response>(what);
    case packet_code::batch_response: return answered<batch_response>(what);
    case packet_code::read_response: return answered<read_response>(what);
    default: return fail(errc::unknown_code);
  }
}

marshalled_frame frame_of(const batch& what, group_id group) {
  return marshal(packet_code::batch, group, what);
}

to_net frame_of(const notary_out::request& what, group_id group) {
  return std::visit(
    [&](const auto& one) {
      return to_net{what.to, marshal(code_of(one), group, one), what.tag, what.timeout, 0};
    },
    what.what);
}

to_net frame_of(const notary_out::respond& what, group_id group) {
  return std::visit(
    [&](const auto& one) {
      return to_net{what.to, marshal(code_of(one), group, one), 0, duration{0}, what.msg_id};
    },
    what.what);
}

} // namespace caucus
