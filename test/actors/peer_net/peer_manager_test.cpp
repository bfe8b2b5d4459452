#include "actors/peer_net/handshake_gate.hpp"
#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/peer_manager.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace caucus {
namespace {

using namespace std::chrono_literals;

peer_id peer(unsigned number) {
  peer_id out;
  out.raw.front() = static_cast<std::byte>(number);
  return out;
}

/// A manager under a hand-moved clock, as peer 50.
struct bench {
  manager_config config{.self = peer(50), .network = {}, .net = {}, .members = {}, .seed = 1};
  time_point now{1s};
  bool informed = false; ///< of the links there are
  std::optional<peer_manager> made;
  std::vector<manager_action> last;

  peer_manager& core() {
    if (!made) {
      made.emplace(config, peer_book{}, now);
    }
    return *made;
  }
  std::vector<manager_action>& step(const manager_event& event) {
    const moment at{now, std::chrono::duration_cast<wall_ms>(now.time_since_epoch())};
    last.clear();
    if (!std::exchange(informed, true)) {
      last = core().step(link_event{told_all{}}, at);
    }
    const auto more = core().step(event, at);
    last.insert(last.end(), more.begin(), more.end());
    return last;
  }
  template <class T>
  [[nodiscard]] std::vector<T> commands() const {
    std::vector<T> out;
    for (const auto& one : last) {
      if (const auto* const command = std::get_if<link_command>(&one)) {
        if (const auto* const it = std::get_if<T>(command)) {
          out.push_back(*it);
        }
      }
    }
    return out;
  }

