#include "actors/peer_net/handshake_gate.hpp"
#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/peer_manager.hpp"
#include "runtime/base/text.hpp"
#include "test/actors/peer_net/manager_bench.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace caucus {
namespace {

using namespace peer_net_testing;

TEST_CASE("a hello that does not fit is refused with its reason") {
  struct row {
    std::string name;
    void (*spoil)(hello_heard&);
    errc why;
  };
  const auto given = GENERATE(values<row>({
    {"another network", [](auto& h) { h.hello.network.raw[3] = std::byte{1}; },
     errc::wrong_network},
    {"a later version",
     [](auto& h) { h.hello.version_min = h.hello.version_max = protocol_version_max + 1; },
     errc::no_common_version},
    {"no version at all",
     [](auto& h) {
       h.hello.version_min = 2;
       h.hello.version_max = 1;
     },
     errc::no_common_version},
    {"ourselves", [](auto& h) { h.info.peer = peer(50); }, errc::own_id},
    {"a neighbour id nobody gave", [](auto& h) { h.hello.neighbour_id = 4; },
     errc::unknown_neighbour},
  }));
  INFO(given.name);
  bench at;
  auto what = at.heard(1, peer(7), false);
  given.spoil(what);
  CHECK_FALSE(at.greet(what));
  CHECK(at.refusal() == given.why);
  CHECK(at.noted("other rules") == (given.why == errc::wrong_network));
  CHECK(at.core().links() == 0);
}

TEST_CASE("of two links to one peer both sides keep the same one") {
  struct row {
    std::string name;
    unsigned other;
    bool first_dialled;
    bool second_dialled;
    duration between;
    bool second_wins;
  };
  const auto given = GENERATE(values<row>({
    {"it dialled twice", 7, false, false, 1s, true},
    {"we dialled twice", 7, true, true, 1s, true},
    {"both at once, it is lower: its dial came second", 7, true, false, 1s, true},
    {"both at once, it is lower: its dial came first", 7, false, true, 1s, false},
    {"both at once, we are lower: its dial came second", 90, true, false, 1s, false},
    {"both at once, we are lower: its dial came first", 90, false, true, 1s, true},
    {"its dial, when it has lost our old one", 90, true, false, 6s, true},
    {"our dial, when we have lost its old one", 7, false, true, 6s, true},
  }));
  INFO(given.name);
  bench at;
  const auto first = at.heard(1, peer(given.other), given.first_dialled);
  REQUIRE(at.greet(first));
  at.ready(first);
  at.now += given.between;
  CHECK(at.greet(at.heard(2, peer(given.other), given.second_dialled)) == given.second_wins);
  const auto ended = at.commands<end_link>();
  REQUIRE(ended.size() == 1);
  CHECK(ended.front().id == link_id{given.second_wins ? 1U : 2U});
  CHECK(ended.front().goodbye.reason == errc::duplicate_link);
  CHECK(at.core().links() == 1);
}

TEST_CASE("a full house keeps places for members and own dials, and names others to strangers") {
  bench at;
  at.config.net.max_connections = 16;
  at.config.members = {{peer(1), "10.0.1.1:1"}, {peer(2), "10.0.1.2:1"}, {peer(50), ""}};
  auto reached = at.heard(200, peer(200), true);
  reached.info.address = "10.9.9.9:7400";
  REQUIRE(at.greet(reached));
  at.ready(reached);
  unsigned let_in = 0;
  for (unsigned i = 100; i < 120; ++i) {
    const auto what = at.heard(i, peer(i), false);
    if (at.greet(what)) {
      at.ready(what);
      ++let_in;
    }
  }
  CHECK(at.refusal() == errc::full_house);
  REQUIRE(at.commands<end_link>().front().goodbye.hints.size() == 1);
  CHECK(at.commands<end_link>().front().goodbye.hints.front().peer == peer(200));
  CHECK(let_in == 16 - 2 - 1 - 1); // two members, one own dial to come, one that is there
  CHECK(at.greet(at.heard(1, peer(1), false)));
  CHECK(at.greet(at.heard(2, peer(2), false)));
  CHECK(at.greet(at.heard(130, peer(130), true)));
  CHECK(at.core().links() <= 16);
}

TEST_CASE("one address gets so many links and no more") {
  bench at;
  at.config.net.connections_per_address = 3;
  for (unsigned i = 1; i <= 5; ++i) {
    auto what = at.heard(i, peer(i), false);
    what.origin = {77, false};
    CHECK(at.greet(what) == (i <= 3));
  }
  CHECK(at.greet(at.heard(9, peer(9), false)));
}

TEST_CASE("members are dialled until they are linked, with pauses that double up to their limit") {
  bench at;
  at.config.members = {{peer(90), "10.0.0.1:7400"}};
  at.config.net.redial_min = 100ms;
  at.config.net.redial_max = 1'600ms;
  at.step(time_passed{});
  std::vector<duration> pauses;
  for (int i = 0; i < 8; ++i) {
    const auto dials = at.commands<dial_link>();
    REQUIRE(dials.size() == 1);
    CHECK(dials.front().peer == peer(90));
    at.step(link_event{dial_failed{dials.front().dial, errc::connect_failed, {}}});
    CHECK(at.commands<dial_link>().empty());
    REQUIRE(at.core().next_wake().has_value());
    pauses.push_back(*at.core().next_wake() - at.now);
    at.now = *at.core().next_wake();
    at.step(time_passed{});
  }
  for (std::size_t i = 0; i < pauses.size(); ++i) {
    const auto most = std::min<duration>(100ms * (1 << i), 1'600ms);
    CHECK(pauses[i] >= most / 2);
    CHECK(pauses[i] <= most);
  }
  auto linked = at.heard(1, peer(90), true);
  linked.dial = at.commands<dial_link>().front().dial;
  REQUIRE(at.greet(linked));
  at.ready(linked);
  at.closed(1, peer(90), errc::link_lost);
  CHECK(at.core().next_wake().has_value()); // and again
}

TEST_CASE("who does not answer is told of once, and again only after a link") {
  bench at;
  at.config.members = {{peer(90), "10.0.0.1:7400"}};
  at.step(time_passed{});
  const auto fail_dials = [&at](std::uint32_t times) {
    std::vector<std::string> told;
    for (std::uint32_t i = 0; i < times; ++i) {
      const auto dials = at.commands<dial_link>();
      REQUIRE(dials.size() == 1);
      at.step(link_event{dial_failed{dials.front().dial, errc::connect_failed, "nobody there"}});
      for (const auto& one : actions_in<note>(at.last)) {
        CHECK(one.is_trouble);
        told.push_back(one.text);
      }
      at.now = *at.core().next_wake();
      at.step(time_passed{});
    }
    return told;
  };
  CHECK(fail_dials(unanswered_told - 1).empty());
  CHECK(fail_dials(50)
        == std::vector{short_name(peer(90)) + " at 10.0.0.1:7400 does not answer: connect_failed: "
                       + "nobody there; it is dialled again, after 5 s at most"});
  auto linked = at.heard(1, peer(90), true);
  linked.dial = at.commands<dial_link>().front().dial;
  REQUIRE(at.greet(linked));
  at.ready(linked);
  at.closed(1, peer(90), errc::link_lost);
  at.now = *at.core().next_wake();
  at.step(time_passed{});
  CHECK(fail_dials(unanswered_told).size() == 1);
}

TEST_CASE("a new life dials nobody before it knows which links live already") {
  bench at;
  at.config.members = {{peer(90), "10.0.0.1:7400"}, {peer(91), "10.0.0.2:7400"}};
  at.informed = true; // not yet, in truth
  at.step(time_passed{});
  CHECK(at.commands<dial_link>().empty());
  CHECK_FALSE(at.core().next_wake().has_value());
  at.ready(at.heard(1, peer(90), true));
  CHECK(at.commands<dial_link>().empty());
  at.step(link_event{told_all{}});
  const auto dials = at.commands<dial_link>();
  REQUIRE(dials.size() == 1);
  CHECK(dials.front().peer == peer(91));
}

TEST_CASE("a peer of which a link is there is not dialled, and one that is ourselves no more") {
  bench at;
  at.config.net.join = {"10.0.0.9:7400"};
  at.step(time_passed{});
  const auto dials = at.commands<dial_link>();
  REQUIRE(dials.size() == 1);
  auto ourselves = at.heard(1, peer(50), true);
  ourselves.dial = dials.front().dial;
  CHECK_FALSE(at.greet(ourselves));
  at.step(link_event{
    link_closed{link_id{1}, peer(50), dials.front().dial, errc::own_id, {}, false, false, {}}});
  CHECK_FALSE(at.core().next_wake().has_value());
}

TEST_CASE("three misbehaviours within ten minutes ban a stranger, never a member") {
  bench at;
  at.config.members = {{peer(1), ""}};
  for (const unsigned who : {1U, 7U}) {
    for (unsigned i = 0; i < 3; ++i) {
      const auto id = who * 10 + i;
      REQUIRE(at.greet(at.heard(id, peer(who), false)));
      at.closed(id, peer(who), errc::nonce_gap, true);
    }
  }
  CHECK(at.greet(at.heard(100, peer(1), false)));
  CHECK_FALSE(at.greet(at.heard(101, peer(7), false)));
  CHECK(at.refusal() == errc::banned);
  at.now += 11min;
  CHECK(at.greet(at.heard(102, peer(7), false)));
}

TEST_CASE("whoever is blamed loses its link, and whoever is to be hung up on too") {
  bench at;
  REQUIRE(at.greet(at.heard(1, peer(7), false)));
  at.step(directive{blame{link_id{1}, peer(7), errc::bad_signature, "a vote"}});
  CHECK(at.refusal() == errc::bad_signature);
  REQUIRE(at.greet(at.heard(2, peer(8), false)));
  at.step(directive{hang_up{peer(8), errc::shutting_down}});
  CHECK(at.refusal() == errc::shutting_down);
  CHECK(at.core().links() == 0);
}

TEST_CASE("a siphoner is the first to go when the house is full") {
  bench at;
  at.config.net.max_connections = 8;
  // Peer 7 takes link after link, and never answers on the port that it names.
  for (unsigned i = 1; i <= 3; ++i) {
    const auto what = at.heard(i, peer(7), false, 7400);
    REQUIRE(at.greet(what));
    at.ready(what);
    for (int probes = 0; probes < 2; ++probes) {
      at.now = std::max(at.now, at.core().next_wake().value_or(at.now));
      at.step(time_passed{});
      for (const auto& one : at.commands<dial_link>()) {
        CHECK(one.probe);
        at.step(link_event{dial_failed{one.dial, errc::connect_failed, {}}});
      }
    }
    if (i < 3) {
      at.closed(i, peer(7), errc::link_lost);
    }
  }
  unsigned id = 20;
  while (at.core().links() < 7) { // one place is for own dials
    REQUIRE(at.greet(at.heard(id, peer(id), false)));
    ++id;
  }
  CHECK(at.greet(at.heard(60, peer(60), false)));
  REQUIRE(at.commands<end_link>().size() == 1);
  CHECK(at.commands<end_link>().front().id == link_id{3});
  CHECK_FALSE(at.greet(at.heard(61, peer(61), false)));
}

TEST_CASE("equal events give equal actions") {
  const auto run = [] {
    bench at;
    at.config.members = {{peer(90), "a:1"}, {peer(91), "b:1"}};
    std::vector<time_point> due;
    for (int i = 0; i < 20; ++i) {
      at.step(time_passed{});
      for (const auto& one : at.commands<dial_link>()) {
        at.step(link_event{dial_failed{one.dial, errc::connect_failed, {}}});
      }
      at.now = at.core().next_wake().value_or(at.now);
      due.push_back(at.now);
    }
    return due;
  };
  CHECK(run() == run());
}

TEST_CASE("the gate lets the quick in where the slow have had their second") {
  handshake_gate gate{{.in_all = 4, .per_address = 3}};
  time_point now{};
  std::uint64_t next = 0;
  const auto enter = [&](std::uint64_t from) {
    return gate.enter(link_id{++next}, {from, false}, now);
  };
  for (int i = 0; i < 3; ++i) {
    CHECK(enter(1).admitted);
  }
  CHECK_FALSE(enter(1).admitted); // all are young
  CHECK(enter(2).admitted);
  CHECK_FALSE(enter(3).admitted);
  now += 1s;
  const auto third = enter(3);
  CHECK(third.admitted);
  CHECK(third.displaced == link_id{1});
  const auto fourth = enter(2); // the whole gate is full: the oldest goes
  CHECK(fourth.displaced == link_id{2});
  CHECK(gate.size() == 4);
}

TEST_CASE("an address that others tell of a member is tried after the configured one") {
  bench at;
  at.config.members = {{peer(1), "10.0.1.1:1"}, {peer(50), ""}};
  const auto dialled = [&at] {
    at.now += 1min;
    at.step(time_passed{});
    const auto made = at.commands<dial_link>();
    REQUIRE(made.size() == 1);
    at.step(link_event{dial_failed{made[0].dial, errc::connect_failed, "refused"}});
    return made[0].address;
  };
  at.core();
  at.now += 1s;                                     // of two members the lower dials first
  at.step(directive{address_learned{peer(1), ""}}); // told of all links there are, it dials
  const auto first = at.commands<dial_link>();
  REQUIRE(first.size() == 1);
  CHECK(first[0].address == "10.0.1.1:1");
  at.step(link_event{dial_failed{first[0].dial, errc::connect_failed, "refused"}});
  at.step(directive{address_learned{peer(1), "10.0.2.2:2"}});
  at.step(directive{address_learned{peer(1), "10.0.3.3:3"}}); // newer
  at.step(directive{address_learned{peer(7), "10.0.7.7:7"}}); // no member
  CHECK(dialled() == "10.0.3.3:3");
  CHECK(dialled() == "10.0.2.2:2");
  CHECK(dialled() == "10.0.1.1:1");
  SECTION("of many the newest few are kept") {
    for (int i = 0; i < 100; ++i) {
      at.step(directive{address_learned{peer(1), "10.1.1." + std::to_string(i) + ":1"}});
    }
    std::set<std::string> tried;
    for (std::size_t i = 0; i <= addresses_per_peer_max; ++i) {
      tried.insert(dialled());
    }
    std::set<std::string> kept{"10.0.1.1:1"};
    for (std::size_t i = 0; i < addresses_per_peer_max; ++i) {
      kept.insert("10.1.1." + std::to_string(99 - i) + ":1");
    }
    CHECK(tried == kept);
  }
}

TEST_CASE("members who come are dialled, those who go are not any more and keep their links") {
  bench at;
  at.config.members = {{peer(1), "10.0.1.1:1"}, {peer(2), "10.0.1.2:1"}, {peer(50), ""}};
  at.core();
  at.now += 1s;
  const auto second = at.heard(2, peer(2), false, 7);
  REQUIRE(at.greet(second));
  at.ready(second);
  at.step(time_passed{});
  const auto missing = [&] {
    std::vector<peer_id> out;
    for (const auto& one : at.core().missing()) {
      out.push_back(one.peer);
    }
    return out;
  };
  CHECK(missing() == std::vector{peer(1)});
  at.step(directive{group_links{{{peer(3), "c", "10.0.1.3:1"}, {peer(50), "d", ""}}, {}}});
  CHECK(missing() == std::vector{peer(3)});
  CHECK(at.commands<end_link>().empty()); // the second's link
  at.now += 1s;                           // of two members the lower dials first
  at.step(time_passed{});
  const auto dialled = at.commands<dial_link>();
  REQUIRE(dialled.size() == 1);
  CHECK(dialled.front().address == "10.0.1.3:1");
  SECTION("a member of before is a stranger, who can be banned") {
    for (int i = 0; i < 3; ++i) {
      at.step(directive{blame{link_id{9}, peer(1), errc::bad_batch, "x"}});
    }
    CHECK_FALSE(at.greet(at.heard(4, peer(1), false)));
    CHECK(at.refusal() == errc::banned);
  }
  SECTION("a newer address takes the old one's place") {
    at.step(link_event{dial_failed{dialled.front().dial, errc::connect_failed, "refused"}});
    at.step(directive{group_links{{{peer(3), "c", "10.0.9.9:9"}, {peer(50), "d", ""}}, {}}});
    at.now += 20s;
    at.step(time_passed{});
    REQUIRE(at.commands<dial_link>().size() == 1);
    CHECK(at.commands<dial_link>().front().address == "10.0.9.9:9");
  }
}

TEST_CASE("whom the group bars loses its link and gets none until it is barred no more") {
  bench at;
  const auto one = at.heard(1, peer(7), false);
  REQUIRE(at.greet(one));
  at.ready(one);
  at.step(directive{group_links{{{peer(50), "d", ""}}, {peer(7)}}});
  CHECK(at.refusal() == errc::banned);
  at.closed(1, peer(7), errc::banned);
  CHECK_FALSE(at.greet(at.heard(2, peer(7), false)));
  CHECK(at.refusal() == errc::banned);
  CHECK(at.greet(at.heard(3, peer(8), false)));
  at.step(directive{group_links{{{peer(50), "d", ""}}, {}}});
  CHECK(at.greet(at.heard(4, peer(7), false)));
}

TEST_CASE("a link tells the newest protocol that both ends speak") {
  hello said;
  said.version_max = 1;
  CHECK(as_it_says({link_id{1}, peer(1), node_mode::server, false, {}}, said).protocol == 1);
  said.version_max = 77;
  CHECK(as_it_says({link_id{1}, peer(1), node_mode::server, false, {}}, said).protocol
        == protocol_version_max);
  CHECK(as_it_says({link_id{1}, peer(1), node_mode::server, false, {}}, std::nullopt).protocol
        == protocol_version_min);
}

TEST_CASE("who is missing is told with the address that was dialled and what came of it") {
  bench at;
  at.config.members = {{peer(1), "10.0.1.1:1"}, {peer(2), "10.0.1.2:1"}, {peer(50), ""}};
  at.config.net.join = {"10.9.9.9:9"};
  at.core();
  at.now += 1s; // of two members the lower dials first
  at.step(time_passed{});
  const auto first = at.core().missing();
  REQUIRE(first.size() == 3);
  CHECK(first[0].reason.empty());
  for (const auto& one : at.commands<dial_link>()) {
    at.step(link_event{dial_failed{one.dial, errc::connect_failed, "nobody there"}});
  }
  const auto linked = at.heard(2, peer(2), false);
  REQUIRE(at.greet(linked));
  at.ready(linked);
  const auto missing = at.core().missing();
  REQUIRE(missing.size() == 2);
  CHECK(missing[0].peer == peer(1));
  CHECK(missing[0].address == "10.0.1.1:1");
  CHECK(missing[0].reason.find("nobody there") != std::string::npos);
  CHECK(missing[0].dials == 1);
  CHECK(missing[1].peer.is_zero());
  CHECK(missing[1].address == "10.9.9.9:9");
}

} // namespace
} // namespace caucus
