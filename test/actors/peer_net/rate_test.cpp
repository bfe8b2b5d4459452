#include "actors/peer_net/link_machine.hpp"
#include "actors/peer_net/rate_table.hpp"
#include "test/actors/peer_net/node_codes.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace caucus {
namespace {

using namespace std::chrono_literals;

peer_id named(std::uint64_t who) {
  peer_id out;
  for (std::size_t i = 0; i < 8; ++i) {
    out.raw[i] = static_cast<std::byte>(who >> (8 * i));
  }
  return out;
}

peer_net_config slow() {
  peer_net_config out;
  out.frames_per_second = 100;
  out.bytes_per_second = 64 * 1024;
  return out;
}

TEST_CASE("a new link of a peer that took all it is given reads nothing until the debt is paid") {
  const auto config = slow();
  const tag_table codes = test::node_codes();
  rate_table rates{config};
  const time_point start{1h};
  const auto connect = [&](std::uint64_t id, const peer_id& who, time_point now) {
    auto out = std::make_unique<link_machine>(codes, config, std::make_shared<doorbell>([] {}));
    out->init(link_id{id}, false, now);
    out->secured(who, hello{}, now, rates.of(who, now));
    return out;
  };
  auto first = connect(1, named(1), start);
  REQUIRE(first->may_read(start).hungry);
  rates.of(named(1), start)->bytes.take(3 * config.bytes_per_second);
  CHECK_FALSE(first->may_read(start).hungry);
  static_cast<void>(first->end_requests());
  first.reset();
  auto second = connect(2, named(1), start + 100ms);
  const auto appetite = second->may_read(start + 100ms);
  CHECK_FALSE(appetite.hungry);
  CHECK(appetite.until == start + 2s);
  CHECK(connect(3, named(2), start)->may_read(start).hungry); // another peer's are its own
  CHECK(second->may_read(start + 2s).hungry);
}

TEST_CASE("frames count over links as bytes do") {
  const auto config = slow();
  rate_table rates{config};
  const time_point now{1h};
  rates.of(named(1), now)->frames.take(150);
  CHECK(rates.of(named(1), now)->ready_at(now) == now + 500ms);
}

TEST_CASE("peers that took nothing of late are forgotten, those in debt or with a link are not") {
  const auto config = slow();
  rate_table rates{config};
  const time_point now{1h};
  const auto linked = rates.of(named(1), now);
  rates.of(named(2), now)->frames.take(100'000);
  for (std::uint64_t who = 3; who < 3 + 2 * rates_kept_max; ++who) {
    static_cast<void>(rates.of(named(who), now));
    REQUIRE(rates.size() <= rates_kept_max);
  }
  CHECK(rates.size() < rates_kept_max);
  CHECK(rates.of(named(1), now) == linked);
  CHECK(rates.of(named(2), now)->ready_at(now) > now);
}

TEST_CASE("not even as many peers in debt as are remembered make the table grow") {
  const auto config = slow();
  rate_table rates{config};
  const time_point now{1h};
  for (std::uint64_t who = 0; who < rates_kept_max + 1'000; ++who) {
    rates.of(named(who), now)->frames.take(50);
  }
  CHECK(rates.size() == rates_kept_max);
  static_cast<void>(rates.of(named(~std::uint64_t{0}), now + 2s));
  CHECK(rates.size() == 1); // all had filled again
}

} // namespace
} // namespace caucus