  hello_heard heard(std::uint64_t id, const peer_id& who, bool dialled, std::uint16_t port = 0) {
    hello_heard out;
    out.who = {link_id{id}, who, node_mode::server, dialled,
               "10.0.0." + std::to_string(id) + ":999"};
    out.what.listen_port = port;
    out.origin = {id, false};
    return out;
  }
  /// True: let in.
  bool greet(const hello_heard& what) {
    step(link_event{what});
    const auto accepted = commands<accept_link>();
    return std::any_of(accepted.begin(), accepted.end(),
                       [&](const auto& one) { return one.id == what.who.id; });
  }
  void ready(const hello_heard& what) {
    step(link_event{link_ready{what.who, what.what, what.origin, what.dial, nullptr}});
  }
  void closed(std::uint64_t id, const peer_id& who, errc why, bool misbehaved = false) {
    step(link_event{link_closed{link_id{id}, who, 0, why, {}, false, misbehaved, {}}});
  }
  [[nodiscard]] errc refusal() const {
    const auto ended = commands<end_link>();
    return ended.empty() ? errc{} : ended.front().what.reason;
  }
};

TEST_CASE("a hello that does not fit is refused with its reason") {
  struct row {
    std::string name;
    void (*spoil)(hello_heard&);
    errc why;
  };
  const auto given = GENERATE(values<row>({
    {"another network", [](auto& h) { h.what.network.raw[3] = std::byte{1}; }, errc::wrong_network},
    {"a later version", [](auto& h) { h.what.version_min = h.what.version_max = 2; },
     errc::no_common_version},
    {"no version at all",
     [](auto& h) {
       h.what.version_min = 2;
       h.what.version_max = 1;
     },
     errc::no_common_version},
    {"ourselves", [](auto& h) { h.who.peer = peer(50); }, errc::own_id},
    {"a neighbour id nobody gave", [](auto& h) { h.what.neighbour_id = 4; },
     errc::unknown_neighbour},
  }));
  INFO(given.name);
  bench at;
  auto what = at.heard(1, peer(7), false);
  given.spoil(what);
  CHECK_FALSE(at.greet(what));
  CHECK(at.refusal() == given.why);
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
  CHECK(ended.front().what.reason == errc::duplicate_link);
  CHECK(at.core().links() == 1);
}

TEST_CASE("a full house keeps places for members and own dials, and names others to strangers") {
  bench at;
  at.config.net.max_connections = 16;
  at.config.members = {{peer(1), "10.0.1.1:1"}, {peer(2), "10.0.1.2:1"}, {peer(50), ""}};
  auto reached = at.heard(200, peer(200), true);
  reached.who.address = "10.9.9.9:7400";
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
  REQUIRE(at.commands<end_link>().front().what.hints.size() == 1);
  CHECK(at.commands<end_link>().front().what.hints.front().peer == peer(200));
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
    REQUIRE(at.core().next_due().has_value());
    pauses.push_back(*at.core().next_due() - at.now);
    at.now = *at.core().next_due();
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
  CHECK(at.core().next_due().has_value()); // and again
}

TEST_CASE("a new life dials nobody before it knows which links live already") {
  bench at;
  at.config.members = {{peer(90), "10.0.0.1:7400"}, {peer(91), "10.0.0.2:7400"}};
  at.informed = true; // not yet, in truth
  at.step(time_passed{});
  CHECK(at.commands<dial_link>().empty());
  CHECK_FALSE(at.core().next_due().has_value());
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
  CHECK_FALSE(at.core().next_due().has_value());
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
      at.now = std::max(at.now, at.core().next_due().value_or(at.now));
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
      at.now = at.core().next_due().value_or(at.now);
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

// -- an application's say --------------------------------------------------------------------------

template <class T>
std::vector<T> actions_in(const std::vector<manager_action>& all) {
  std::vector<T> out;
  for (const auto& one : all) {
    if (const auto* const it = std::get_if<T>(&one)) {
      out.push_back(*it);
    }
  }
  return out;
}

TEST_CASE("a link waits until every inspector has allowed it") {
  bench at;
  at.config.inspectors = 2;
  const auto what = at.heard(1, peer(7), false);
  CHECK_FALSE(at.greet(what));
  const auto asked = actions_in<connection_asked>(at.last);
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().who.peer == peer(7));
  at.step(connection_verdict{link_id{1}, true});
  CHECK(at.last.empty());
  at.step(connection_verdict{link_id{1}, true});
  CHECK(at.commands<accept_link>().size() == 1);
}

TEST_CASE("one inspector's refusal is enough, and later verdicts change nothing") {
  bench at;
  at.config.inspectors = 2;
  at.greet(at.heard(1, peer(7), false));
  at.step(connection_verdict{link_id{1}, false});
  CHECK(at.refusal() == errc::refused_by_application);
  CHECK(at.core().refused() == 1);
  CHECK(actions_in<connection_withdrawn>(at.last).size() == 1); // for the other
  at.step(connection_verdict{link_id{1}, true});
  CHECK(at.last.empty());
  CHECK(at.core().links() == 0);
}

TEST_CASE("an application is not asked about a hello that does not fit") {
  bench at;
  at.config.inspectors = 1;
  auto what = at.heard(1, peer(7), false);
  what.what.network.raw[3] = std::byte{1};
  at.greet(what);
  CHECK(actions_in<connection_asked>(at.last).empty());
  CHECK(at.refusal() == errc::wrong_network);
}

TEST_CASE("what an application allows too late is refused, counted and noted") {
  bench at;
  at.config.inspectors = 1;
  at.greet(at.heard(1, peer(7), false));
  at.closed(1, peer(7), errc::handshake_timeout);
  CHECK(at.core().refused() == 1);
  const auto notes = actions_in<note>(at.last);
  REQUIRE(notes.size() == 1);
  CHECK(notes.front().is_trouble);
  CHECK(notes.front().text.find("did not allow it in time") != std::string::npos);
  at.step(connection_verdict{link_id{1}, true});
  CHECK(at.last.empty());
}

TEST_CASE("a peer banned while an application thinks is refused") {
  bench at;
  at.config.inspectors = 1;
  at.greet(at.heard(1, peer(7), false));
  at.step(directive{ban{peer(7), 1h, "bad"}});
  at.step(connection_verdict{link_id{1}, true});
  CHECK(at.refusal() == errc::banned);
}

TEST_CASE("how long an application thinks does not decide which of two links is kept") {
  const bool other_dialled = GENERATE(true, false); // 50 < 60: our dial is kept, in either order
  bench at;
  at.config.inspectors = 1;
  at.greet(at.heard(1, peer(60), !other_dialled));
  at.now += 1s;
  std::vector<end_link> ended;
  const auto look = [&] {
    const auto more = at.commands<end_link>();
    ended.insert(ended.end(), more.begin(), more.end());
  };
  SECTION("about both") {
    at.greet(at.heard(2, peer(60), other_dialled));
    look();
    at.step(connection_verdict{link_id{1}, true});
    look();
  }
  SECTION("about the second, as the first is let in") {
    at.step(connection_verdict{link_id{1}, true});
    at.greet(at.heard(2, peer(60), other_dialled));
    look();
  }
  at.now += same_meeting + 1s; // by now the first was let in long ago
  at.step(connection_verdict{link_id{2}, true});
  look();
  REQUIRE(ended.size() == 1);
  CHECK(ended.front().id == link_id{other_dialled ? 1U : 2U});
  CHECK(ended.front().what.reason == errc::duplicate_link);
  CHECK(at.core().links() == 1);
}

TEST_CASE("an application is asked about one link of a peer, and not about what is gone") {
  bench at;
  at.config.inspectors = 1;
  at.greet(at.heard(1, peer(7), false));
  at.now += 10ms;
  at.greet(at.heard(2, peer(7), false));
  CHECK(at.refusal() == errc::duplicate_link);
  CHECK(at.commands<end_link>().front().id == link_id{1});
  auto withdrawn = actions_in<connection_withdrawn>(at.last);
  REQUIRE(withdrawn.size() == 1);
  CHECK(withdrawn.front().id == link_id{1});
  CHECK(actions_in<connection_asked>(at.last).size() == 1);
  at.step(connection_verdict{link_id{1}, true}); // it was being judged already
  CHECK(at.last.empty());
  at.closed(2, peer(7), errc::link_lost);
  withdrawn = actions_in<connection_withdrawn>(at.last);
  REQUIRE(withdrawn.size() == 1);
  CHECK(withdrawn.front().id == link_id{2});
  CHECK(at.core().refused() == 0);
}

TEST_CASE("an application is not asked about a link for which there is no place") {
  bench at;
  at.config.net.max_connections = 4;
  at.config.net.connections_per_address = 1;
  std::uint64_t id = 0;
  const auto open = [&](unsigned who, std::uint64_t address) {
    auto what = at.heard(++id, peer(who), false);
    what.origin.prefix = address;
    at.greet(what);
    const bool asked = !actions_in<connection_asked>(at.last).empty();
    CHECK(at.refusal() == (asked ? errc{} : errc::full_house));
    at.step(connection_verdict{link_id{id}, true});
    return asked;
  };
  at.config.inspectors = 1;
  CHECK(open(1, 1));
  CHECK_FALSE(open(2, 1)); // its address has its share
  CHECK(open(3, 3));
  CHECK(open(4, 4));
  CHECK_FALSE(open(5, 5)); // the last place is for our own dials
  CHECK(at.core().links() == 3);
}

TEST_CASE("strangers at one address do not hold up the application for others, nor for members") {
  bench at;
  at.config.inspectors = 1;
  at.config.net.handshakes = 4;
  at.config.net.handshakes_per_address = 2;
  at.config.members = {{peer(1), ""}, {peer(2), ""}};
  std::uint64_t id = 0;
  const auto asked = [&](unsigned who, std::uint64_t address) {
    auto what = at.heard(++id, peer(who), false);
    what.origin.prefix = address;
    at.greet(what);
    const auto all = actions_in<connection_asked>(at.last);
    CHECK(at.refusal() == (all.empty() ? errc::full_house : errc{}));
    CHECK((all.empty() || all.front().member == (who <= 2)));
    return !all.empty();
  };
  CHECK(asked(10, 1));
  CHECK(asked(11, 1));
  CHECK_FALSE(asked(12, 1));
  CHECK(asked(13, 2));
  CHECK(asked(1, 1));
  CHECK(asked(14, 3));
  CHECK_FALSE(asked(15, 4)); // all that may wait do
  CHECK(asked(2, 4));
  at.closed(1, peer(10), errc::link_lost);
  CHECK(asked(15, 4));
}

} // namespace
} // namespace caucus
