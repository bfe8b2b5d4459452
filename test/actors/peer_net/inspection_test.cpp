#include "actors/peer_net/limits.hpp"
#include "test/actors/peer_net/manager_bench.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

// What an application says of links, and what it is asked.

namespace caucus {
namespace {

using namespace peer_net_testing;

TEST_CASE("a link waits until every inspector has allowed it") {
  bench at;
  at.config.inspectors = 2;
  const auto what = at.heard(1, peer(7), false);
  CHECK_FALSE(at.greet(what));
  const auto asked = actions_in<connection_asked>(at.last);
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().info.peer == peer(7));
  at.says(0, 1, true);
  CHECK(at.last.empty());
  at.says(1, 1, true);
  CHECK(at.commands<accept_link>().size() == 1);
}

TEST_CASE("a hundred inspectors are each waited for") {
  bench at;
  at.config.inspectors = 100;
  CHECK_FALSE(at.greet(at.heard(1, peer(7), false)));
  for (std::size_t i = 0; i + 1 < at.config.inspectors; ++i) {
    at.says(i, 1, true);
    at.says(i, 1, true); // twice is once
    CHECK(at.last.empty());
  }
  at.says(99, 1, true);
  CHECK(at.commands<accept_link>().size() == 1);
}

TEST_CASE("one inspector's refusal is enough, and later verdicts change nothing") {
  bench at;
  at.config.inspectors = 2;
  at.greet(at.heard(1, peer(7), false));
  at.says(0, 1, false);
  CHECK(at.refusal() == errc::refused_by_application);
  CHECK(at.core().refused() == 1);
  CHECK(actions_in<connection_withdrawn>(at.last).size() == 1); // for the other
  at.says(0, 1, true);
  CHECK(at.last.empty());
  CHECK(at.core().links() == 0);
}

TEST_CASE("an application is not asked about a hello that does not fit") {
  bench at;
  at.config.inspectors = 1;
  auto what = at.heard(1, peer(7), false);
  what.hello.network.raw[3] = std::byte{1};
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
  at.says(0, 1, true);
  CHECK(at.last.empty());
}

TEST_CASE("a peer banned while an application thinks is refused") {
  bench at;
  at.config.inspectors = 1;
  at.greet(at.heard(1, peer(7), false));
  at.step(directive{ban{peer(7), 1h, "bad"}});
  at.says(0, 1, true);
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
    at.says(0, 1, true);
    look();
  }
  SECTION("about the second, as the first is let in") {
    at.says(0, 1, true);
    at.greet(at.heard(2, peer(60), other_dialled));
    look();
  }
  at.now += same_meeting + 1s; // by now the first was let in long ago
  at.says(0, 2, true);
  look();
  REQUIRE(ended.size() == 1);
  CHECK(ended.front().id == link_id{other_dialled ? 1U : 2U});
  CHECK(ended.front().goodbye.reason == errc::duplicate_link);
  CHECK(at.core().links() == 1);
}

TEST_CASE("an application is asked about one link of a peer, and not about what is gone") {
  bench at;
  at.config.inspectors = 1;
  at.greet(at.heard(1, peer(7), false));
  CHECK(actions_in<connection_asked>(at.last).size() == 1);
  for (std::uint64_t id = 2; id <= 4; ++id) { // whoever dials on must not outrun a slow verdict
    at.now += 100ms;
    at.greet(at.heard(id, peer(7), false));
    CHECK(at.refusal() == errc::duplicate_link);
    CHECK(at.commands<end_link>().front().id == link_id{id});
    CHECK(actions_in<connection_asked>(at.last).empty());
    CHECK(actions_in<connection_withdrawn>(at.last).empty());
  }
  at.closed(1, peer(7), errc::link_lost);
  const auto withdrawn = actions_in<connection_withdrawn>(at.last);
  REQUIRE(withdrawn.size() == 1);
  CHECK(withdrawn.front().id == link_id{1});
  at.greet(at.heard(5, peer(7), false));
  CHECK(actions_in<connection_asked>(at.last).size() == 1);
  at.says(0, 1, true); // it was being judged already
  CHECK(at.last.empty());
  at.says(0, 5, true);
  CHECK(at.commands<accept_link>().size() == 1);
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
    at.says(0, id, true);
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
