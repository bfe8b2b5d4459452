#include "test/actors/consensus/lone_core.hpp"

#include "test/catch.hpp"

// A replica whose own execution leads elsewhere than the group's.

namespace caucus::voting {
namespace {

struct diverging : lone_core {
  block_header first = child(genesis, view{1}, 0);
  block_header second = child(first, view{2}, 1); ///< says that the first leads to 1

  explicit diverging(std::optional<std::uint16_t> self) : lone_core{self} { live(); }
};

TEST_CASE("rule 5: a replica whose root is not the certified one votes no more, says where and "
          "what to do") {
  diverging at{std::uint16_t{0}};
  at.notarized(at.first);
  at.is_executed(at.first, 9);
  REQUIRE(at.core->status().votes);
  at.finalized(at.first);
  at.take_votes();
  at.notarized(at.second);
  at.is_executed(at.second, 9);
  CHECK_FALSE(at.core->status().votes);
  const auto problem = at.core->status().problem;
  CHECK(problem.find("state diverged at height 1: ours 0900") != std::string::npos);
  CHECK(problem.find("certified 0100") != std::string::npos);
  CHECK(problem.find("ledger.log") != std::string::npos);
  for (const auto& one : at.take_votes()) {
    CHECK(one.subject.kind != vote_kind::finalize);
  }
  at.pass(duration{60'000'000});
  CHECK(at.take_votes().empty());
}

TEST_CASE("with the certified root it votes on") {
  diverging at{std::uint16_t{0}};
  at.notarized(at.first);
  at.is_executed(at.first, 1);
  at.finalized(at.first);
  at.take_votes();
  at.notarized(at.second);
  at.is_executed(at.second, 2);
  CHECK(at.core->status().votes);
  CHECK(at.core->status().problem.empty());
  const auto votes = at.take_votes();
  CHECK(std::any_of(votes.begin(), votes.end(),
                    [](const auto& one) { return one.subject.kind == vote_kind::finalize; }));
}

TEST_CASE(
  "when the notary finds its state diverged, the replica votes no more and writes no more") {
  diverging at{std::uint16_t{0}};
  at.step(state_diverged{"state diverged at height 7"});
  CHECK(at.core->status().problem == "state diverged at height 7");
  const auto written = at.journal.size();
  at.notarized(at.first);
  at.is_executed(at.first, 1);
  at.finalized(at.first);
  at.pass(duration{60'000'000});
  CHECK(at.take_votes().empty());
  CHECK(at.journal.size() == written);
  CHECK(at.core->status().final_height == height{1});
}

TEST_CASE("a follower's status says that its state diverged") {
  diverging at{std::nullopt};
  at.step(state_diverged{"state diverged at height 7"});
  CHECK(at.core->status().problem == "state diverged at height 7");
}

TEST_CASE("a member of whose own lie there is proof votes for nothing, from its start on") {
  lone_core at{std::uint16_t{0}};
  const bool before = GENERATE(true, false);
  if (before) {
    at.core = std::make_unique<consensus>(at.config, &at.key, at.journal);
    at.step(own_lie_found{"this member's own key voted twice"});
    at.step(ledger_tip{digest_of(at.genesis), at.genesis, std::nullopt, lone_core::root(0),
                       lone_core::root(0), false});
  } else {
    at.live();
    at.step(own_lie_found{"this member's own key voted twice"});
  }
  CHECK(at.core->status().problem == "this member's own key voted twice");
  CHECK_FALSE(at.core->status().votes);
  at.notarized(lone_core::child(at.genesis, view{1}, 0));
  at.pass(std::chrono::seconds{10});
  CHECK(at.take_votes().empty());
}

} // namespace
} // namespace caucus::voting
