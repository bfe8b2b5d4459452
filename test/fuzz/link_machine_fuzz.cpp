#include "actors/peer_net/link_machine.hpp"
#include "runtime/archive/frame_header.hpp"
#include "runtime/base/assert.hpp"
#include "test/actors/peer_net/node_codes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

// A link's peer is the fuzzer: raw bytes, split anywhere, and frames whose header is in order, so that
// what lies behind it is reached. Nothing is delivered before both hellos are accepted, bodies keep
// their limits, and each request ends at most once.

namespace caucus {

namespace {

class run {
public:
  run() { machine_.init(link_id{1}, false, now_); }

  void step(std::uint8_t what, bytes_view input) {
    if (machine_.state() == link_state::tls) {
      machine_.secured(peer_id{}, hello{}, now_);
    }
    switch (what % 8) {
      case 0: feed(input); break;
      case 1: feed_frame(input); break;
      case 2: accept(); break;
      case 3: ask(); break;
      case 4: pass(input.size()); break;
      case 5: write(input.size()); break;
      case 6:
        machine_.forget_requests(test::consensus_sink);
        forgotten_ = issued_;
        break;
      default: feed_greeting(); break;
    }
  }

  ~run() {
    for (const auto& by : machine_.end_requests()) {
      end(by.tag);
    }
    machine_.reset();
  }
  run(const run&) = delete;
  run& operator=(const run&) = delete;

private:
  void feed(bytes_view input) {
    while (!failed_ && !input.empty() && machine_.may_read(now_).hungry) {
      auto taken = machine_.read(input, now_);
      if (!taken) {
        failed_ = true;
        return;
      }
      CAUCUS_ASSERT(taken->consumed > 0 && taken->consumed <= input.size());
      input = input.subspan(taken->consumed);
      if (taken->news) {
        hear(*taken->news);
      }
    }
  }
  void hear(const link_news& news) {
    if (const auto* const frame = std::get_if<heard_frame>(&news)) {
      CAUCUS_ASSERT(machine_.was_ready() && frame->frame.body != nullptr);
      const auto* const rule = codes_.find(frame->frame.header.code);
      CAUCUS_ASSERT(rule != nullptr && frame->frame.body->size() <= rule->body_size_max);
      if (frame->frame.answers != 0) {
        end(frame->frame.answers);
      }
    }
  }
  void feed_frame(bytes_view input) {
    if (input.empty()) {
      return;
    }
    const auto& all = test::every_packet();
    const auto& rule = all.at(std::to_integer<std::size_t>(input.front()) % all.size());
    const auto body = input.subspan(1);
    frame_header header;
    header.code = rule.code;
    header.flags = flags_of(rule.kind);
    header.msg_id = rule.kind == packet_kind::notice ? 0 : 1 + body.size() % 4;
    header.body_size = static_cast<std::uint32_t>(body.size());
    header.tag = codes_.find(rule.code)->tag;
    header.nonce = machine_.numbers().frames_in;
    feed(encode_header(header));
    feed(body);
  }
  void feed_greeting() {
    const auto body = encode(hello{});
    bytes input{std::byte{0}}; // hello is the first rule
    input.insert(input.end(), body.begin(), body.end());
    feed_frame(input);
  }
  void accept() {
    if (machine_.judged_by_others()) {
      static_cast<void>(machine_.accept(now_));
    }
  }
  void ask() {
    const to_net what{link_id{1},
                      {code_of<tip_request>, {}, std::make_shared<const bytes>(8)},
                      issued_ + 1,
                      duration{100}};
    if (issued_ + 1 < ended_.size() && machine_.send(what, test::consensus_sink, now_)) {
      ++issued_;
    }
  }
  void pass(std::size_t steps) {
    now_ += duration{steps * 37};
    for (const auto& by : machine_.expired(now_)) {
      end(by.tag);
    }
    static_cast<void>(machine_.on_tick(now_));
  }
  void write(std::size_t room) {
    bytes out(room);
    const auto size = machine_.fill(out);
    CAUCUS_ASSERT(size <= room);
    machine_.wrote(size, size > 0, !machine_.nothing_to_send(), now_);
  }
  void end(std::uint64_t tag) {
    CAUCUS_ASSERT(tag > forgotten_ && tag <= issued_ && !ended_.at(tag));
    ended_.at(tag) = true;
  }

  tag_table codes_ = test::node_codes();
  peer_net_config config_;
  link_machine machine_{codes_, config_, std::make_shared<doorbell>([] {})};
  time_point now_{};
  bool failed_ = false;
  std::uint64_t issued_ = 0;
  std::uint64_t forgotten_ = 0; ///< requests up to here ended in silence
  std::array<bool, 4096> ended_{};
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  const auto all = std::as_bytes(std::span{data, data_size});
  run one;
  for (std::size_t at = 0; at + 1 < all.size();) { // what, how many bytes of input, those
    const auto size = std::min<std::size_t>(data[at + 1], all.size() - at - 2);
    one.step(data[at], all.subspan(at + 2, size));
    at += 2 + size;
  }
  return 0;
}

} // namespace caucus
