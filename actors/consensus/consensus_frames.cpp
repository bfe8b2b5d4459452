#include "actors/consensus/consensus_frames.hpp"

#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"

#include <type_traits>
#include <utility>

namespace caucus {

namespace {

template <class T>
result<voting::message> decoded(bytes_view body) {
  auto what = decode<T>(body);
  if (!what) {
    return tl::make_unexpected(what.error());
  }
  return voting::message{std::move(*what)};
}

result<voting::message> decode_body(packet_code code, bytes_view body) {
  switch (code) {
    case packet_code::proposal: return decoded<proposal>(body);
    case packet_code::vote: return decoded<vote>(body);
    case packet_code::certificate: return decoded<certificate>(body);
    case packet_code::proposal_request: return decoded<proposal_request>(body);
    case packet_code::proposal_response: return decoded<proposal_response>(body);
    case packet_code::certificate_request: return decoded<certificate_request>(body);
    case packet_code::certificate_page: return decoded<certificate_page>(body);
    case packet_code::tip_request: return decoded<tip_request>(body);
    case packet_code::tip_response: return decoded<tip_response>(body);
    case packet_code::view_request: return decoded<view_request>(body);
    case packet_code::view_response: return decoded<view_response>(body);
    case packet_code::chain_page: return decoded<chain_page>(body);
    default: return fail(errc::unknown_code);
  }
}

template <class T>
constexpr packet_code code_of = packet_code::none;
template <>
constexpr packet_code code_of<proposal> = packet_code::proposal;
template <>
constexpr packet_code code_of<vote> = packet_code::vote;
template <>
constexpr packet_code code_of<certificate> = packet_code::certificate;
template <>
constexpr packet_code code_of<proposal_request> = packet_code::proposal_request;
template <>
constexpr packet_code code_of<proposal_response> = packet_code::proposal_response;
template <>
constexpr packet_code code_of<certificate_request> = packet_code::certificate_request;
template <>
constexpr packet_code code_of<certificate_page> = packet_code::certificate_page;
template <>
constexpr packet_code code_of<tip_request> = packet_code::tip_request;
template <>
constexpr packet_code code_of<tip_response> = packet_code::tip_response;
template <>
constexpr packet_code code_of<view_request> = packet_code::view_request;
template <>
constexpr packet_code code_of<view_response> = packet_code::view_response;
template <>
constexpr packet_code code_of<chain_request> = packet_code::chain_request;
template <>
constexpr packet_code code_of<chain_page> = packet_code::chain_page;

} // namespace

result<voting::heard> decode_frame(const frame_in& what, group_id group) {
  if (what.header.group != group) {
    return fail(errc::wrong_group);
  }
  auto body = decode_body(what.header.code, *what.body);
  if (!body) {
    return tl::make_unexpected(body.error());
  }
  return voting::heard{what.from, std::move(*body), what.header.msg_id, what.answers};
}

marshalled_frame encode_frame(const voting::message& what, group_id group) {
  return std::visit(
    [group](const auto& one) -> marshalled_frame {
      using said = std::decay_t<decltype(one)>;
      if constexpr (std::is_same_v<said, std::monostate>) {
        CAUCUS_ASSERT(false); // no core says nothing
        return {};
      } else {
        return {code_of<said>, group, std::make_shared<const bytes>(encode(one))};
      }
    },
    what);
}

} // namespace caucus
