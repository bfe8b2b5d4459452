#include "actors/consensus/certificate.hpp"
#include "actors/consensus/own_votes.hpp"
#include "actors/consensus/signature_checks.hpp"
#include "actors/consensus/view_window.hpp"
#include "actors/consensus/voter.hpp"
#include "test/actors/consensus/dies.hpp"
#include "test/actors/consensus/lone_core.hpp"
#include "test/catch.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

// The rules by number, as actors/consensus/README.md has them: what breaks one ends the process.

namespace caucus::voting {
namespace {

const committee four{epoch{}, std::vector<member>(4)};
constexpr member_index self{0};

subject on(vote_kind kind, std::uint64_t in, std::uint8_t of = 1) {
  return {kind, epoch{}, view{in}, kind == vote_kind::nullify ? digest{} : lone_core::root(of)};
}
vote mine(vote_kind kind, std::uint8_t of = 1, std::uint64_t in = 5) {
  return {on(kind, in, of), self, {}};
}
certificate certified(vote_kind kind, std::uint64_t in, std::uint64_t signers = 0b0111) {
  return {on(kind, in), signers,
          std::vector<signature>(static_cast<std::size_t>(__builtin_popcountll(signers)))};
}

constexpr auto notarize = vote_kind::notarize;
constexpr auto nullify = vote_kind::nullify;
constexpr auto finalize = vote_kind::finalize;

// -- what one replica signs in one view -----------------------------------------------------------

TEST_CASE("rules 1 to 3: of two votes of one view, which end the process that signs them") {
  struct row {
    const char* name;
    vote first;
    vote second;
    int rule; ///< 0: both may be signed
  };
  const row rows[] = {
    {"rule 1: a second notarize", mine(notarize), mine(notarize, 2), 1},
    {"rule 1: the same notarize again", mine(notarize), mine(notarize), 1},
    {"rule 1: a second finalize", mine(finalize), mine(finalize, 2), 1},
    {"rule 2: nullify after finalize", mine(finalize), mine(nullify), 2},
    {"rule 2: finalize after nullify", mine(nullify), mine(finalize), 2},
    {"rule 3: notarize after nullify", mine(nullify), mine(notarize), 3},
    {"rule 3: notarize after finalize", mine(finalize), mine(notarize), 3},
    {"rule 3: nullify after notarize is legal", mine(notarize), mine(nullify), 0},
    {"a finalize after its notarize", mine(notarize), mine(finalize), 0},
  };
  for (const auto& each : rows) {
    INFO(each.name);
    const auto signs_both = [&] {
      own_votes votes;
      votes.sign(each.first);
      votes.sign(each.second);
    };
    if (each.rule == 0) {
      CHECK(last_words(signs_both).empty());
    } else {
      CHECK(breaks_rule(each.rule, signs_both));
    }
    own_votes votes;
    votes.sign(each.first);
    CHECK(votes.may_sign(each.second.subject.kind) == (each.rule == 0));
  }
}

TEST_CASE("rules 1 to 3: what may be signed leads to six states of a view, and to no other") {
  using state = std::tuple<bool, bool, bool>; ///< notarize, nullify, finalize: signed
  std::set<state> reached;
  std::vector<own_votes> open{own_votes{}};
  while (!open.empty()) {
    const auto here = open.back();
    open.pop_back();
    reached.emplace(here.notarize() != nullptr, here.nullify() != nullptr,
                    here.finalize() != nullptr);
    for (const auto kind : {notarize, nullify, finalize}) {
      if (here.may_sign(kind)) {
        open.push_back(here);
        open.back().sign(mine(kind));
      }
    }
  }
  CHECK(reached
        == std::set<state>{{false, false, false},
                           {true, false, false},
                           {false, true, false},
                           {true, true, false},
                           {false, false, true},
                           {true, false, true}});
}

TEST_CASE(
  "rules 1 and 2: a journal with both votes is told from an honest one, and aborts nothing") {
  own_votes votes;
  CHECK(votes.restore(mine(finalize)));
  CHECK(votes.restore(mine(finalize)));
  CHECK_FALSE(votes.restore(mine(finalize, 2)));
  CHECK_FALSE(votes.restore(mine(nullify)));
  CHECK(votes.restore(mine(notarize)));
  CHECK_FALSE(votes.restore(mine(notarize, 2)));
  CHECK(votes.finalize() != nullptr);
  CHECK(votes.nullify() == nullptr);
}

TEST_CASE("rules 1 and 2: another member's vote, or another view's, is none of one's own") {
  own_votes votes;
  votes.sign(mine(notarize));
  votes.sign(mine(nullify));
  CHECK(last_words([&] { votes.check(view{5}, self); }).empty());
  CHECK(breaks_rule(1, [&] { votes.check(view{6}, self); }));
  CHECK(breaks_rule(1, [&] { votes.check(view{5}, member_index{1}); }));
}

// -- what the group decided -----------------------------------------------------------------------

TEST_CASE("rule 6: a quorum is all members but less than a third of them") {
  for (std::size_t size = 1; size <= members_max; ++size) {
    const committee voters{epoch{}, std::vector<member>(size)};
    const auto first = [](std::size_t count) {
      return count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    };
    INFO(size);
    CHECK(is_quorum(first(voters.quorum()), voters));
    CHECK_FALSE(is_quorum(first(voters.quorum() - 1), voters));
    CHECK(2 * voters.quorum() > size + voters.liars()); // two share an honest member
    if (size < 64) {
      CHECK_FALSE(is_quorum(std::uint64_t{1} << size, voters));
      CHECK_FALSE(is_quorum(first(voters.quorum() - 1) | std::uint64_t{1} << size, voters));
    }
  }
}

TEST_CASE("rule 6: certificates of too few, of another view or twice end the process") {
  view_window window{four, self};
  const auto holds = [&window](const certificate& what, std::uint64_t in) {
    window.open(view{in}).certify(what);
    window.check(view{9});
  };
  CHECK(breaks_rule(6, [&] { holds(certified(nullify, 5, 0b0011), 5); }));
  CHECK(breaks_rule(6, [&] { holds(certified(nullify, 6), 5); }));
  CHECK(breaks_rule(6, [&] { holds(certified(finalize, 5), 5); }));
  auto short_of = certified(nullify, 5);
  short_of.signatures.pop_back();
  CHECK(breaks_rule(6, [&] { holds(short_of, 5); }));
  CHECK(last_words([&] { holds(certified(nullify, 5), 5); }).empty());
  window.certify(certified(nullify, 5));
  CHECK(breaks_rule(6, [&] { window.certify(certified(nullify, 5)); }));
  CHECK(last_words([&] { // both of one view may be (README.md)
          window.certify(certified(notarize, 5));
          window.check(view{9});
        })
          .empty());
}

TEST_CASE("rule 4: a gap between a parent and its child is found, and counted another way") {
  view_window window{four, self};
  for (const std::uint64_t in : {3U, 4U, 6U}) {
    window.certify(certified(nullify, in));
  }
  window.certify(certified(notarize, 5));
  struct row {
    std::uint64_t parent;
    std::uint64_t child;
    std::optional<view> gap;
    std::size_t nullified;
  };
  for (const auto& each :
       {row{2, 5, std::nullopt, 2}, row{4, 5, std::nullopt, 0}, row{2, 6, view{5}, 2},
        row{5, 7, std::nullopt, 1}, row{1, 5, view{2}, 2}, row{6, 9, view{7}, 0}}) {
    INFO(each.parent << " " << each.child);
    CHECK(window.first_gap(view{each.parent}, view{each.child}) == each.gap);
    CHECK(window.nullified_count(view{each.parent}, view{each.child}) == each.nullified);
  }
}

TEST_CASE("a notarized view's roots are compared until they could be, and then no more") {
  view_window window{four, self};
  window.certify(certified(notarize, 5));
  window.certify(certified(nullify, 6));
  window.certify(certified(notarize, 7));
  std::vector<view> asked;
  const auto compare = [&](bool can) {
    window.compare([&](const certificate& notarization) {
      asked.push_back(notarization.subject.view);
      return can && notarization.subject.view == view{7};
    });
  };
  compare(false);
  compare(true);
  compare(true);
  CHECK(asked == std::vector{view{5}, view{7}, view{5}, view{7}, view{5}});
}

// -- what is signed, and when ---------------------------------------------------------------------

struct signing {
  no_key key{};
  voter words{four, self, vote_keeping::each, &key};
  view_votes there{};
  actions out{};
  turn<action> now{{}, {}, out};
  link_table links{};
  std::optional<time_point> wake{};

