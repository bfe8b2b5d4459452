#include "actors/peer_net/code_switcher.hpp"

#include "runtime/archive/codec.hpp"

#include <utility>

namespace caucus {

namespace {

template <class T>
result<switched> decoded(const read_frame& frame) {
  auto what = decode<T>(frame.body);
  if (!what) {
    return tl::make_unexpected(std::move(what.error()));
  }
  return switched{std::move(*what)};
}

} // namespace

result<switched> switch_code(const read_frame& frame) {
  if (frame.what == nullptr) {
    return switched{skip{}};
  }
  switch (frame.what->code) {
    case packet_code::hello: return decoded<hello>(frame);
    case packet_code::goodbye: return decoded<goodbye>(frame);
    case packet_code::ping: return decoded<ping>(frame);
    case packet_code::pong: { // says what a ping says
      auto echo = decode<ping>(frame.body);
      if (!echo) {
        return tl::make_unexpected(std::move(echo.error()));
      }
      return switched{pong{echo->cookie}};
    }
    default: break;
  }
  if (frame.what->kind == packet_kind::response) {
    return switched{respond{frame.header.msg_id}};
  }
  return switched{forward{frame.what->to}};
}

} // namespace caucus
