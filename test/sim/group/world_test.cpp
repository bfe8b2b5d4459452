#include "test/sim/group/group_world.hpp"

#include "test/catch.hpp"
#include "test/sim/group/adversary/batch_withholder.hpp"
#include "test/sim/group/adversary/equivocator.hpp"
#include "test/sim/group/adversary/silent_leader.hpp"
#include "test/sim/group/adversary/two_faced_leader.hpp"
#include "test/sim/group/scenario.hpp"

#include <algorithm>
#include <cstdint>

namespace caucus::sim {
namespace {

using namespace std::chrono_literals;

TEST_CASE("four replicas and a follower execute what users of any of them ask for") {
  group_world w{{.seed = 1, .followers = 1}};
  for (node_index i = 0; i < w.size(); ++i) {
    w.submit(i);
  }
  REQUIRE(w.settle(2s));
  CHECK(w.ledger(4).size() == w.ledger(0).size());
  CHECK(w.verdicts().violation().empty());
}

TEST_CASE("a group of any size decides, also of one") {
  for (const std::size_t members : {1U, 2U, 3U, 5U, 7U, 16U, 64U}) {
    INFO("members " << members);
    group_world w{{.seed = 1, .members = members}};
    w.submit(0);
    CHECK(w.settle(5s));
  }
}

TEST_CASE("twenty mutations one by one cost about two views each, then none pass but heartbeats") {
  group_world w{{.seed = 3, .heartbeat = 10s}};
  for (node_index i = 0; i < 20; ++i) {
    w.submit(i % 4);
    REQUIRE(w.settle(1s));
  }
  w.run_for(500ms);
  const auto busy = w.top_view().value();
  CHECK(busy <= 2 * 20 + 3);
  w.run_for(9s);
  CHECK(w.top_view().value() == busy);
  w.run_for(51s);
  const auto idle = w.top_view().value() - busy;
  CHECK(idle >= 5);
  CHECK(idle <= 7);
}

TEST_CASE("the last mutation before the group goes idle has its root certified") {
  group_world w{{.seed = 4}};
  w.submit(2);
  REQUIRE(w.settle(1s));
  w.run_for(1s);
  for (node_index i = 0; i < w.size(); ++i) {
    const auto& ledger = w.ledger(i);
    REQUIRE(ledger.size() >= 2);
    const auto& last = ledger.back();
    const auto& before = ledger[ledger.size() - 2];
    CHECK(last->block->batches.empty());
    CHECK(last->block->header.state_root == before->state_root);
    CHECK(last->finalization.has_value());
  }
}

TEST_CASE("a voter that equivocates in every view holds nothing back, and is found out") {
  group_world w{{.seed = 5, .liars = {{3, std::make_shared<equivocator>()}}}};
  for (int i = 0; i < 20; ++i) {
    w.submit(0);
    REQUIRE(w.settle(1s));
  }
  CHECK(w.top_view().value() <= 2 * 20 + 5);
  for (node_index i = 0; i < 3; ++i) {
    REQUIRE(!w.evidence_of(i).empty());
    for (const auto& one : w.evidence_of(i)) {
      CHECK(std::get<conflicting_votes>(one).first.signer == member_index{3});
    }
  }
}

TEST_CASE("a leader that proposes two headers is found out and costs its views alone") {
  group_world w{{.seed = 6, .liars = {{1, std::make_shared<two_faced_leader>()}}}};
  for (int i = 0; i < 8; ++i) {
    w.submit(0);
    REQUIRE(w.settle(3s));
  }
  bool found = false;
  for (const node_index i : {0U, 2U, 3U}) {
    for (const auto& one : w.evidence_of(i)) {
      if (const auto* const both = std::get_if<conflicting_proposals>(&one)) {
        found = true;
        CHECK(both->leader == member_index{1});
      } else {
        CHECK(std::get<conflicting_votes>(one).first.signer == member_index{1});
      }
    }
  }
  CHECK(found);
}

TEST_CASE("a leader that never proposes is skipped once it has been waited for long enough") {
  group_world w{{.seed = 7, .liars = {{1, std::make_shared<silent_leader>()}}}};
  w.crash(1); // votes neither
  for (int i = 0; i < 30; ++i) {
    w.submit(0);
    REQUIRE(w.settle(3s));
  }
  const auto start = w.now();
  for (int i = 0; i < 10; ++i) {
    w.submit(0);
    REQUIRE(w.settle(3s));
  }
  CHECK(w.now() - start < 10 * 100ms); // 2 deltas of 200 ms are never waited for
}

TEST_CASE(
  "with two of four stopped nothing is final, which is said, and with one back all goes on") {
  group_world w{{.seed = 8}};
  w.submit(0);
  REQUIRE(w.settle(1s));
  w.crash(2);
  w.crash(3);
  w.run_for(100ms);
  const auto before = w.top();
  w.submit(0);
  w.run_for(10s);
  CHECK(w.top() == before);
  CHECK(w.stands_still(0));
  CHECK(w.core(0).status().standstill);
  w.restart(3);
  REQUIRE(w.settle(10s));
  w.run_for(100ms);
  CHECK_FALSE(w.stands_still(0));
}

TEST_CASE("batches that a liar shows to one member alone are ordered, and hold nobody back") {
  group_world w{{.seed = 17, .liars = {{3, std::make_shared<batch_withholder>()}}}};
  for (int i = 0; i < 10; ++i) {
    w.submit(3);
    w.submit(1);
    REQUIRE(w.settle(3s));
  }
  w.run_for(3s);
  CHECK(w.ledger(1).back()->mutations_so_far == 20);
  CHECK(w.verdicts().violation().empty());
}

TEST_CASE("a notarized tip that honest replicas have nullified halts nobody") {
  std::uint64_t later_views = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    group_world w{{.seed = seed}};
    w.run_for(100ms);
    const auto from = w.top_view();
    w.submit(0);
    // Stop the network when the first replica has left the view: some have its notarization, and
    // those who do not nullify it.
    w.run_for(1s, [&] { return w.top_view() > from; });
    for (node_index i = 0; i < 4; ++i) {
      for (node_index j = 0; j < 4; ++j) {
        w.cut(i, j);
      }
    }
    w.run_for(2s);
    w.heal();
    CHECK(w.settle(5s));
    later_views += w.top_view().value() - from.value();
  }
  CHECK(later_views < 60 * 8);
}

TEST_CASE("a vote in another's name does not displace the real one") {
  group_world w{{.seed = 9, .liars = {{3, std::make_shared<silent_leader>()}}}};
  for (int round = 0; round < 10; ++round) {
    w.submit(0);
    for (node_index to = 0; to < 3; ++to) {
      for (std::uint64_t ahead = 0; ahead < 2; ++ahead) {
        for (std::uint16_t name = 0; name < 3; ++name) {
          const view in{w.core(to).current().value() + ahead};
          w.inject(
            3, to,
            vote{{vote_kind::notarize, {}, in, spread<digest>(static_cast<std::uint64_t>(round))},
                 member_index{name},
                 spread<signature>(9)});
        }
      }
    }
    REQUIRE(w.settle(3s));
  }
  for (node_index i = 0; i < 3; ++i) {
    CHECK(w.evidence_of(i).empty());
    REQUIRE(!w.blamed_by(i).empty());
    for (const auto& one : w.blamed_by(i)) {
      CHECK(one.peer == peer_of(3));
    }
  }
}

TEST_CASE("votes of far views take no memory, nor do false certificates") {
  group_world w{{.seed = 10, .liars = {{3, std::make_shared<silent_leader>()}}}};
  const auto& liar = w.key(3);
  w.run_for(100ms); // links are up
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const subject on{vote_kind::nullify, {}, view{1'000 + i}, {}};
    w.inject(3, 0, vote{on, member_index{3}, liar.sign(on)});
    w.inject(3, 0, certificate{on, 7, {3, spread<signature>(i)}});
  }
  w.run_for(1s);
  CHECK(w.core(0).held_view_count() <= 2);
  CHECK(!w.blamed_by(0).empty());
  w.submit(0);
  CHECK(w.settle(3s));
}

TEST_CASE("the power fails at any event: nobody contradicts itself, and all come to one end") {
  for (std::uint64_t cut = 1; cut < 400; cut += 3) {
    INFO("after " << cut << " events");
    group_world w{{.seed = cut}};
    w.submit(1);
    w.submit(2);
    std::uint64_t left = cut;
    w.run_for(10s, [&] { return --left == 0; });
    for (node_index i = 0; i < 4; ++i) {
      w.crash(i);
    }
    for (node_index i = 0; i < 4; ++i) {
      w.restart(i);
    }
    CHECK(w.settle(20s));
    CHECK(w.verdicts().violation().empty());
  }
}

TEST_CASE("a replica whose journal cannot be written says nothing, and votes again when it can") {
  group_world w{{.seed = 11}};
  w.submit(0);
  REQUIRE(w.settle(1s));
  w.set_disk(3, false);
  w.crash(0); // the rest are no quorum without 3
  const auto before = w.top();
  w.submit(1);
  w.run_for(5s);
  CHECK(w.top() == before);
  CHECK_FALSE(w.core(3).status().votes);
  CHECK_FALSE(w.core(3).status().problem.empty());
  w.set_disk(3, true);
  CHECK(w.settle(10s));
  CHECK(w.core(3).status().problem.empty());
}

TEST_CASE("in memory mode a restarted replica is silent until the group has passed its ceiling") {
  group_world w{{.seed = 12, .keeps = durability::memory}};
  w.submit(0);
  REQUIRE(w.settle(1s));
  w.crash(3);
  w.restart(3);
  w.run_for(1s);
  CHECK_FALSE(w.core(3).status().votes);
  CHECK_FALSE(w.core(3).status().problem.empty());
  w.submit(0);
  REQUIRE(w.settle(3s)); // by the others
  for (int i = 0; i < 600; ++i) {
    w.submit(0);
    REQUIRE(w.settle(3s));
  }
  REQUIRE(w.top_view().value() > 1'024);
  CHECK(w.core(3).status().votes);
}

TEST_CASE("in memory mode more than f restarted together halt the group, which says so") {
  group_world w{{.seed = 13, .keeps = durability::memory}};
  for (node_index i = 0; i < 4; ++i) { // so that each has voted
    w.submit(i);
    REQUIRE(w.settle(1s));
  }
  w.crash(2);
  w.crash(3);
  w.restart(2);
  w.restart(3);
  w.run_for(1s);
  const auto before = w.top();
  w.submit(0);
  w.run_for(10s);
  CHECK(w.top() == before);
  CHECK_FALSE(w.core(2).status().problem.empty());
  CHECK(w.verdicts().violation().empty());
}

TEST_CASE("one that was down for a thousand blocks catches up and votes again") {
  group_world w{{.seed = 14}};
  w.crash(3);
  for (int i = 0; i < 500; ++i) {
    w.submit(0);
    REQUIRE(w.settle(3s));
  }
  REQUIRE(w.top().value() > 900);
  w.restart(3);
  const bool caught_up = w.settle(10s);
  INFO(w.verdicts().violation() << " height " << w.ledger(3).size() << " of " << w.top().value()
                                << ", told " << w.core(3).status().final_height.value());
  REQUIRE(caught_up);
  w.crash(2); // now it is needed
  w.submit(0);
  CHECK(w.settle(5s));
}

TEST_CASE("the same seed gives the same trace and another seed another") {
  const auto once = run_consensus(7, 4);
  CHECK(once.passed);
  CHECK(once.trace == run_consensus(7, 4).trace);
  CHECK(once.trace != run_consensus(8, 4).trace);
}

TEST_CASE("the checker of votes sees what must never happen") {
  const auto block_at = [](std::uint64_t at, std::uint64_t salt) {
    auto made = std::make_shared<block>();
    made->header.height = height{at};
    return block_finalized{spread<digest>(salt), made, std::nullopt};
  };
  verdict fork;
  vote_checker both{fork};
  both.started(0, height{0});
  both.started(1, height{0});
  both.finalized(0, block_at(1, 1));
  CHECK(fork.ok());
  both.finalized(1, block_at(1, 2));
  CHECK_FALSE(fork.ok());
  verdict contradiction;
  vote_checker one{contradiction};
  one.said(0, vote{{vote_kind::nullify, {}, view{3}, {}}, member_index{0}, {}});
  CHECK(contradiction.ok());
  one.said(0, vote{{vote_kind::finalize, {}, view{3}, spread<digest>(1)}, member_index{0}, {}});
  CHECK_FALSE(contradiction.ok());
  const vote late{{vote_kind::notarize, {}, view{3}, spread<digest>(1)}, member_index{0}, {}};
  verdict order;
  vote_checker keeper{order, {}, true};
  keeper.kept(0, vote{{vote_kind::nullify, {}, view{3}, {}}, member_index{0}, {}});
  keeper.said(0, vote{{vote_kind::nullify, {}, view{3}, {}}, member_index{0}, {}});
  CHECK(order.ok());
  keeper.kept(0, late);
  CHECK_FALSE(order.ok());
  verdict unwritten;
  vote_checker hasty{unwritten, {}, true};
  hasty.said(0, late);
  CHECK_FALSE(unwritten.ok());
  verdict over;
  vote_checker changed{over, {}, true};
  changed.rewritten(0, epoch{1});
  changed.said(0, late); // of the epoch before: the journal had it, and needs it no more
  CHECK(over.ok());
  changed.said(0, vote{{vote_kind::nullify, epoch{1}, view{3}, {}}, member_index{0}, {}});
  CHECK_FALSE(over.ok());
}

TEST_CASE("the checker of ledgers sees what must never happen") {
  group_world w{{.seed = 15}};
  w.submit(0);
  REQUIRE(w.settle(1s));
  w.run_for(100ms);
  const auto& from = w.from();
  const auto& network = w.network();
  const auto check_all = [&](auto&& spoil) {
    verdict out;
    ledger_checker check{out, from, network};
    check.asked(1);
    for (const auto& one : w.ledger(0)) {
      check.appended(0, one);
    }
    REQUIRE(out.ok());
    spoil(check);
    return out.ok();
  };
  const auto listing = std::find_if(w.ledger(0).begin(), w.ledger(0).end(),
                                    [](const auto& one) { return !one->block->batches.empty(); });
  REQUIRE(listing != w.ledger(0).end());
  const auto right = receipt{receipt_status::applied, {}, {}, (*listing)->block->header.height, 0};
  CHECK(check_all([&](auto& check) { check.acknowledged(0, 1, right); }));
  CHECK_FALSE(check_all([&](auto& check) { check.acknowledged(0, 2, right); })); // lost
  CHECK_FALSE(check_all([&](auto& check) {
    check.acknowledged(0, 1, right);
    check.asked(3);
    check.acknowledged(0, 3, right); // before what was told when it was asked for
  }));
  CHECK_FALSE(check_all([&](auto& check) {
    check.not_taken(1);
    check.finish();
  }));
  CHECK_FALSE(check_all([&](auto& check) {
    check.told(0, height{0}, committed_block{height{2}, {}, {}});
  }));
  CHECK_FALSE(check_all([&](auto& check) { // the same mutation again
    auto again = std::make_shared<final_block>(*w.ledger(0).front());
    auto made = std::make_shared<block>(*again->block);
    made->header.height = check.top().next();
    again->block = made;
    check.appended(1, again);
  }));
  CHECK_FALSE(check_all([&](auto& check) { // another result
    auto other = std::make_shared<final_block>(*w.ledger(0).front());
    other->state_root = spread<digest>(1);
    check.appended(1, other);
  }));
}

TEST_CASE("a user of any node reads back what its receipt promised, alone and from a quorum") {
  group_world w{{.seed = 16, .followers = 1}};
  for (int round = 0; round < 12; ++round) {
    for (node_index i = 0; i < w.size(); ++i) {
      w.submit(i, 2);
    }
    REQUIRE(w.settle(2s));
    for (node_index i = 0; i < w.size(); ++i) {
      w.read(i, false);
      w.read(i, true);
    }
    w.run_for(1s, [&] { return w.all_read(); });
    REQUIRE(w.all_read());
  }
  CHECK(w.verdicts().violation().empty());
  CHECK(w.failed_reads() == 0);
}

} // namespace
} // namespace caucus::sim
