#include "actors/notary/executor.hpp"
#include "actors/notary/receipt_tree.hpp"
#include "test/actors/notary/group.hpp"
#include "test/actors/notary/proof_desk.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

// Proofs of receipts: by whole notaries, then by the part that waits for what they are made of.

namespace caucus::testing {
namespace {

// -- by notaries ---------------------------------------------------------------------------------

/// Asks node 1, which is not the one that proposed.
request_tag prove(group& g, height at, std::uint32_t index, duration time = duration{1'000'000}) {
  static request_tag tag = 1'000'000;
  g.step(1, notary_in::asked{0, receipt_request{++tag, at, index, time}});
  g.run();
  return tag;
}

std::vector<receipt_answer> told(const group& g, request_tag tag) {
  return g.answers<receipt_answer>(1, tag);
}

TEST_CASE("a receipt is proven by the block behind its own, once that is there") {
  group g;
  const auto good = g.propose(0, "score", "add", {"5"});
  const auto bad = g.propose(0, "score", "add", {"50"});
  g.run();
  g.make_final(g.make_block(g.at(0).held));
  const auto where = g.receipt_for(0, bad).value();
  CHECK_FALSE(where.applied());
  const auto early = prove(g, where.height, where.index);
  CHECK(told(g, early).empty());
  g.make_final(g.make_block({}));
  const auto later = prove(g, g.receipt_for(0, good)->height, g.receipt_for(0, good)->index);
  for (const auto tag : {early, later}) {
    const auto all = told(g, tag);
    REQUIRE(all.size() == 1);
    REQUIRE(all[0].proof);
    auto proof = **all[0].proof;
    CHECK(proof.receipt == *g.receipt_for(0, tag == early ? bad : good));
    CHECK(proof.headers.size() == 1);
    CHECK(g.holds(proof));
    proof.receipt.index ^= 1U;
    CHECK_FALSE(g.holds(proof));
  }
}

TEST_CASE("a receipt whose child has no certificate of its own is proven by the next that has") {
  group g;
  const auto tag = g.propose(0, "score", "add", {"5"});
  g.run();
  g.make_final(g.make_block(g.at(0).held));
  g.make_final(g.make_block({}), false);
  g.make_final(g.make_block({}), false);
  const auto asked = prove(g, g.receipt_for(0, tag)->height, 0);
  CHECK(told(g, asked).empty());
  g.make_final(g.make_block({}));
  REQUIRE(told(g, asked).size() == 1);
  const auto proof = **told(g, asked)[0].proof;
  CHECK(proof.headers.size() == 3);
  CHECK(g.holds(proof));
}

TEST_CASE("an old receipt is proven out of the ledger, also after a restart") {
  notary_config config;
  config.recent_blocks = 1;
  group g{small_genesis(), 0, {}, config};
  const auto tag = g.propose(0, "score", "add", {"5"});
  for (int i = 0; i < 5; ++i) {
    g.order();
  }
  const auto where = g.receipt_for(0, tag).value();
  const auto before = prove(g, where.height, where.index);
  g.restart(1);
  const auto after = prove(g, where.height, where.index);
  for (const auto asked : {before, after}) {
    REQUIRE(told(g, asked).size() == 1);
    REQUIRE(told(g, asked)[0].proof);
    CHECK((**told(g, asked)[0].proof).receipt == where);
    CHECK(g.holds(**told(g, asked)[0].proof));
  }
}

TEST_CASE("who waits for a receipt's proof is told that the node stops, or that it halted") {
  group g;
  const auto asked = prove(g, height{7}, 0);
  SECTION("stops") {
    g.at(1).core->stop({g.now, {}, g.at(1).actions});
    g.run();
    REQUIRE(told(g, asked).size() == 1);
    CHECK(told(g, asked)[0].proof.error().code == errc::stopping);
  }
  SECTION("halted") {
    auto other = *g.make_block({});
    other.header.receipts_root.raw[5] ^= std::byte{1};
    g.finalized(1, std::make_shared<const block>(other));
    g.run();
    REQUIRE_FALSE(g.at(1).core->halted().empty());
    const auto later = prove(g, height{1}, 0);
    for (const auto tag : {asked, later}) {
      REQUIRE(told(g, tag).size() == 1);
      CHECK(told(g, tag)[0].proof.error().code == errc::state_diverged);
    }
  }
}

// -- the part alone ------------------------------------------------------------------------------

TEST_CASE("a tree that is made in portions proves each receipt as the whole one does") {
  const auto count = GENERATE(1U, 2U, 3U, 5U, 63U, 64U, 65U, 127U, 128U, 129U, 200U, 4'097U);
  const auto portion =
    GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{100'000});
  const auto block = block_at(1, count);
  receipt_tree tree;
  CHECK_FALSE(tree.is_of(*block));
  tree.begin(block);
  std::size_t hashed = 0;
  std::size_t steps = 0;
  while (!tree.done()) {
    CHECK_FALSE(tree.is_of(*block));
    const auto some = tree.step(portion);
    REQUIRE(some >= 1);
    CHECK(some <= std::max<std::size_t>(portion + 63, 64));
    hashed += some;
    ++steps;
  }
  CHECK(hashed == count);
  CHECK(tree.step(portion) == 0);
  tree.give_up(); // of what is made nothing is lost
  REQUIRE(tree.is_of(*block));
  CHECK_FALSE(tree.is_of(*block_at(2, count)));
  INFO(count << " receipts in " << steps << " steps");
  for (std::uint32_t i = 0; i<count; i += count> 1'000 ? 61 : 1) {
    CHECK(tree.siblings(*block, i) == prove_receipt(*block, i).siblings);
  }
}

TEST_CASE("a place where no receipt is, is refused when its block is there, and not waited for") {
  proof_desk at;
  at.push(block_at(1, 3));
  at.push(block_at(2, 0));
  const auto genesis = at.ask(0, 0);
  const auto beyond = at.ask(1, 3);
  const auto far_beyond = at.ask(1, std::numeric_limits<std::uint32_t>::max());
  const auto of_none = at.ask(2, 0);
  const auto last = at.ask(1, 2);
  at.run();
  for (const auto tag : {genesis, beyond, far_beyond, of_none}) {
    CHECK(at.error_of(tag) == errc::wrong_arguments);
  }
  CHECK_FALSE(at.proof_of(last).receipt.applied());
}

TEST_CASE("a block that does not come is waited for until the asker's time is over") {
  proof_desk at;
  at.push(block_at(1, 1));
  const auto childless = at.ask(1, 0, duration{500});
  const auto far = at.ask(std::numeric_limits<std::uint64_t>::max() - 1, 0, duration{700});
  at.run();
  CHECK(at.core.next_wake() == at.now + duration{500});
  at.now += duration{499};
  at.core.tick(at.at());
  CHECK(at.out.empty());
  at.now += duration{1};
  at.core.tick(at.at());
  CHECK(at.error_of(childless) == errc::not_yet);
  const auto said = at.told(childless)[0].proof.error().detail;
  CHECK(said == "block 2, which is wanted for the proof, is not final yet");
  CHECK(at.told(far).empty());
  at.now += duration{200};
  at.core.tick(at.at());
  CHECK(at.error_of(far) == errc::not_yet);
  CHECK_FALSE(at.core.next_wake());
}

TEST_CASE("questions beyond the most are busy at once; who leaves makes room") {
  proof_desk at;
  at.config.proofs_max = 2;
  const auto first = at.ask(5, 0);
  static_cast<void>(at.ask(6, 0, duration{1'000}, 1));
  CHECK(at.error_of(at.ask(5, 0)) == errc::busy);
  SECTION("a call that is closed") {
    at.core.forget(1, first); // another asker's tag
    CHECK(at.error_of(at.ask(5, 0)) == errc::busy);
    at.core.forget(0, first);
  }
  SECTION("an asker that restarts, and no other's question goes with it") {
    at.core.asker_gone(1);
    static_cast<void>(at.ask(5, 0));
    CHECK(at.error_of(at.ask(5, 0)) == errc::busy);
    at.core.asker_gone(0);
  }
  SECTION("one that is told") {
    for (std::uint64_t i = 1; i <= 6; ++i) {
      at.push(block_at(i, 1));
    }
    at.run();
    CHECK(at.proof_of(first).receipt.height == height{5});
  }
  const auto now_there_is = at.ask(9, 0);
  CHECK(at.told(now_there_is).empty());
}

TEST_CASE("all questions together read the ledger once at a time: a whole block, or headers") {
  proof_desk at;
  for (std::uint64_t i = 1; i <= 200; ++i) {
    at.push(block_at(i, i <= 2 ? 5 : 0, i == 150), false);
  }
  std::vector<request_tag> asked;
  for (std::uint32_t i = 0; i < 20; ++i) {
    asked.push_back(at.ask(1 + i % 2, i / 4));
  }
  at.core.pump(at.at());
  REQUIRE(at.loads.size() == 1);
  CHECK(at.loads[0].bodies);
  CHECK(at.loads[0].count == 1);
  for (int i = 0; i < 3; ++i) { // nothing else is asked for meanwhile
    static_cast<void>(at.ask(1, 0));
    at.core.pump(at.at());
    CHECK(at.loads.size() == 1);
  }
  CHECK_FALSE(at.core.loaded(at.loads[0].token + 1, {}, at.at()));
  at.run();
  for (const auto tag : asked) {
    const auto proof = at.proof_of(tag);
    CHECK(proof.headers.back().height == height{150});
    CHECK(leads_to(proof, *at.ledger[proof.receipt.height.value() - 1]));
  }
  INFO("blocks 1 and 2, and the headers from 2 to 150 in pages of 64, for all 23");
  CHECK(at.loads_so_far <= 8);
}

TEST_CASE("a block that the ledger cannot give ends the questions about it, and no others") {
  proof_desk at;
  at.push(block_at(1, 1), false);
  at.push(block_at(2, 1), false);
  at.push(block_at(3, 1), false);
  at.ledger[0] = nullptr;
  const auto lost = at.ask(1, 0);
  const auto other = at.ask(2, 0);
  at.run();
  CHECK(at.error_of(lost) == errc::history_gone);
  CHECK(at.proof_of(other).receipt.height == height{2});
}

TEST_CASE(
  "of a large block a turn hashes a portion, and all who ask for it are served at its end") {
  proof_desk at;
  at.config.proof_receipts_per_turn = 128;
  const auto large = block_at(1, 1'000);
  at.push(large);
  at.push(block_at(2, 300));
  at.push(block_at(3, 0));
  std::vector<request_tag> asked;
  for (std::uint32_t i = 0; i < 10; ++i) {
    asked.push_back(at.ask(1, i * 100));
    asked.push_back(at.ask(2, i * 30)); // they alternate: no tree is made twice
  }
  std::size_t turns = 0;
  while (at.core.may_pump()) {
    at.core.pump(at.at());
    ++turns;
    CHECK(at.told(asked[0]).size() == (turns >= 8 ? 1 : 0));
  }
  CHECK(turns >= 10); // 8 of 128, and 3
  CHECK(turns <= 12);
  for (const auto tag : asked) {
    const auto proof = at.proof_of(tag);
    CHECK(leads_to(proof, *at.ledger[proof.receipt.height.value() - 1]));
  }
}

TEST_CASE("a tree that nobody waits for any more is not made to its end") {
  proof_desk at;
  at.config.proof_receipts_per_turn = 64;
  at.push(block_at(1, 100'000));
  const auto asked = at.ask(1, 0);
  at.core.pump(at.at());
  CHECK(at.core.may_pump());
  at.core.forget(0, asked);
  at.core.pump(at.at());
  CHECK_FALSE(at.core.may_pump());
}

TEST_CASE("headers of proofs that go on and on are bounded, in one and in all together") {
  proof_desk at;
  at.config.proof_headers_max = 25;
  at.push(block_at(1, 3));
  const auto first = at.ask(1, 0);
  const auto second = at.ask(1, 1);
  const auto third = at.ask(1, 2);
  for (std::uint64_t i = 2; i <= 10; ++i) {
    at.push(block_at(i, 0, false));
    at.run();
  }
  CHECK(at.told(first).empty());
  CHECK(at.error_of(second) == errc::busy); // 9 and 8 and 8, and it would have one more
  at.push(block_at(11, 0));
  at.run();
  CHECK(at.proof_of(first).headers.size() == 10);
  CHECK(at.proof_of(third).headers.size() == 10);
  INFO("what has ended keeps none of the room");
  at.config.proof_headers_max = 10;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto again = at.ask(1, i);
    at.run();
    CHECK(at.proof_of(again).headers.size() == 10);
  }
}

TEST_CASE("a receipt behind which 1,024 blocks have no certificate is not proven") {
  proof_desk at;
  at.push(block_at(1, 1));
  const auto asked = at.ask(1, 0);
  for (std::uint64_t i = 2; i <= 1 + receipt_headers_max; ++i) {
    CHECK(at.told(asked).empty());
    at.push(block_at(i, 0, false));
    at.run();
  }
  CHECK(at.error_of(asked) == errc::too_long);
}

} // namespace
} // namespace caucus::testing