  explicit signing(vote_keeping keeps = vote_keeping::each) : words{four, self, keeps, &key} {}
  void sign(const subject& what, std::uint64_t current = 9) {
    view_votes fresh;
    words.sign(what, fresh, view{current}, outlet{now, links, wake});
    words.check(view{current});
  }
};

TEST_CASE("rule 7: a vote is in the journal's records before anybody can say it") {
  for (const auto keeps : {vote_keeping::each, vote_keeping::ceiling}) {
    signing at{keeps};
    at.sign(on(nullify, 9));
    REQUIRE(at.out.size() == 1);
    CHECK(std::holds_alternative<record>(at.out.front()));
  }
  signing full_disk;
  full_disk.words.set_journal_works(false);
  CHECK_FALSE(full_disk.words.may_sign());
  CHECK(breaks_rule(7, [&] { full_disk.sign(on(nullify, 9)); }));
}

TEST_CASE("rule 8: no vote where a former life may have voted, nor ahead of the current view") {
  signing at;
  at.words.restore(ceiling{view{4}});
  CHECK(breaks_rule(8, [&] { at.sign(on(nullify, 4)); }));
  CHECK(breaks_rule(8, [&] { at.sign(on(nullify, 10)); }));
  CHECK(last_words([&] { at.sign(on(nullify, 5)); }).empty());
  INFO("and none in doubt");
  signing blank;
  blank.words.restore_doubt({}, false, outlet{blank.now, blank.links, blank.wake});
  CHECK(breaks_rule(8, [&] { blank.sign(on(nullify, 9)); }));
}

TEST_CASE("rules 1 to 3: one life's notarize and nullify votes are of later views each") {
  signing at;
  at.sign(on(notarize, 5));
  CHECK(breaks_rule(1, [&] { at.sign(on(notarize, 5, 2)); })); // though the view's own is forgotten
  CHECK(breaks_rule(1, [&] { at.sign(on(notarize, 4)); }));
  at.sign(on(nullify, 6));
  CHECK(breaks_rule(2, [&] { at.sign(on(nullify, 6)); }));
  CHECK(breaks_rule(3, [&] { at.sign(on(notarize, 6)); }));
  CHECK(last_words([&] { at.sign(on(notarize, 7)); }).empty());
}

TEST_CASE("rule 5: a replica whose state is not the group's signs nothing") {
  signing at;
  at.words.stop_for_good("another state");
  CHECK_FALSE(at.words.may_sign());
  CHECK(breaks_rule(5, [&] { at.sign(on(finalize, 5)); }));
}

// -- what is held ---------------------------------------------------------------------------------

TEST_CASE("rule 9: what is over is opened no more, and the floor never falls") {
  view_window window{four, self};
  window.certify(certified(notarize, 5));
  window.certify(certified(nullify, 6));
  window.set_final(view{5});
  CHECK(window.notarized().empty());
  CHECK(window.size() == 1);
  CHECK(breaks_rule(9, [&] { static_cast<void>(window.open(view{5})); }));
  CHECK(breaks_rule(9, [&] { window.set_final(view{4}); }));
  CHECK(breaks_rule(9, [&] { window.check(view{5}); }));
  CHECK(breaks_rule(9, [&] { window.raise_floor(view{5}, view{9}); }));
  CHECK(breaks_rule(9, [&] { window.raise_floor(view{9}, view{9}); }));
  CHECK(last_words([&] { window.check(view{7}); }).empty());
}

TEST_CASE("rule 10: a view has no third proposal, and a link no more certificates than it may") {
  view_votes there;
  const auto made = std::make_shared<const proposal>();
  for (std::uint8_t i = 0; i < proposals_per_view_max; ++i) {
    there.add_proposal({made, lone_core::root(i), check_state::no});
  }
  CHECK_FALSE(there.has_room());
  CHECK(breaks_rule(10, [&] { there.add_proposal({made, lone_core::root(9), check_state::no}); }));
  signature_checks checks{four};
  for (std::uint64_t in = 1; in <= candidates_per_link_max; ++in) {
    CHECK(checks.offer(link_id{1}, certified(nullify, in), nullptr));
  }
  CHECK_FALSE(checks.offer(link_id{1}, certified(nullify, 99), nullptr));
  CHECK(checks.offer(link_id{2}, certified(nullify, 99), nullptr));
  CHECK(breaks_rule(6, [&] { checks.offer(link_id{3}, certified(nullify, 99, 1), nullptr); }));
}

TEST_CASE("rule 1: a leader proposes one header in a view") {
  view_votes there;
  there.set_own_proposal(std::make_shared<const proposal>());
  CHECK(breaks_rule(1, [&] { there.set_own_proposal(std::make_shared<const proposal>()); }));
}

} // namespace
} // namespace caucus::voting
