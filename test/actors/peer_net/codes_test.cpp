#include "actors/peer_net/link_machine.hpp"
#include "messages/packet_code.hpp"
#include "test/actors/peer_net/ready_link.hpp"
#include "test/catch.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace caucus::test {
namespace {

/// As they are on the wire: what another version says.
TEST_CASE("no packet of the node's own changes its number, its kind, its size or what it answers") {
  struct row {
    unsigned number;
    const char* name;
    packet_kind kind;
    std::uint32_t size;
    lane by;
    unsigned answers;
  };
  using enum packet_kind;
  const std::vector<row> wire{
    {0x0001, "hello", notice, 4'096, lane::consensus, 0},
    {0x0002, "goodbye", notice, 4'096, lane::consensus, 0},
    {0x0003, "ping", notice, 64, lane::consensus, 0},
    {0x0004, "pong", notice, 64, lane::consensus, 0},
    {0x0100, "proposal", notice, 65'536, lane::consensus, 0},
    {0x0101, "vote", notice, 256, lane::consensus, 0},
    {0x0102, "certificate", notice, 8'192, lane::consensus, 0},
    {0x0103, "proposal_request", request, 64, lane::consensus, 0},
    {0x0104, "proposal_response", response, 65'536, lane::consensus, 0x0103},
    {0x0105, "certificate_request", request, 64, lane::consensus, 0},
    {0x0106, "certificate_page", response, 262'144, lane::consensus, 0x0105},
    {0x0107, "tip_request", request, 64, lane::consensus, 0},
    {0x0108, "tip_response", response, 131'072, lane::consensus, 0x0107},
    {0x0109, "chain_page", response, 1'048'576, lane::gossip, 0x0203},
    {0x010A, "view_request", request, 64, lane::consensus, 0},
    {0x010B, "view_response", response, 8'192, lane::consensus, 0x010A},
    {0x010C, "node_state_request", request, 64, lane::gossip, 0},
    {0x010D, "node_state", response, 20'480, lane::gossip, 0x010C},
    {0x010E, "life_request", request, 128, lane::consensus, 0},
    {0x010F, "life_response", response, 512, lane::consensus, 0x010E},
    {0x0200, "batch", notice, 524'288, lane::consensus, 0},
    {0x0201, "batch_request", request, 65'536, lane::consensus, 0},
    {0x0202, "batch_response", response, 524'288, lane::gossip, 0x0201},
    {0x0203, "chain_request", request, 64, lane::gossip, 0},
    {0x0204, "read_request", request, 4'096, lane::gossip, 0},
    {0x0205, "read_response", response, 1'048'576, lane::gossip, 0x0204},
    {0x0206, "attest_request", request, 64, lane::gossip, 0},
    {0x0207, "attest_response", response, 8'192, lane::gossip, 0x0206},
    {0x0208, "snapshot_request", request, 64, lane::gossip, 0},
    {0x0209, "snapshot_response", response, 1'048'576, lane::gossip, 0x0208},
  };
  CHECK(every_packet().size() == wire.size());
  for (const auto& one : wire) {
    INFO(one.name);
    const auto rule = rule_of(packet_code{static_cast<std::uint16_t>(one.number)});
    CHECK(rule.name == one.name);
    CHECK(rule.kind == one.kind);
    CHECK(rule.body_size_max == one.size);
    CHECK(rule.lane == one.by);
    CHECK(static_cast<unsigned>(rule.answers) == one.answers);
  }
}

TEST_CASE("a list of packets is refused where two have one code or a response answers nothing") {
  const auto one = packet_rule::notice(0x8000, "one", 64, lane::gossip);
  const auto two = packet_rule::request(0x8001, "two", 64, lane::gossip);
  const auto three = packet_rule::response(0x8002, "three", 64, lane::gossip, two.code);
  CHECK(well_formed(std::array{one, two, three}));
  CHECK_FALSE(well_formed(std::array{one, two, one}));
  CHECK_FALSE(well_formed(std::array{
    packet_rule::response(0x8002, "nobody's answer", 64, lane::gossip, packet_code::none)}));
  CHECK_FALSE(well_formed(std::array{
    packet_rule{one.code, "a question's", packet_kind::notice, 64, lane::gossip, two.code}}));
  CHECK_FALSE(
    well_formed(std::array{packet_rule::notice(0x8000, "huge", body_size_max + 1, lane::gossip)}));
  CHECK_FALSE(well_formed(std::array{packet_rule::notice(0, "no code", 64, lane::gossip)}));
}

TEST_CASE("a code is added once, and to whom its range is") {
  auto codes = node_codes();
  const auto own = code_range::node;
  const auto cheer = packet_rule::notice(0x8000, "cheer", 64, lane::gossip);
  CHECK(codes.add(vote::packet, application_sink, own).error().code == errc::code_taken);
  CHECK(codes.add(vote::packet, application_sink, code_range::application).error().code
        == errc::value_out_of_range);
  CHECK(codes.add(cheer, consensus_sink, own).error().code == errc::value_out_of_range);
  REQUIRE(codes.add(cheer, application_sink, code_range::application));
  CHECK(codes.add(cheer, application_sink, code_range::application).error().code
        == errc::code_taken);
}

TEST_CASE("an application's response answers its own request and no other of the same actor") {
  auto codes = node_codes();
  const auto ask = packet_rule::request(0x8000, "ask", 64, lane::gossip);
  const auto other = packet_rule::request(0x8001, "other", 64, lane::gossip);
  const auto told = packet_rule::response(0x8002, "told", 64, lane::gossip, ask.code);
  for (const auto& one : {ask, other, told}) {
    REQUIRE(codes.add(one, application_sink, code_range::application));
  }
  request_table table;
  const auto asked = *table.issue({application_sink, 1, ask.code}, {});
  const auto wrong = *table.issue({application_sink, 2, other.code}, {});
  CHECK(table.fits(asked, *codes.find(told.code)));
  CHECK_FALSE(table.fits(wrong, *codes.find(told.code)));
}

TEST_CASE("a frame of an application's code goes to the actor that has it") {
  ready_link of;
  REQUIRE(of.send(play, player));
  const auto news = of.pass(of.a, of.b);
  REQUIRE(news);
  const auto* const frame = std::get_if<heard_frame>(&*news);
  REQUIRE(frame != nullptr);
  CHECK(frame->sink == player);
  CHECK(frame->frame.header.code == play);
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
    GENERATE(row{"an application's vote", code_of<vote>, chatter, errc::code_taken},
             row{"an application's goodbye", code_of<goodbye>, chatter, errc::unknown_code},
             row{"another application's", play, chatter, errc::code_taken},
             row{"an application's, by consensus", chat, consensus_sink, errc::code_taken},
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
