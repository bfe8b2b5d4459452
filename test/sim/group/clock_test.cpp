#include "test/catch.hpp"
#include "test/sim/group/group_world.hpp"

#include <algorithm>

/// Clocks that are wrong, or jump. A world's own clock never does.

namespace caucus::sim {
namespace {

using namespace std::chrono_literals;

/// How long until the node's ledger has one more block, of a mutation asked for there.
duration one_more(group_world& w, node_index at) {
  const auto blocks = w.ledger(at).size();
  const auto began = w.now();
  w.submit(at);
  w.run_for(3600s, [&] { return w.ledger(at).size() > blocks; });
  return w.now() - began;
}

void jump(group_world& w, node_index first, node_index count, wall_ms ahead) {
  for (node_index i = first; i < first + count; ++i) {
    w.set_clock(i, ahead);
  }
}

TEST_CASE("a quorum's clocks an hour ahead for three seconds stop nothing once they are right") {
  for (const bool restarted : {false, true}) {
    INFO("restarted " << restarted);
    group_world w{{.seed = 1, .followers = 1}};
    w.run_for(1s);
    jump(w, 0, 3, 1h);
    CHECK(one_more(w, 0) < 1s);
    w.run_for(3s);
    const auto dated = w.ledger(0).back()->block->header.time;
    jump(w, 0, 3, 0s);
    for (node_index i = 0; restarted && i < w.size(); ++i) {
      w.crash(i);
      w.restart(i);
    }
    for (node_index i = 0; i < 4; ++i) {
      CHECK(one_more(w, i) < 3s);
    }
    CHECK(w.ledger(3).back()->block->header.time == dated); // never back
    w.run_for(1s);
    CHECK(w.settled());
    CHECK(w.verdicts().violation().empty());
  }
}

TEST_CASE("clocks that jump back with a header of the future in flight stop nothing") {
  group_world w{{.seed = 2}};
  w.run_for(1s);
  for (int i = 0; i < 8; ++i) { // each leader in turn, at another moment of its view
    jump(w, 0, 3, 1h * (i + 1));
    w.submit(0);
    w.run_for(duration{i * 700});
    jump(w, 0, 3, 0s);
    CHECK(one_more(w, 1) < 3s);
  }
  w.run_for(2s);
  CHECK(w.settled());
}

TEST_CASE(
  "a member far ahead of the others costs a proposal a round trip, not the time of a view") {
  group_world w{{.seed = 3, .delta = 500ms}};
  w.set_clock(3, 15s);
  w.run_for(1s); // until all know how far the group is
  for (int i = 0; i < 24; ++i) {
    CHECK(one_more(w, static_cast<node_index>(i % 4)) < 100ms);
    w.run_for(1s);
  }
  CHECK(w.settled());
}

TEST_CASE("a group whose members' clocks are all far apart goes on") {
  group_world w{{.seed = 4, .wall_skew_ms = 60'000}};
  w.run_for(100ms);
  for (int i = 0; i < 12; ++i) {
    CHECK(one_more(w, static_cast<node_index>(i % 4)) < 3s);
  }
}

TEST_CASE("members say whose clock is off, and by how much") {
  group_world w{{.seed = 5}};
  w.set_clock(3, 15s);
  w.run_for(60s); // each leads
  for (node_index i = 0; i < 3; ++i) {
    const auto off = w.core(i).status().clocks;
    REQUIRE(off.size() == 1);
    CHECK(off[0].member == member_index{3});
    CHECK(off[0].ahead > 14'900ms);
    CHECK(off[0].ahead <= 15s);
  }
  const auto seen = w.core(3).status().clocks;
  const auto own = voting::own_clock_ahead(seen, 4);
  REQUIRE(own);
  CHECK(*own >= 15s);
  CHECK(*own < 15'100ms);
  w.set_clock(3, 0s);
  w.run_for(100s);
  for (node_index i = 0; i < 4; ++i) {
    CHECK(w.core(i).status().clocks.empty());
  }
}

TEST_CASE("a clock far behind is seen in an idle group, by at least as much as blocks are apart") {
  group_world w{{.seed = 6}};
  w.set_clock(2, -1h);
  w.run_for(100s);
  for (const node_index i : {0U, 1U, 3U}) {
    const auto off = w.core(i).status().clocks;
    REQUIRE(off.size() == 1);
    CHECK(off[0].member == member_index{2});
    CHECK(off[0].ahead < -9s);
  }
}

TEST_CASE("too few members answer is said only where it is so") {
  group_world w{{.seed = 7, .delta = 500ms}};
  w.run_for(1s);
  w.crash(2);
  w.crash(3);
  w.submit(0);
  w.run_for(10s);
  CHECK(w.why_it_stands(0) == "too few members answer: 2 of 4, 3 are needed");
  w.restart(2);
  w.run_for(20s);
  CHECK(w.why_it_stands(0).empty());
}

TEST_CASE(
  "a clock watch counts no single late header, and tells the own clock's fault from another's") {
  using voting::clock_text;
  using voting::clock_watch;
  using voting::own_clock_ahead;
  clock_watch watch{4};
  const auto hear = [&watch](std::uint16_t who, wall_ms time, wall_ms parent) {
    block_header header;
    header.time = time;
    watch.heard(member_index{who}, header, parent, 1'000s);
  };
  const std::vector<std::string> names{"ada", "bob", "cleo", "dan"};
  hear(1, 980s, 979s);
  CHECK(watch.off().empty()); // it may have been on its way for long
  hear(1, 981s, 981s);
  CHECK(watch.off() == std::vector{clock_off{member_index{1}, -19s}});
  CHECK(clock_text(watch.off(), names) == "bob's clock is 19.0 s or more behind this one's");
  hear(1, 999s, 998s);
  hear(2, 5'000s, 5'000s); // its parent's time, nobody's clock
  CHECK(watch.off().empty());
  hear(2, 1'002s, 998s);
  CHECK(watch.off().empty());
  hear(2, 1'012s, 998s);
  CHECK(clock_text(watch.off(), names) == "cleo's clock is 12.0 s ahead of this one's");
  hear(1, 1'014s, 998s);
  CHECK(clock_text(watch.off(), names) == "this machine's clock is 14.0 s behind most members'");
  CHECK_FALSE(own_clock_ahead(std::vector{clock_off{member_index{1}, 14s}}, 2)); // whose, of two?
}

} // namespace
} // namespace caucus::sim
