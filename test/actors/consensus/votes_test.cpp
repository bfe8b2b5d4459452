#include "actors/consensus/pacemaker.hpp"
#include "actors/consensus/view_votes.hpp"
#include "test/actors/consensus/lone_core.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

// Votes as they are kept and counted, what helps one who is behind, and the time of a view.

namespace caucus::voting {
namespace {

vote cast(vote_kind kind, std::uint16_t from, std::uint8_t of, std::uint8_t by = 1) {
  signature mark;
  mark.raw[0] = std::byte{by};
  return {{kind, epoch{}, view{5}, kind == vote_kind::nullify ? digest{} : lone_core::root(of)},
          member_index{from},
          mark};
}

TEST_CASE("votes of two views or epochs, and two to nullify, contradict nothing") {
  const auto one = cast(vote_kind::finalize, 0, 1);
  auto later = cast(vote_kind::finalize, 0, 2);
  CHECK(contradict(one.subject, later.subject));
  later.subject.view = view{6};
  CHECK_FALSE(contradict(one.subject, later.subject));
  later.subject.view = one.subject.view;
  later.subject.epoch = epoch{1};
  CHECK_FALSE(contradict(one.subject, later.subject));
  const auto nullify = cast(vote_kind::nullify, 0, 0);
  auto other = nullify;
  other.subject.digest = lone_core::root(3);
  CHECK_FALSE(contradict(nullify.subject, other.subject));
}

TEST_CASE("evidence is of one member's two votes, each found good, that contradict one another") {
  view_votes votes;
  const auto one = cast(vote_kind::finalize, 1, 1);
  const auto two = cast(vote_kind::finalize, 1, 2);
  votes.add(one, check_state::good);
  votes.add(cast(vote_kind::finalize, 2, 2), check_state::good); // another member's
  CHECK_FALSE(votes.take_conflict(member_index{1}));
  CHECK_FALSE(votes.take_conflict(member_index{2}));
  votes.add(cast(vote_kind::notarize, 1, 1), check_state::good); // no contradiction
  CHECK_FALSE(votes.take_conflict(member_index{1}));
  votes.add(two, check_state::no);
  CHECK_FALSE(votes.take_conflict(member_index{1}));
  votes.settle(two, true);
  CHECK(votes.take_conflict(member_index{1}) == conflicting_votes{one, two});
  CHECK_FALSE(votes.take_conflict(member_index{2}));
}

TEST_CASE("each kind has its own place, and votes not found good count for nothing") {
  view_votes votes;
  for (const auto kind : {vote_kind::notarize, vote_kind::nullify, vote_kind::finalize}) {
    for (std::uint8_t of = 1; of <= 2; ++of) {
      if (kind != vote_kind::nullify || of == 1) {
        CHECK(votes.add(cast(kind, 1, of), check_state::no) == view_votes::added::fresh);
      }
    }
  }
  CHECK(votes.add(cast(vote_kind::notarize, 1, 3), check_state::no) == view_votes::added::surplus);
  CHECK(votes.add(cast(vote_kind::notarize, 1, 3), check_state::good) == view_votes::added::fresh);
  const auto on = cast(vote_kind::notarize, 1, 1).subject;
  CHECK(votes.good_count(on) == 0);
  CHECK(votes.good_votes(on, 3).empty());
  CHECK_FALSE(votes.is_good(cast(vote_kind::notarize, 1, 1)));
  CHECK_FALSE(votes.any_asked(on));
  votes.settle(cast(vote_kind::notarize, 3, 1), true); // of nobody here
  CHECK(votes.good_count(on) == 0);
}

TEST_CASE("rule 6: a certificate is made of so many good votes and no more, each member's once") {
  view_votes votes;
  const auto on = cast(vote_kind::notarize, 0, 1).subject;
  for (std::uint16_t who = 0; who < 4; ++who) {
    votes.add(cast(vote_kind::notarize, who, 1), check_state::good);
    votes.add(cast(vote_kind::notarize, who, 2), check_state::good);
  }
  const auto three = votes.good_votes(on, 3);
  REQUIRE(three.size() == 3);
  for (std::size_t i = 0; i < three.size(); ++i) {
    CHECK(three[i].subject == on);
    CHECK((i == 0 || three[i - 1].signer < three[i].signer));
  }
  CHECK(votes.good_votes(on, 9).size() == 4);
}

TEST_CASE("who repeats votes of a view long left is told what is final and how we came here, now "
          "and then") {
  lone_core at{std::uint16_t{0}};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  at.notarized(first);
  at.is_executed(first, 0);
  at.finalized(first);
  at.hear(1, at.certified(vote_kind::nullify, view{2}));
  REQUIRE(at.core->current() == view{3});
  const auto told = [&](std::uint64_t in) {
    at.done.clear();
    at.hear(3, vote{{vote_kind::nullify, epoch{}, view{in}, {}}, member_index{3}, {}});
    std::vector<vote_kind> out;
    for (const auto& one : at.done) {
      const auto* const sent = std::get_if<send>(&one);
      const auto* const held = sent == nullptr ? nullptr : std::get_if<certificate>(&sent->message);
      if (held != nullptr) {
        CHECK(sent->link == lone_core::link(3));
        out.push_back(held->subject.kind);
      }
    }
    return out;
  };
  const std::vector both{vote_kind::finalize, vote_kind::nullify};
  CHECK(told(1).empty()); // we have only just come here
  at.pass(at.config.retry_interval / 2);
  CHECK(told(3).empty()); // no view that we left
  CHECK(told(1) == both);
  CHECK(told(1).empty());
  at.pass(at.config.retry_interval);
  CHECK(told(2) == std::vector{vote_kind::nullify}); // what is final is below it
  at.pass(at.config.retry_interval);
  INFO("so for a late proposal");
  at.done.clear();
  at.hear(1, proposal{{first, {}}, {}});
  std::size_t sent_count = 0;
  for (const auto& one : at.done) {
    const auto* const sent = std::get_if<send>(&one);
    sent_count += sent != nullptr && std::holds_alternative<certificate>(sent->message) ? 1 : 0;
  }
  CHECK(sent_count == 2);
}

TEST_CASE("a view's timers start once, and silence is counted in busy time to the microsecond") {
  using namespace std::chrono_literals;
  pacemaker pace{{100ms, 400ms, 1s}, 4};
  time_point now{};
  pace.enter(now);
  pace.start(now);
  pace.start(now + 50ms);
  CHECK(pace.leader_due() == now + 200ms);
  CHECK(pace.advance_due() == now + 300ms);
  pace.count(true, now);
  now += 1s;
  pace.count(false, now);
  for (const std::uint16_t who : {std::uint16_t{1}, std::uint16_t{2}}) {
    pace.heard(member_index{who});
  }
  CHECK_FALSE(pace.silent(member_index{3}, member_index{0}, 3)); // a second, and no more
  now += 1h;                                                     // idle
  pace.count(true, now);
  CHECK_FALSE(pace.silent(member_index{3}, member_index{0}, 3));
  now += 1us;
  pace.count(true, now);
  CHECK(pace.silent(member_index{3}, member_index{0}, 3));
  INFO("one who is no member counts nobody for itself");
  CHECK_FALSE(pace.silent(member_index{3}, std::nullopt, 3));
}

} // namespace
} // namespace caucus::voting
