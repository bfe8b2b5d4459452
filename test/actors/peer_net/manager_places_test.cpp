#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/peer_manager.hpp"
#include "test/actors/peer_net/manager_bench.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <string>

/// Who has a place, and who gives his to another.

namespace caucus::peer_net_testing {
namespace {

TEST_CASE("strangers who only ping keep no newcomer out") {
  bench at;
  at.config.net.max_connections = 8;
  for (unsigned i = 1; i <= 7; ++i) { // one place is for own dials
    const auto what = at.heard(i, peer(i), false);
    REQUIRE(at.greet(what));
    at.ready(what);
    at.now += 1s;
  }
  CHECK_FALSE(at.greet(at.heard(20, peer(20), false)));
  CHECK(at.refusal() == errc::full_house);
  CHECK(at.commands<end_link>().front().goodbye.detail.find("net.max_connections = 8")
        != std::string::npos);
  at.now += idle_min - 3s;
  at.step(links_active{{{link_id{1}, at.now}, {link_id{3}, at.now - 10s}}});
  at.now += 3s;
  CHECK(at.greet(
    at.heard(21, peer(21), false))); // of those who asked for nothing the first to come goes
  REQUIRE(at.commands<end_link>().size() == 1);
  CHECK(at.commands<end_link>().front().id == link_id{2});
  CHECK(at.commands<end_link>().front().goodbye.reason == errc::full_house);
  CHECK(at.commands<end_link>().front().goodbye.detail
        == "idle for 26 s, and another waits for a place");
  CHECK(at.noted("ended the link of"));
  for (const unsigned gone : {4U, 5U, 6U}) {
    CHECK(at.greet(at.heard(20 + gone, peer(20 + gone), false)));
    CHECK(at.commands<end_link>().front().id == link_id{gone});
  }
  CHECK(at.core().links() == 7);
}

TEST_CASE(
  "users behind one address, more than it may have links, take turns though all are active") {
  bench at;
  at.config.net.connections_per_address = 3;
  const auto behind = [&at](std::uint64_t id) {
    auto out = at.heard(id, peer(static_cast<unsigned>(id)), false);
    out.origin = {77, false};
    return out;
  };
  REQUIRE(at.greet(at.heard(99, peer(99), false))); // another address, there for longest
  for (unsigned i = 1; i <= 3; ++i) {
    at.now += 1s;
    REQUIRE(at.greet(behind(i)));
  }
  const auto all_active = [&at] {
    links_active told;
    for (std::uint64_t id = 1; id < 100; ++id) {
      told.links.emplace_back(link_id{id}, at.now);
    }
    at.step(told);
  };
  at.now += turn_min - 3s;
  all_active();
  CHECK_FALSE(at.greet(behind(4)));
  CHECK(at.refusal() == errc::full_house);
  CHECK(at.commands<end_link>().front().goodbye.detail.find("3 links of your address") == 0);
  for (unsigned i = 1; i <= 3; ++i) {
    at.now += 1s;
    all_active();
    CHECK(at.greet(behind(10 + i)));
    REQUIRE(at.commands<end_link>().size() == 1);
    CHECK(at.commands<end_link>().front().id == link_id{i});
  }
  CHECK_FALSE(at.greet(behind(14)));
}

TEST_CASE(
  "one who was sent away for another comes back later where he has other links, and says why") {
  for (const bool elsewhere : {false, true}) {
    bench at;
    at.config.members = {{peer(1), "10.0.1.1:1"}, {peer(2), "10.0.1.2:1"}};
    at.step(time_passed{});
    const auto dials = at.commands<dial_link>();
    REQUIRE(dials.size() == 2);
    for (unsigned i = 0; i < (elsewhere ? 2U : 1U); ++i) {
      auto what = at.heard(i + 1, *dials[i].peer, true);
      what.dial = dials[i].dial;
      REQUIRE(at.greet(what));
      at.ready(what);
    }
    at.step(link_event{link_closed{link_id{1},
                                   *dials[0].peer,
                                   dials[0].dial,
                                   errc::full_house,
                                   "idle for 25 s",
                                   true,
                                   false,
                                   {}}});
    CHECK(at.noted("refuses us: full_house: idle for 25 s"));
    at.now += 1s;
    at.step(time_passed{});
    CHECK(at.commands<dial_link>().empty() == elsewhere);
    at.now += full_house_pause;
    at.step(time_passed{});
    CHECK(at.commands<dial_link>().empty() == !elsewhere);
  }
}

} // namespace
} // namespace caucus::peer_net_testing
