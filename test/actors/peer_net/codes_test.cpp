#include "actors/peer_net/link_machine.hpp"
#include "messages/packet_code.hpp"
#include "test/actors/peer_net/ready_link.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <memory>

namespace caucus::test {
namespace {

TEST_CASE("a frame of an application's code goes to the actor that has it") {
  ready_link of;
  REQUIRE(of.send(play, player));
  const auto news = of.pass(of.a, of.b);
  REQUIRE(news);
  const auto* const frame = std::get_if<heard_frame>(&*news);
  REQUIRE(frame != nullptr);
  CHECK(frame->to == player);
  CHECK(frame->what.header.code == play);
  CHECK(frame->may_drop);
}

TEST_CASE("nobody sends frames of a code that is another's") {
  struct row {
    const char* what;
    packet_code code;
    sink by;
    errc why;
  };
  const auto& [what, code, by, why] =
    GENERATE(row{"an application's vote", packet_code::vote, chatter, errc::code_taken},
             row{"an application's goodbye", packet_code::goodbye, chatter, errc::unknown_code},
             row{"another application's", play, chatter, errc::code_taken},
             row{"an application's, by consensus", chat, sink::consensus, errc::code_taken},
             row{"nobody's", static_cast<packet_code>(0x9000), chatter, errc::unknown_code});
  CAPTURE(what);
  ready_link of;
  const auto sent = of.send(code, by);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == why);
  CHECK_FALSE(of.pass(of.a, of.b));
}

TEST_CASE("a frame without a body is refused, not read") {
  ready_link of;
  const auto sent = of.a.send({link_id{1}, {chat, {}, nullptr}}, chatter, of.now);
  CHECK(sent.error().code == errc::truncated);
}

TEST_CASE(
  "a link is stalled when the other end takes nothing, not when it takes part of a record") {
  using namespace std::chrono_literals;
  ready_link of;
  of.config.dead_after = of.config.keepalive = 1h;
  const auto nearly = of.config.stalled_after - 1ms;
  of.a.wrote(5'000, true, true, of.now);
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(of.a.on_tick(of.now += nearly));
    of.a.wrote(0, true, true, of.now);
  }
  of.a.wrote(0, false, false, of.now); // nothing waits any more
  CHECK_FALSE(of.a.on_tick(of.now += 2 * nearly));
  of.a.wrote(5'000, false, true, of.now); // taken by our own buffers alone
  CHECK_FALSE(of.a.on_tick(of.now += nearly));
  of.a.wrote(5'000, false, true, of.now);
  CHECK(of.a.on_tick(of.now += 1ms) == errc::write_stalled);
}

} // namespace
} // namespace caucus::test
