#include "actors/peer_net/link_machine.hpp"
#include "messages/packet_code.hpp"
#include "test/catch.hpp"

#include <memory>
#include <utility>

namespace caucus {
namespace {

constexpr auto chat = static_cast<packet_code>(0x8000);
constexpr auto play = static_cast<packet_code>(0x8001);
constexpr auto chatter = sink::first_application;
constexpr auto player = static_cast<sink>(3);

/// Two applications' codes: one a sink.
tag_table codes_of_two() {
  tag_table out{network_id{}};
  REQUIRE(out.add({chat, "chat"}, chatter));
  REQUIRE(out.add({play, "play"}, player));
  return out;
}

/// Both ends of a link that is ready.
struct ready_link {
  tag_table codes = codes_of_two();
  peer_net_config config{};
  std::shared_ptr<doorbell> bell = std::make_shared<doorbell>([] {});
  link_machine a{codes, config, bell};
  link_machine b{codes, config, bell};
  time_point now{duration{1}};

  ready_link() {
    a.init(link_id{1}, true, now);
    b.init(link_id{2}, false, now);
    peer_id one;
    one.raw.front() = std::byte{1};
    a.secured(one, {}, now);
    b.secured(one, {}, now);
    static_cast<void>(pass(a, b));
    static_cast<void>(b.accept(now));
    static_cast<void>(pass(b, a));
    REQUIRE(a.accept(now));
    REQUIRE(std::holds_alternative<became_ready>(pass(a, b)));
  }
  /// All that waits goes over; the last news of it.
  link_news pass(link_machine& from, link_machine& to) const {
    bytes wire(4'096);
    wire.resize(from.fill(wire));
    link_news last;
    for (bytes_view left{wire}; !left.empty();) {
      auto taken = to.read(left, now);
      REQUIRE(taken);
      left = left.subspan(taken->consumed);
      last = std::move(taken->news);
    }
    return last;
  }
  [[nodiscard]] result<void> send(packet_code code, sink by) {
    return a.send({link_id{1}, {code, {}, std::make_shared<const bytes>(bytes(3))}}, by, now);
  }
};

TEST_CASE("a frame of an application's code goes to the actor that has it") {
  ready_link of;
  REQUIRE(of.send(play, player));
  const auto news = of.pass(of.a, of.b);
  const auto* const frame = std::get_if<heard_frame>(&news);
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
  CHECK(std::holds_alternative<std::monostate>(of.pass(of.a, of.b)));
}

TEST_CASE("a frame without a body is refused, not read") {
  ready_link of;
  const auto sent = of.a.send({link_id{1}, {chat, {}, nullptr}}, chatter, of.now);
  CHECK(sent.error().code == errc::truncated);
}

} // namespace
} // namespace caucus
