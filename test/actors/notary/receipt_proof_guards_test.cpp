#include "test/actors/notary/proof_desk.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

// The part that makes proofs of receipts: what it does not do again, too early, or for the wrong one.

namespace caucus::testing {
namespace {

TEST_CASE("a block that is asked for again is proven without hashing it again") {
  proof_desk at;
  at.config.proof_receipts_per_turn = 64;
  at.push(block_at(1, 1'000));
  at.push(block_at(2, 0));
  const auto first = at.ask(1, 0);
  at.run();
  CHECK(leads_to(at.proof_of(first), *at.ledger[0]));
  at.core.pump(at.at()); // one in which nobody waits
  const auto again = at.ask(1, 999);
  at.core.pump(at.at());
  CHECK(leads_to(at.proof_of(again), *at.ledger[0]));
}

TEST_CASE("what a turn has used up for one tree it does not exceed for the next") {
  proof_desk at;
  at.config.proof_receipts_per_turn = 64;
  at.push(block_at(1, 64));
  at.push(block_at(2, 64));
  at.push(block_at(3, 0));
  const auto first = at.ask(1, 0);
  const auto second = at.ask(2, 0);
  at.core.pump(at.at());
  CHECK(at.proof_of(first).receipt.height == height{1});
  CHECK(at.told(second).empty());
  at.core.pump(at.at());
  CHECK(at.proof_of(second).receipt.height == height{2});
}

TEST_CASE("a place where no receipt is, is refused too if its block is proven to others at once") {
  proof_desk at;
  at.push(block_at(1, 3));
  at.push(block_at(2, 0));
  const auto good = at.ask(1, 2);
  const auto beyond = at.ask(1, 3);
  const auto far_beyond = at.ask(1, 1'000'000);
  at.run();
  CHECK(leads_to(at.proof_of(good), *at.ledger[0]));
  CHECK(at.error_of(beyond) == errc::wrong_arguments);
  CHECK(at.error_of(far_beyond) == errc::wrong_arguments);
}

TEST_CASE("who waits for headers keeps those it has when another asks for the same block") {
  proof_desk at;
  at.push(block_at(1, 2));
  at.push(block_at(2, 0, false));
  const auto first = at.ask(1, 0);
  at.run();
  const auto second = at.ask(1, 1);
  at.run();
  at.push(block_at(3, 0));
  at.run();
  for (const auto tag : {first, second}) {
    const auto proof = at.proof_of(tag);
    REQUIRE(proof.headers.size() == 2);
    CHECK(proof.headers[0].height == height{2});
    CHECK(proof.headers[1].height == height{3});
  }
}

TEST_CASE("the ledger is not read while a tree is made: nobody could use what it gives") {
  proof_desk at;
  at.config.proof_receipts_per_turn = 64;
  at.push(block_at(1, 3), false);
  at.push(block_at(2, 1'000));
  at.push(block_at(3, 0));
  const auto large = at.ask(2, 0);
  const auto old = at.ask(1, 0);
  at.core.pump(at.at());
  CHECK(at.loads.empty());
  at.run();
  CHECK(at.loads_so_far == 1);
  CHECK(at.proof_of(large).receipt.height == height{2});
  CHECK(at.proof_of(old).receipt.height == height{1});
}

TEST_CASE("a header that the ledger gives before it is durable proves nothing until it is") {
  proof_desk at;
  at.push(block_at(1, 1), false);
  at.push(block_at(2, 0, false), false);
  at.ledger.push_back(block_at(3, 0)); // written, and not yet known to be
  const auto asked = at.ask(1, 0);
  at.run();
  CHECK(at.told(asked).empty());
  at.core.durable(height{3});
  at.run();
  CHECK(at.proof_of(asked).headers.size() == 2);
}

TEST_CASE("blocks of no load of its own are not taken, also while none is under way") {
  proof_desk at;
  at.push(block_at(1, 1), false);
  at.push(block_at(2, 0), false);
  CHECK_FALSE(at.core.loaded(0, {at.ledger[0]}, at.at()));
  const auto asked = at.ask(1, 0);
  at.core.pump(at.at());
  REQUIRE(at.loads.size() == 1);
  CHECK_FALSE(at.core.loaded(0, {}, at.at()));
  CHECK_FALSE(at.core.loaded(at.loads[0].token + 1, {}, at.at()));
  CHECK(at.told(asked).empty());
  at.run();
  CHECK(at.proof_of(asked).receipt.height == height{1});
}

TEST_CASE("who is told that the time is over is told whether a block is missing, or its reading") {
  proof_desk at;
  at.push(block_at(1, 1), false);
  at.push(block_at(2, 1), false); // the newest: durable all the same
  const auto ends = [](const std::string& what, const std::string& with) {
    return what.size() > with.size() && what.substr(what.size() - with.size()) == with;
  };
  const auto said = [&](request_tag tag) {
    CHECK(at.error_of(tag) == errc::not_yet);
    return at.told(tag)[0].proof.error().detail;
  };
  const auto old = at.ask(1, 0);
  const auto newest = at.ask(2, 0);
  const auto future = at.ask(3, 0);
  at.core.pump(at.at());
  REQUIRE(at.loads.size() == 1); // which is not answered
  at.now += std::chrono::seconds{1};
  at.core.tick(at.at());
  CHECK(ends(said(old), "was not read in time"));
  CHECK(ends(said(newest), "was not read in time"));
  CHECK(ends(said(future), "is not final yet"));
}

TEST_CASE("in whatever order blocks, questions, turns and reads come, all are proven or refused") {
  constexpr std::uint64_t heights = 30;
  constexpr std::uint32_t receipts = 100;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    std::minstd_rand random{seed + 1};
    const auto below = [&](std::uint32_t most) {
      return static_cast<std::uint32_t>(random() % most);
    };
    proof_desk at;
    at.config.recent_blocks = 1 + below(4);
    at.config.proof_receipts_per_turn = 1 + below(400);
    struct question {
      request_tag tag;
      std::uint64_t of;
      std::uint32_t index;
    };
    std::vector<question> asked;
    while (at.ledger.size() < heights) {
      switch (below(4)) {
        case 0: at.push(block_at(at.ledger.size() + 1, receipts, below(3) == 0)); break;
        case 1: {
          const auto of = 1 + below(heights - 1);
          const auto index = below(receipts + 5);
          asked.push_back({at.ask(of, index), of, index});
          break;
        }
        case 2: at.core.pump(at.at()); break;
        default:
          if (!at.loads.empty()) {
            at.answer_load();
          }
      }
    }
    at.push(block_at(heights + 1, 0));
    at.run();
    for (const auto& one : asked) {
      if (one.index >= receipts) {
        CHECK(at.error_of(one.tag) == errc::wrong_arguments);
        continue;
      }
      const auto proof = at.proof_of(one.tag);
      CHECK(proof.receipt.height == height{one.of});
      CHECK(proof.receipt.index == one.index);
      CHECK(leads_to(proof, *at.ledger[one.of - 1]));
      for (std::size_t i = 0; i < proof.headers.size(); ++i) {
        CHECK(proof.headers[i].height == height{one.of + 1 + i});
        const bool certified = at.ledger[one.of + i]->finalization.has_value();
        CHECK(certified == (i + 1 == proof.headers.size()));
      }
    }
  }
}

} // namespace
} // namespace caucus::testing
