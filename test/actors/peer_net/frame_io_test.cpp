#include "actors/peer_net/frame_reader.hpp"
#include "actors/peer_net/frame_writer.hpp"
#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/request_table.hpp"
#include "actors/peer_net/token_bucket.hpp"
#include "runtime/archive/frame_header.hpp"
#include "test/actors/peer_net/node_codes.hpp"
#include "test/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace caucus::test {
namespace {

const tag_table& codes() {
  static const tag_table made = node_codes();
  return made;
}

marshalled_frame frame_of(packet_code code, std::size_t size, unsigned fill = 1) {
  return {code, group_id{1},
          std::make_shared<const bytes>(bytes(size, static_cast<std::byte>(fill)))};
}

bytes drain(frame_writer& from, std::size_t at_once) {
  bytes out;
  bytes room(at_once);
  for (auto size = from.fill(room); size > 0; size = from.fill(room)) {
    out.insert(out.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return out;
}

bytes written(const std::vector<marshalled_frame>& frames, std::size_t at_once = write_size_max) {
  frame_writer writer;
  for (const auto& one : frames) {
    REQUIRE(writer.push(*codes().find(one.code), one).has_value());
  }
  return drain(writer, at_once);
}

/// Reads all of it, in pieces of the sizes given (again and again).
result<std::vector<read_frame>> read_all(frame_reader& reader, bytes_view from,
                                         const std::vector<std::size_t>& sizes) {
  std::vector<read_frame> out;
  for (std::size_t i = 0; !from.empty(); ++i) {
    auto piece = from.first(std::min(from.size(), sizes[i % sizes.size()]));
    from = from.subspan(piece.size());
    while (!piece.empty()) {
      auto taken = reader.read(piece);
      if (!taken) {
        return tl::make_unexpected(taken.error());
      }
      RC_ASSERT(taken->consumed > 0);
      piece = piece.subspan(taken->consumed);
      if (taken->frame) {
        out.push_back(std::move(*taken->frame));
      }
    }
  }
  return out;
}

TEST_CASE("what was written is read, however both are split") {
  CHECK(rc::check([] {
    std::vector<marshalled_frame> sent;
    for (const auto size :
         *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 257))) {
      sent.push_back(frame_of(code_of<vote>, std::min<std::size_t>(size, 256),
                              static_cast<unsigned>(sent.size())));
    }
    const auto sizes = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 200)));
    const auto raw = written(sent, *rc::gen::inRange<std::size_t>(1, 300));
    frame_reader reader{codes()};
    const auto got = read_all(reader, raw, sizes);
    RC_ASSERT(got.has_value());
    RC_ASSERT(got->size() == sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      RC_ASSERT((*got)[i].body == *sent[i].body);
      RC_ASSERT((*got)[i].header.nonce == i);
      RC_ASSERT((*got)[i].header.group == group_id{1});
    }
  }));
}

TEST_CASE(
  "a frame that breaks a rule is refused by its header alone, and nothing after it is read") {
  struct row {
    std::string name;
    std::function<void(frame_header&)> spoil;
    errc why;
  };
  const auto given = GENERATE(values<row>({
    {"4 GiB", [](auto& h) { h.body_size = 0xFFFFFFFF; }, errc::body_too_large},
    {"above the code's largest", [](auto& h) { h.body_size = 257; }, errc::body_too_large},
    {"a nonce too far", [](auto& h) { h.nonce = 1; }, errc::nonce_gap},
    {"another network's tag", [](auto& h) { h.tag ^= 1U; }, errc::wrong_tag},
    {"another code's tag", [](auto& h) { h.tag = codes().find(code_of<proposal>)->tag; },
     errc::wrong_tag},
    {"a notice that is a request",
     [](auto& h) {
       h.flags = flag_request;
       h.msg_id = 1;
     },
     errc::bad_flags},
    {"request and response",
     [](auto& h) {
       h.flags = 3;
       h.msg_id = 1;
     },
     errc::bad_flags},
    {"a flag of the future", [](auto& h) { h.flags = 4; }, errc::bad_flags},
    {"a notice with a number", [](auto& h) { h.msg_id = 9; }, errc::bad_flags},
    {"another layout", [](auto& h) { h.version = 2; }, errc::bad_version},
  }));
  INFO(given.name);
  frame_header header;
  header.code = code_of<vote>;
  header.tag = codes().find(code_of<vote>)->tag;
  given.spoil(header);
  frame_reader reader{codes()};
  reader.hello_accepted();
  const auto taken = reader.read(encode_header(header));
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == given.why);
  CHECK(reader.held() == 0);
  CHECK(reader.read(written({frame_of(code_of<vote>, 4)})).error().code == given.why);
  reader.reset();
  CHECK(reader.read(written({frame_of(code_of<vote>, 4)}))->frame.has_value());
}

