#pragma once

#include "actors/peer_net/link_machine.hpp"
#include "messages/packet_code.hpp"
#include "test/actors/peer_net/node_codes.hpp"
#include "test/catch.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace caucus::test {

inline constexpr auto chat = static_cast<packet_code>(0x8000);
inline constexpr auto play = static_cast<packet_code>(0x8001);
inline constexpr auto chatter = application_sink;
inline constexpr auto player = static_cast<sink>(3);

/// Two applications' codes: one a sink.
inline tag_table codes_of_two() {
  tag_table out = node_codes();
  REQUIRE(out.add({chat, "chat"}, chatter, code_range::application));
  REQUIRE(out.add({play, "play"}, player, code_range::application));
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
    const auto last = pass(a, b);
    REQUIRE(last);
    REQUIRE(std::holds_alternative<became_ready>(*last));
  }
  /// All that waits goes over; the last news of it.
  std::optional<link_news> pass(link_machine& from, link_machine& to) const {
    bytes wire(4'096);
    wire.resize(from.fill(wire));
    std::optional<link_news> last;
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

} // namespace caucus::test
