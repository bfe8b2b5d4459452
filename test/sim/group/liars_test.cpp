#include "runtime/archive/signing.hpp"
#include "test/catch.hpp"
#include "test/sim/group/adversary/bad_leader.hpp"
#include "test/sim/group/adversary/false_server.hpp"
#include "test/sim/group/group_world.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

// Liars that lead or serve badly, and replies and checks that are slow: in fair weather, one thing at a time.

namespace caucus::sim {
namespace {

using namespace std::chrono_literals;

TEST_CASE(
  "no block that its leader got wrong in one thing becomes final, and it costs its views alone") {
  for (std::uint8_t kind = 0; kind < static_cast<std::uint8_t>(bad_leader::lie::count); ++kind) {
    INFO("lie " << static_cast<int>(kind));
    const auto liar = std::make_shared<bad_leader>(static_cast<bad_leader::lie>(kind));
    group_world w{{.seed = kind, .liars = {{1, liar}}}};
    for (int i = 0; i < 16; ++i) {
      w.submit(0);
      w.submit(2);
      REQUIRE(w.settle(5s));
    }
    CHECK(liar->lies().size() >= 4);
    CHECK(w.verdicts().violation().empty());
    CHECK(w.top_view().value() <= 200);
    for (const auto& one : w.ledger(0)) {
      CHECK_FALSE(liar->lies().contains(one->id));
    }
  }
}

TEST_CASE(
  "one that was down catches up beside a member that serves falsehoods, and blames him alone") {
  std::size_t blamed = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    INFO("seed " << seed);
    const auto liar = std::make_shared<false_server>();
    group_world w{{.seed = seed, .followers = 1, .liars = {{1, liar}}}};
    w.run_for(100ms);
    w.crash(3);
    w.crash(4);
    for (int i = 0; i < 60; ++i) {
      w.submit(0);
      REQUIRE(w.verdicts().ok());
      w.run_for(40ms);
    }
    const auto before = liar->lies;
    w.restart(3);
    w.restart(4);
    REQUIRE(w.settle(20s));
    CHECK(w.verdicts().violation().empty());
    CHECK(liar->lies > before);
    for (const node_index who : {0U, 2U, 3U, 4U}) {
      for (const auto& one : w.blamed_by(who)) {
        CHECK(one.peer == peer_of(1));
        ++blamed;
      }
    }
  }
  CHECK(blamed > 0);
}

TEST_CASE("with replies after the retry interval and checks that wait in turn, one catches up") {
  group_world w{{.seed = 3,
                 .followers = 1,
                 .sync_max = 50ms,
                 .check_max = 20ms,
                 .one_checker = true,
                 .reply_max = 700ms}};
  w.run_for(1s);
  w.crash(3);
  for (int i = 0; i < 40; ++i) {
    w.submit(0);
    w.run_for(300ms);
  }
  w.restart(3);
  REQUIRE(w.settle(60s));
  CHECK(w.top().value() > 20);
  CHECK(w.verdicts().violation().empty());
}

TEST_CASE("the checker of votes sees a final block that does not follow the one before") {
  const auto verdict_of = [](void (*spoil)(block_header&), bool nullified = true) {
    verdict out;
    vote_checker check{out, [](const committee&) { return std::size_t{2}; }};
    check.started(0, height{0});
    block_header first;
    first.height = height{1};
    first.view = view{1};
    first.time = wall_ms{5};
    auto second = first;
    second.height = height{2};
    second.view = view{3};
    second.parent_view = first.view;
    second.parent = digest_of(first);
    spoil(second);
    const std::uint16_t nullifiers = nullified ? 2 : 1;
    for (std::uint16_t who = 0; who < nullifiers; ++who) {
      check.said(who, vote{{vote_kind::nullify, {}, view{2}, {}}, member_index{who}, {}});
    }
    for (const auto& header : {first, second}) {
      auto made = std::make_shared<block>();
      made->header = header;
      check.finalized(0, block_finalized{digest_of(header), made, std::nullopt});
    }
    return out.ok();
  };
  CHECK(verdict_of([](block_header&) {}));
  CHECK_FALSE(verdict_of([](block_header&) {}, false));
  CHECK_FALSE(verdict_of([](block_header& of) { of.parent = {}; }));
  CHECK_FALSE(verdict_of([](block_header& of) { of.parent_view = view{2}; }));
  CHECK_FALSE(verdict_of([](block_header& of) { of.view = view{1}; }));
  CHECK_FALSE(verdict_of([](block_header& of) { of.time -= wall_ms{1}; }));
}

} // namespace
} // namespace caucus::sim