TEST_CASE("before hello is accepted no body may be above 4 KiB") {
  const auto raw = written({frame_of(code_of<proposal>, 4 * 1024 + 1)});
  frame_reader reader{codes()};
  CHECK(reader.read(raw).error().code == errc::body_too_large);
  reader.reset();
  reader.hello_accepted();
  CHECK(reader.read(raw)->frame.has_value());
}

TEST_CASE("a header that claims a large body allocates no more than what then comes") {
  frame_header header;
  header.code = code_of<batch>;
  header.body_size = 512 * 1024;
  header.tag = codes().find(code_of<batch>)->tag;
  frame_reader reader{codes()};
  reader.hello_accepted();
  REQUIRE(reader.read(encode_header(header)).has_value());
  CHECK(reader.held() <= body_reserve_max);
  REQUIRE(reader.read(bytes(1'000)).has_value());
  CHECK(reader.held() <= body_reserve_max);
  REQUIRE(reader.read(bytes(200'000)).has_value());
  CHECK(reader.held() <= 512 * 1024);
}

TEST_CASE("an unknown code is passed over without its body being kept") {
  frame_header header;
  header.code = static_cast<packet_code>(0x7777);
  header.version = 9; // nobody here knows its layouts
  header.body_size = 100'000;
  auto raw = encode_header(header);
  frame_reader reader{codes()};
  reader.hello_accepted();
  REQUIRE(reader.read(raw).has_value());
  const auto taken = reader.read(bytes(100'000));
  REQUIRE(taken->frame.has_value());
  CHECK(taken->frame->known == nullptr);
  CHECK(taken->frame->body.empty());
  CHECK(reader.held() == 0);
}

std::vector<packet_code> order_of(frame_writer& from) {
  const auto raw = drain(from, write_size_max);
  std::vector<packet_code> out;
  for (bytes_view rest{raw}; !rest.empty();) {
    const auto header = *decode_header(rest.first<frame_header_size>());
    out.push_back(header.code);
    rest = rest.subspan(frame_header_size + header.body_size);
  }
  return out;
}

TEST_CASE("votes go before gossip, and gossip keeps one frame in eight") {
  frame_writer writer;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(
      writer.push(*codes().find(code_of<read_request>), frame_of(code_of<read_request>, 8), 1));
  }
  for (int i = 0; i < 20; ++i) {
    REQUIRE(writer.push(*codes().find(code_of<vote>), frame_of(code_of<vote>, 8)));
  }
  const auto order = order_of(writer);
  REQUIRE(order.size() == 24);
  std::vector<std::size_t> gossip;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] == code_of<read_request>) {
      gossip.push_back(i);
    }
  }
  CHECK(gossip == std::vector<std::size_t>{7, 15, 22, 23});
}

TEST_CASE("bulk is sent only against the receiver's credit") {
  tag_table table = node_codes();
  const auto bulk = static_cast<packet_code>(first_application_code);
  REQUIRE(table.add({bulk, "piece", packet_kind::notice, 64 * 1024, lane::bulk}, application_sink,
                    code_range::application));
  frame_writer writer;
  REQUIRE(writer.push(*table.find(bulk), frame_of(bulk, 1'000)));
  REQUIRE(writer.push(*table.find(bulk), frame_of(bulk, 1'000)));
  CHECK(writer.empty());
  writer.grant(1'500);
  CHECK(order_of(writer).size() == 1);
  CHECK(writer.empty());
  writer.grant(1'500);
  CHECK(order_of(writer).size() == 1);
}

TEST_CASE(
  "a full gossip lane drops its oldest and counts them, and a full consensus lane refuses") {
  frame_writer writer;
  const auto& answer = *codes().find(code_of<read_response>);
  for (unsigned i = 0; i < 6; ++i) {
    REQUIRE(writer.push(answer, frame_of(code_of<read_response>, 1'000'000, i), 1));
  }
  CHECK(writer.counts(lane::gossip).dropped == 2);
  CHECK(writer.counts(lane::gossip).waiting <= gossip_lane_size_max);
  const auto& body = *codes().find(code_of<batch>);
  std::size_t taken = 0;
  while (writer.push(body, frame_of(code_of<batch>, 512 * 1024))) {
    ++taken;
  }
  CHECK(taken == consensus_lane_size_max / (512 * 1024 + frame_header_size));
  CHECK(writer.counts(lane::consensus).dropped == 1);
}

TEST_CASE("whatever comes of answers and time, a request ends at most once") {
  CHECK(rc::check([] {
    request_table table;
    std::vector<int> ends(200);
    std::uint64_t issued = 0;
    time_point now{};
    const auto steps = *rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
      rc::gen::pair(rc::gen::inRange(0U, 4U), rc::gen::inRange(1U, 40U)));
    for (const auto& [what, number] : steps) {
      if (what == 0 && issued + 1 < ends.size()) {
        RC_ASSERT(*table.issue({notary_sink, ++issued}, now + duration{number}) == issued);
      } else if (what == 1) {
        const auto by = table.answer(number);
        if (by && *by) {
          RC_ASSERT((*by)->tag == number);
          ++ends[number];
        }
        RC_ASSERT(by.has_value() || number > issued || ends[number] > 0);
      } else {
        now += duration{number};
        for (const auto& one : table.expire(now)) {
          ++ends[one.tag];
        }
      }
    }
    for (const auto& one : table.end_all()) {
      ++ends[one.tag];
    }
    for (std::uint64_t i = 1; i <= issued; ++i) {
      RC_ASSERT(ends[i] == 1);
    }
  }));
}

TEST_CASE("at most 1,024 requests wait, and a second answer to one is misbehaviour") {
  request_table table;
  for (std::size_t i = 0; i < requests_max; ++i) {
    REQUIRE(table.issue({}, time_point{duration{10}}).has_value());
  }
  CHECK(table.issue({}, time_point{duration{10}}).error().code == errc::busy);
  REQUIRE(table.answer(1)->has_value());
  CHECK(table.answer(1).error().code == errc::unasked_response);
  CHECK(table.answer(0).error().code == errc::unasked_response);
  CHECK(table.answer(5'000).error().code == errc::unasked_response);
  CHECK(table.expire(time_point{duration{10}}).size() == requests_max - 1);
  CHECK_FALSE(table.answer(2)->has_value()); // late
  CHECK(table.late() == 1);
  CHECK(table.answer(2).error().code == errc::unasked_response); // late twice
}

TEST_CASE("a response of another kind than asked for fits no request, and the request waits on") {
  tag_table known = node_codes();
  const auto own = packet_code{0x8000};
  REQUIRE(known.add({own, "own", packet_kind::response, 64, lane::gossip}, application_sink,
                    code_range::application));
  request_table table;
  const auto fits = [&](std::uint64_t id, packet_code code) {
    return table.fits(id, *known.find(code));
  };
  const auto pull = *table.issue({notary_sink, 1, code_of<batch_request>}, time_point{});
  CHECK(fits(pull, code_of<batch_response>));
  CHECK_FALSE(fits(pull, code_of<read_response>));
  CHECK_FALSE(fits(pull, code_of<chain_page>));
  CHECK_FALSE(fits(pull, own));
  const auto of_application = *table.issue({application_sink, 1, packet_code{0x8001}}, {});
  CHECK(fits(of_application, own));
  CHECK_FALSE(fits(of_application, code_of<batch_response>));
  const auto of_another = *table.issue({static_cast<sink>(3), 1, packet_code{0x8001}}, {});
  CHECK_FALSE(fits(of_another, own));
  CHECK(fits(99, own)); // answer() says what it is
  CHECK(table.waiting() == 3);
}

TEST_CASE("a bucket gives a second's worth at once and then its rate") {
  token_bucket bucket{100, {}};
  bucket.take(100);
  CHECK(bucket.ready_at({}) == time_point{});
  bucket.take(50);
  const time_point paid{std::chrono::milliseconds{500}};
  CHECK(bucket.ready_at({}) == paid);
  CHECK(bucket.ready_at(paid) == paid);
  CHECK(bucket.ready_at(time_point{std::chrono::hours{1}}) == time_point{std::chrono::hours{1}});
  bucket.take(101); // no more than a second's worth was saved up
  CHECK(bucket.ready_at(time_point{std::chrono::hours{1}}) > time_point{std::chrono::hours{1}});
}

} // namespace
} // namespace caucus::test
