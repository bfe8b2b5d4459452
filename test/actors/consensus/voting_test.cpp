#include "test/actors/consensus/lone_core.hpp"
#include "test/catch.hpp"

#include "messages/ordering.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

// When a replica nullifies and finalizes, and what it says when its state is not the group's.

namespace caucus::voting {
namespace {

/// Replica 0 of four, in view 1 of a group that has no final block yet, hence is busy.
struct replica : lone_core {
  block_header first = child(genesis, view{1}, 0);

  replica() : lone_core{std::uint16_t{0}} { live(); }
  [[nodiscard]] bool said(vote_kind kind, std::uint64_t in) {
    const auto votes = take_votes();
    return std::any_of(votes.begin(), votes.end(), [&](const vote& one) {
      return one.subject.kind == kind && one.subject.view == view{in};
    });
  }
  [[nodiscard]] std::size_t count(vote_kind kind) {
    const auto votes = take_votes();
    return static_cast<std::size_t>(std::count_if(
      votes.begin(), votes.end(), [&](const vote& one) { return one.subject.kind == kind; }));
  }
  void nullified_by(std::uint16_t who) {
    hear(who, vote{{vote_kind::nullify, epoch{}, core->current(), {}}, member_index{who}, {}});
  }
};

// -- timers --------------------------------------------------------------------------------------

TEST_CASE(
  "without a proposal a view is nullified after two deltas, with one after three, not before") {
  for (const bool proposed : {false, true}) {
    INFO("proposed " << proposed);
    replica at;
    if (proposed) {
      at.hear(1, proposal{{at.first, {}}, {}});
      REQUIRE(at.said(vote_kind::notarize, 1));
    }
    const auto due = at.config.delta * (proposed ? 3 : 2);
    at.pass(due - duration{1});
    CHECK_FALSE(at.said(vote_kind::nullify, 1));
    at.pass(duration{1});
    CHECK(at.said(vote_kind::nullify, 1));
    INFO("once");
    at.pass(due);
    CHECK(at.count(vote_kind::nullify) == 1); // sent again, the same
  }
}

// Seed 119524 of 6f43721: seven of ten were up, all of them needed, and one had just begun. It
// nullified each view before leaders whose delta had grown proposed the empty block that was due.
TEST_CASE("a leader waits the least delta with an empty block, however long its own has become") {
  replica at; // which leads view 4
  at.notarized(at.first);
  at.is_executed(at.first, 1);
  at.hear(3, at.certified(vote_kind::nullify, view{2}));
  at.hear(3, at.certified(vote_kind::nullify, view{3}));
  REQUIRE(at.core->current() == view{4});
  REQUIRE(at.core->status().delta > at.config.delta);
  at.done.clear();
  const auto has_proposed = [&at] {
    return std::any_of(at.done.begin(), at.done.end(), [](const action& one) {
      const auto* const many = std::get_if<multicast>(&one);
      return many != nullptr && std::holds_alternative<proposal>(many->message);
    });
  };
  at.pass(at.config.delta - duration{1});
  CHECK_FALSE(has_proposed());
  at.pass(duration{1});
  CHECK(has_proposed());
}

TEST_CASE("a proposal whose check goes on is none yet: two deltas") {
  replica at;
  at.holds = true;
  at.hear(1, proposal{{at.first, {}}, {}});
  at.pass(at.config.delta * 2);
  CHECK(at.said(vote_kind::nullify, 1));
}

TEST_CASE("more members than may lie that nullify make one nullify too, before its timer") {
  replica at;
  at.nullified_by(2);
  CHECK_FALSE(at.said(vote_kind::nullify, 1));
  at.nullified_by(3);
  CHECK(at.said(vote_kind::nullify, 1));
  CHECK(at.core->current() == view{2});
}

TEST_CASE("a timer in a group that is idle again does nothing, but after a vote of its view") {
  for (const bool vote_came : {false, true}) {
    INFO("a vote came " << vote_came);
    replica at;
    at.notarized(at.first);
    at.is_executed(at.first, 0);
    at.finalized(at.first); // idle: final, and without payload
    REQUIRE(at.core->current() == view{2});
    const auto waiting = lone_core::root(5);
    at.step(batch_held{waiting, lone_core::peer(1), batch_number{1}, 10, false});
    if (vote_came) {
      at.nullified_by(3);
    }
    at.step(batch_gone{waiting}); // nothing to decide any more
    at.take_votes();
    at.pass(at.config.delta * 2);
    CHECK(at.said(vote_kind::nullify, 2) == vote_came);
  }
}

TEST_CASE("a follower has no timers, and says nothing") {
  lone_core at{std::nullopt};
  at.live();
  at.step(batch_held{lone_core::root(5), lone_core::peer(1), batch_number{1}, 10, false});
  at.pass(duration{600'000'000});
  CHECK(at.take_votes().empty());
  at.hear(1, proposal{{lone_core::child(at.genesis, view{1}, 0), {}}, {}});
  at.hear(1, vote{{vote_kind::nullify, epoch{}, view{1}, {}}, member_index{1}, {}});
  CHECK(at.take_votes().empty());
  CHECK(at.core->held_view_count() == 0);
}

TEST_CASE("rule 7: while its journal cannot be written a replica neither votes nor nullifies") {
  replica at;
  at.step(journal_state{false});
  at.hear(1, proposal{{at.first, {}}, {}});
  auto second = at.first;
  second.time += wall_ms{1};
  at.hear(1, proposal{{second, {}}, {}}); // of the same leader: to be nullified at once
  at.nullified_by(2);
  at.nullified_by(3);
  at.pass(duration{600'000'000});
  CHECK(at.take_votes().empty());
  CHECK_FALSE(at.core->status().votes);
  at.step(journal_state{true});
  CHECK(at.said(vote_kind::nullify, 1));
}

// -- finalizing ----------------------------------------------------------------------------------

TEST_CASE("rules 1, 5: a notarized block is finalized once it, and its parent, are executed, and "
          "once only") {
  replica at;
  const auto second = lone_core::child(at.first, view{2}, 1);
  at.notarized(at.first);
  CHECK_FALSE(at.said(vote_kind::finalize, 1)); // not executed
  at.notarized(second);
  at.is_executed(second, 2);
  CHECK_FALSE(at.said(vote_kind::finalize, 2)); // its parent's result is not known
  at.is_executed(at.first, 1);
  const auto votes = at.take_votes();
  std::vector<view> finalized;
  for (const auto& one : votes) {
    if (one.subject.kind == vote_kind::finalize) {
      finalized.push_back(one.subject.view);
    }
  }
  CHECK(finalized == std::vector{view{1}, view{2}});
  at.is_executed(at.first, 1);
  at.hear(2, at.certified(vote_kind::notarize, view{1}, digest_of(at.first)));
  CHECK(at.count(vote_kind::finalize) == 0);
  INFO("also after a restart, whose journal has them");
  at.live();
  at.take_votes();
  at.is_executed(at.first, 1);
  at.is_executed(second, 2);
  const auto records = at.journal.size();
  at.pass(duration{1'000});
  CHECK(at.journal.size() == records);
}

TEST_CASE(
  "rule 2: a view that one nullified is never finalized, also when it is notarized after that") {
  replica at;
  at.pass(at.config.delta * 2);
  REQUIRE(at.said(vote_kind::nullify, 1));
  at.notarized(at.first);
  at.is_executed(at.first, 1);
  CHECK_FALSE(at.said(vote_kind::finalize, 1));
  INFO("nor after a restart");
  at.live();
  at.is_executed(at.first, 1);
  at.pass(duration{1'000});
  CHECK_FALSE(at.said(vote_kind::finalize, 1));
}

TEST_CASE("rule 8: in memory mode no view up to the ceiling of a former life is finalized") {
  lone_core at{std::uint16_t{0}};
  at.config.keeps = vote_keeping::ceiling;
  at.journal = {ceiling{view{3}}};
  at.live();
  auto parent = at.genesis;
  for (std::uint64_t in = 1; in <= 3; ++in) {
    parent = lone_core::child(parent, view{in}, 0);
    at.notarized(parent);
    at.is_executed(parent, 0);
  }
  CHECK(at.core->current() == view{4});
  for (const auto& one : at.take_votes()) {
    CHECK(one.subject.view > view{3});
  }
}

// -- a state that is not the group's -------------------------------------------------------------

TEST_CASE("a diverged state is told with the height, both roots, and what to do, word for word") {
  struct row {
    const char* name;
    std::uint8_t state;
    std::uint8_t receipts;
    std::uint8_t shown_ours;
    std::uint8_t shown_theirs;
  };
  // The group certifies 1 for the state and 2 for the receipts.
  const row rows[] = {
    {"another state", 9, 2, 9, 1},
    {"other receipts", 1, 8, 8, 2},
    {"both: the state is named", 9, 8, 9, 1},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    replica at;
    auto second = lone_core::child(at.first, view{2}, 1);
    second.receipts_root = lone_core::root(2);
    at.notarized(at.first);
    at.step(
      executed{digest_of(at.first), lone_core::root(one.state), lone_core::root(one.receipts)});
    REQUIRE(at.core->broken().empty());
    at.notarized(second);
    const auto ours = to_hex(lone_core::root(one.shown_ours).view());
    const auto theirs = to_hex(lone_core::root(one.shown_theirs).view());
    CHECK(at.core->broken() == divergence_text(height{1}, ours, theirs));
    CHECK(at.core->status().problem
          == "state diverged at height 1: ours " + ours + ", certified " + theirs
               + "; this node neither votes nor serves any more. Its state was damaged, or its "
                 "program or rules are not the others'. Make sure that all run the same version; "
                 "then stop this node, move ledger.log and state.sqlite out of its folder (not the "
                 "journals: they hold what it signed), and start it: it fetches the ledger again");
    CHECK_FALSE(at.core->status().votes);
  }
}

TEST_CASE(
  "the group stands still when it has waited so long, or when too few are linked, and not before") {
  const auto told = [](lone_core& at) {
    std::vector<bool> out;
    for (const auto& one : std::exchange(at.done, {})) {
      const auto* const what = std::get_if<tell>(&one);
      const auto* const stands = what == nullptr ? nullptr : std::get_if<standstill>(&what->item);
      if (stands != nullptr) {
        out.push_back(stands->active);
      }
    }
    return out;
  };
  SECTION("busy, and nothing final") {
    replica at;
    at.pass(at.config.standstill_after - duration{1});
    CHECK(told(at).empty());
    CHECK_FALSE(at.core->status().standstill);
    at.pass(duration{1});
    CHECK(told(at) == std::vector{true});
    CHECK(at.core->status().standstill);
    at.finalized(at.first);
    at.answer(*at.asked<proposal_request>(), proposal_response{proposal{{at.first, {}}, {}}});
    CHECK(told(at) == std::vector{false});
    CHECK_FALSE(at.core->status().standstill);
  }
  SECTION("fewer linked than a quorum, this one too") {
    replica at;
    at.notarized(at.first);
    at.is_executed(at.first, 0);
    at.finalized(at.first); // idle
    told(at);
    at.step(link_down{lone_core::link(1), lone_core::peer(1), errc::link_lost});
    at.pass(at.config.standstill_after / 4);
    CHECK(told(at).empty()); // three of four
    at.step(link_down{lone_core::link(2), lone_core::peer(2), errc::link_lost});
    at.pass(at.config.standstill_after / 4 - duration{1});
    CHECK(told(at).empty());
    at.pass(duration{1});
    CHECK(told(at) == std::vector{true});
    at.step(link_up{{link_id{50}, lone_core::peer(2), node_mode::server, false, {}}});
    CHECK(told(at) == std::vector{false});
  }
}

TEST_CASE("why it votes no more in a life that kept too much is said with the number of views") {
  lone_core at{std::uint16_t{0}};
  at.config.undecided_views_max = 3;
  at.live();
  for (std::uint64_t in = 1; in <= 3; ++in) {
    at.hear(1, at.certified(vote_kind::nullify, view{in}));
  }
  REQUIRE(at.core->full());
  CHECK(
    at.core->status().problem
    == "no block became final in 3 views, and no more are kept: no votes until one is final. "
       "See what the others' status says; restarting this node lets it try as many views again");
}

} // namespace
} // namespace caucus::voting
