#include "test/actors/consensus/lone_core.hpp"

#include "test/catch.hpp"

#include <algorithm>

// Up to where a replica says that it may have signed `finalize`: never below what it signed, in this
// life or a former one.

namespace caucus::voting {
namespace {

struct bounded : lone_core {
  using lone_core::lone_core;

  [[nodiscard]] finalize_bound bound() {
    done.clear();
    step(finalize_bound_wanted{7});
    for (const auto& one : done) {
      if (const auto* const told = std::get_if<tell>(&one)) {
        if (const auto* const what = std::get_if<finalize_bound>(&told->item)) {
          CHECK(what->tag == 7);
          return *what;
        }
      }
    }
    FAIL("no answer");
    return {};
  }
  /// Notarized and executed, so that this replica signs `finalize` for it.
  void voted_for(const block_header& what, std::uint8_t state) {
    notarized(what);
    is_executed(what, state);
    const auto votes = take_votes();
    REQUIRE(std::any_of(votes.begin(), votes.end(), [&](const vote& one) {
      return one.subject.kind == vote_kind::finalize && one.subject.digest == digest_of(what);
    }));
  }
};

TEST_CASE("a follower tells no bound, and a replica of a new group tells genesis") {
  bounded follower{std::nullopt};
  follower.live();
  CHECK_FALSE(follower.bound().bound);
  bounded replica{std::uint16_t{0}};
  CHECK(replica.config.self);
  replica.live();
  const auto told = replica.bound();
  CHECK(told.bound == replica.genesis);
  CHECK_FALSE(told.shown);
}

TEST_CASE("a replica's bound is what it signed `finalize` for, shown notarized, then final") {
  bounded at{std::uint16_t{0}};
  at.live();
  const auto block = lone_core::child(at.genesis, view{1}, 0);
  at.voted_for(block, 1);
  const auto told = at.bound();
  CHECK(told.bound == block);
  REQUIRE(told.shown);
  CHECK(told.shown->subject == subject{vote_kind::notarize, epoch{}, view{1}, digest_of(block)});
  at.finalized(block);
  const auto later = at.bound();
  CHECK(later.bound == block);
  REQUIRE(later.shown);
  CHECK(later.shown->subject.kind == vote_kind::finalize);
}

TEST_CASE("a restart forgets no bound") {
  bounded at{std::uint16_t{0}};
  at.live();
  const auto block = lone_core::child(at.genesis, view{1}, 0);
  at.voted_for(block, 1);
  at.live();
  CHECK(at.bound().bound == block);
}

TEST_CASE(
  "a replica that signed `finalize` for a block that it lost tells no bound until it has one") {
  bounded at{std::uint16_t{0}};
  at.live();
  const auto block = lone_core::child(at.genesis, view{1}, 0);
  at.voted_for(block, 1);
  std::erase_if(at.journal,
                [](const consensus_record& one) { // it was fetched: no vote of ours needed it
                  return std::holds_alternative<seen_block>(one);
                });
  at.live();
  CHECK_FALSE(at.bound().bound);
  at.hear(1, proposal{{block, {}}, {}});
  CHECK(at.bound().bound == block);
}

TEST_CASE("with its votes in memory a replica that restarted tells no bound below its ceiling") {
  bounded at{std::uint16_t{0}};
  at.config.keeps = vote_keeping::ceiling;
  at.live();
  const auto block = lone_core::child(at.genesis, view{1}, 0);
  at.voted_for(block, 1);
  CHECK(at.bound().bound == block);
  at.live();
  at.finalized(block); // another's word: of what it signed itself it knows the ceiling alone
  at.notarized(block);
  CHECK_FALSE(at.bound().bound);
  const auto passed = lone_core::child(block, view{ceiling_step + 5}, 1);
  at.finalized(passed);
  at.step(heard{lone_core::link(1), proposal{{passed, {}}, {}}, 0, 0});
  at.notarized(passed);
  CHECK(at.bound().bound == passed);
}

TEST_CASE("a replica whose state is not the group's tells no bound") {
  bounded at{std::uint16_t{0}};
  at.live();
  at.step(state_diverged{"a test says so"});
  CHECK_FALSE(at.bound().bound);
}

TEST_CASE("a replica that does not know yet what it signed tells no bound") {
  bounded early{std::uint16_t{0}};
  early.core = std::make_unique<consensus>(early.config, &early.key, early.journal);
  CHECK_FALSE(early.bound().bound); // what its ledger holds is not told yet
  bounded blank{std::uint16_t{0}};
  blank.journal.clear();
  blank.live();
  CHECK(blank.core->in_doubt());
  CHECK_FALSE(blank.bound().bound);
}

TEST_CASE("a replica tells no bound that it cannot show") {
  bounded at{std::uint16_t{0}};
  const auto block = lone_core::child(at.genesis, view{1}, 0);
  for (const bool has :
       {false, true}) { // a final block may be covered by a later one's certificate
    at.core = std::make_unique<consensus>(at.config, &at.key, at.journal);
    at.step(
      ledger_tip{digest_of(block), block,
                 has ? std::optional{at.certified(vote_kind::finalize, view{1}, digest_of(block))}
                     : std::nullopt,
                 lone_core::root(0), lone_core::root(0), false});
    const auto told = at.bound();
    CHECK(told.bound.has_value() == has);
    CHECK(told.shown.has_value() == has);
  }
}

TEST_CASE(
  "below a notarized block nothing is kept of what was signed, and that block is the bound") {
  bounded at{std::uint16_t{0}};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  at.voted_for(first, 1);
  auto parent = first;
  std::uint64_t in = 1;
  for (std::uint8_t i = 0; i < 4; ++i) {
    const auto next_in = in + 10;
    while (at.core->current() < view{next_in}) {
      at.hear(at.other(), at.certified(vote_kind::nullify, at.core->current()));
    }
    const auto next = lone_core::child(parent, view{next_in}, static_cast<std::uint8_t>(1 + i));
    at.notarized(next);
    at.is_executed(next, static_cast<std::uint8_t>(2 + i));
    parent = next;
    in = next_in;
  }
  const auto told = at.bound();
  REQUIRE(told.bound);
  CHECK(*told.bound == parent);
  at.journal = at.core->live_records();
  at.live();
  const auto again = at.bound();
  CHECK((!again.bound || again.bound->view >= first.view));
}

TEST_CASE("who may have signed for the end of an epoch tells no bound until the next one begins") {
  bounded at{std::uint16_t{0}};
  at.live();
  const auto changing = lone_core::child(at.genesis, view{1}, 0);
  at.notarized(changing);
  at.step(executed{digest_of(changing), lone_core::root(1), lone_core::root(1), nullptr, true});
  CHECK(at.bound().bound == changing); // which ends nothing yet
  const auto last = lone_core::child(changing, view{2}, 1);
  at.notarized(last);
  CHECK_FALSE(at.bound().bound);
  at.finalized(last);
  CHECK_FALSE(at.bound().bound);
}

} // namespace
} // namespace caucus::voting
