#include "actors/consensus/certificate.hpp"
#include "actors/consensus/journal_codec.hpp"
#include "actors/consensus/mempool.hpp"
#include "actors/consensus/pacemaker.hpp"
#include "actors/consensus/view_votes.hpp"
#include "runtime/archive/signing.hpp"

#include "test/catch.hpp"

#include <cstdint>
#include <vector>

// The parts of the consensus core, each alone.

namespace caucus::voting {
namespace {

digest named(std::uint8_t what) {
  digest out;
  out.raw[0] = std::byte{what};
  return out;
}

signature signed_as(std::uint8_t what) {
  signature out;
  out.raw[0] = std::byte{what};
  return out;
}

vote cast(vote_kind kind, std::uint16_t from, std::uint8_t of, std::uint8_t by = 1) {
  return {{kind, epoch{}, view{5}, kind == vote_kind::nullify ? digest{} : named(of)},
          member_index{from},
          signed_as(by)};
}

TEST_CASE("only as many votes are checked as a quorum needs, and a bad one brings up the next") {
  view_votes votes;
  const auto on = cast(vote_kind::notarize, 0, 1).subject;
  for (std::uint16_t from = 0; from < 4; ++from) {
    const auto one = cast(vote_kind::notarize, from, 1);
    CHECK(votes.add(one, check_state::no) == view_votes::added::fresh);
    const auto taken = votes.take_unchecked(on, member_index{from}, 3, false);
    CHECK(taken.size() == (from < 3 ? 1U : 0U));
  }
  votes.settle(cast(vote_kind::notarize, 0, 1), true);
  votes.settle(cast(vote_kind::notarize, 1, 1), true);
  votes.settle(cast(vote_kind::notarize, 2, 1), false);
  CHECK(votes.good_count(on) == 2);
  const auto next = votes.take_unchecked(on, member_index{2}, 3, false);
  REQUIRE(next.size() == 1);
  CHECK(next.front().signer == member_index{3});
}

TEST_CASE("a bad signature holds no place against the real one of the same member") {
  view_votes votes;
  const auto fake = cast(vote_kind::nullify, 1, 0, 66);
  const auto real = cast(vote_kind::nullify, 1, 0, 1);
  votes.add(fake, check_state::no);
  CHECK(votes.take_unchecked(fake.subject, member_index{1}, 3, false).size() == 1);
  CHECK(votes.add(real, check_state::no) == view_votes::added::fresh);
  CHECK(votes.take_unchecked(real.subject, member_index{1}, 3, false) == std::vector{real});
  votes.settle(fake, false);
  votes.settle(real, true);
  CHECK(votes.good_count(real.subject) == 1);
  CHECK(votes.add(fake, check_state::no) == view_votes::added::repeated);
}

TEST_CASE("a member that signs two headers counts for both, and is told once") {
  view_votes votes;
  const auto one = cast(vote_kind::notarize, 2, 1);
  const auto two = cast(vote_kind::notarize, 2, 2);
  votes.add(one, check_state::good);
  votes.add(two, check_state::no);
  CHECK_FALSE(votes.take_conflict(member_index{2}));
  CHECK(votes.take_unchecked(two.subject, member_index{2}, 3, false) == std::vector{two});
  votes.settle(two, true);
  CHECK(votes.good_count(one.subject) == 1);
  CHECK(votes.good_count(two.subject) == 1);
  CHECK(votes.take_conflict(member_index{2}) == conflicting_votes{one, two});
  CHECK_FALSE(votes.take_conflict(member_index{2}));
  CHECK(votes.add(cast(vote_kind::notarize, 2, 3), check_state::no) == view_votes::added::surplus);
}

TEST_CASE("rules 1, 2: which votes contradict one another") {
  struct row {
    const char* name;
    vote a;
    vote b;
    bool contradicts;
  };
  const row rows[] = {
    {"two notarize", cast(vote_kind::notarize, 0, 1), cast(vote_kind::notarize, 0, 2), true},
    {"the same", cast(vote_kind::notarize, 0, 1), cast(vote_kind::notarize, 0, 1), false},
    {"two finalize", cast(vote_kind::finalize, 0, 1), cast(vote_kind::finalize, 0, 2), true},
    {"nullify, finalize", cast(vote_kind::nullify, 0, 0), cast(vote_kind::finalize, 0, 1), true},
    {"notarize, nullify", cast(vote_kind::notarize, 0, 1), cast(vote_kind::nullify, 0, 0), false},
    {"notarize, finalize another", cast(vote_kind::notarize, 0, 1), cast(vote_kind::finalize, 0, 2),
     false},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    CHECK(contradict(one.a.subject, one.b.subject) == one.contradicts);
    CHECK(contradict(one.b.subject, one.a.subject) == one.contradicts);
  }
}

batch_held held(std::uint8_t id, std::uint8_t author, std::uint64_t number,
                std::uint32_t size = 10) {
  peer_id by;
  by.raw[0] = std::byte{author};
  return {named(id), by, batch_number{number}, size, false};
}

TEST_CASE("a leader lists in the order of arrival, but no batch before a lower one of its author") {
  mempool pool;
  pool.held(held(1, 1, 7));
  pool.held(held(2, 2, 1));
  pool.held(held(3, 1, 6));
  pool.held(held(4, 1, 8));
  CHECK(pool.choose({}, 10, 1'000) == std::vector{named(3), named(1), named(2), named(4)});
  CHECK(pool.choose({named(3)}, 10, 1'000) == std::vector{named(1), named(2), named(4)});
  CHECK(pool.choose({}, 2, 1'000) == std::vector{named(3), named(1)});
  CHECK(pool.choose({}, 10, 25) == std::vector{named(3), named(1)});
  pool.listed(named(3));
  CHECK(pool.holds(named(3)));
  pool.gone(named(1));
  CHECK_FALSE(pool.holds(named(1)));
  CHECK(pool.choose({}, 10, 1'000) == std::vector{named(2), named(4)});
}

TEST_CASE("a batch that is final already is held for votes and not waiting") {
  mempool pool;
  pool.held(held(1, 1, 7), false);
  CHECK(pool.holds(named(1)));
  CHECK_FALSE(pool.any_waiting());
  pool.gone(named(1));
  CHECK_FALSE(pool.holds(named(1)));
}

TEST_CASE("two batches of one number: one waits, both can be voted for") {
  mempool pool;
  pool.held(held(1, 1, 7));
  pool.held(held(2, 1, 7));
  CHECK(pool.holds(named(2)));
  CHECK(pool.choose({}, 10, 1'000) == std::vector{named(1)});
  pool.gone(named(2));
  pool.gone(named(1));
  CHECK_FALSE(pool.any_waiting());
}

TEST_CASE("delta grows from the second failure in a row, to its most, and shrinks back") {
  using namespace std::chrono_literals;
  pacemaker pace{{100ms, 400ms, 1s}, 4};
  pace.failed();
  CHECK(pace.delta() == 100ms);
  pace.failed();
  CHECK(pace.delta() == 150ms);
  for (int i = 0; i < 10; ++i) {
    pace.failed();
  }
  CHECK(pace.delta() == 400ms);
  for (int i = 0; i < 10; ++i) {
    pace.passed();
  }
  CHECK(pace.delta() == 100ms);
}

TEST_CASE("silence counts in busy time, and only while a quorum talks") {
  using namespace std::chrono_literals;
  pacemaker pace{{100ms, 400ms, 1s}, 4};
  const member_index self{0};
  time_point now{};
  pace.count(false, now);
  now += 1h; // idle
  pace.count(true, now);
  CHECK_FALSE(pace.silent(member_index{3}, self, 3));
  now += 2s;
  pace.count(true, now);
  CHECK_FALSE(pace.silent(member_index{3}, self, 3)); // nobody talks
  pace.heard(member_index{1});
  pace.heard(member_index{2});
  CHECK(pace.silent(member_index{3}, self, 3));
  pace.heard(member_index{3});
  CHECK_FALSE(pace.silent(member_index{3}, self, 3));
}

TEST_CASE("rule 6: certificates of a wrong shape are refused") {
  const auto on = cast(vote_kind::notarize, 0, 1).subject;
  const auto of = [&on](std::uint64_t signers, std::size_t count) {
    return certificate{on, signers, std::vector<signature>(count, signed_as(1))};
  };
  const committee voters{epoch{}, std::vector<member>(4)};
  CHECK(voters.check_shape(of(0b0111, 3)));
  CHECK(voters.check_shape(of(0b1111, 4)));
  CHECK_FALSE(voters.check_shape(of(0b0011, 2)));
  CHECK_FALSE(voters.check_shape(of(0b10011, 3)));
  CHECK_FALSE(voters.check_shape(of(0b0111, 2)));
  auto nullification = of(0b0111, 3);
  nullification.subject.kind = vote_kind::nullify;
  CHECK_FALSE(voters.check_shape(nullification));
  nullification.subject.digest = {};
  CHECK(voters.check_shape(nullification));
  CHECK(claims_of(of(0b1101, 3)).at(2).signer == member_index{3});
}

TEST_CASE("a payload must be what the header says, each batch once") {
  block what;
  what.batches = {named(1), named(2)};
  what.header.payload = payload_digest(what.batches);
  CHECK(check_payload(what));
  what.batches.push_back(named(1));
  CHECK_FALSE(check_payload(what));
  what.header.payload = payload_digest(what.batches);
  CHECK_FALSE(check_payload(what));
}

TEST_CASE("a journal record comes back as it was written, and garbage does not") {
  proposal said;
  said.block.header.view = view{9};
  said.block.batches = {named(1)};
  const auto mine = cast(vote_kind::finalize, 2, 1);
  const auto back = decode_consensus_record(encode_consensus_record(voted{mine}));
  REQUIRE(back);
  CHECK(std::get<voted>(*back).vote == mine);
  const auto block_back = decode_consensus_record(
    encode_consensus_record(seen_block{std::make_shared<const proposal>(said)}));
  REQUIRE(block_back);
  CHECK(*std::get<seen_block>(*block_back).proposal == said);
  const certificate held{mine.subject, 7, std::vector<signature>(3, signed_as(1))};
  const auto seen = decode_consensus_record(encode_consensus_record(seen_certificate{held}));
  REQUIRE(seen);
  CHECK(std::get<seen_certificate>(*seen).certificate == held);
  const auto top = decode_consensus_record(encode_consensus_record(ceiling{view{0x123456789abc}}));
  REQUIRE(top);
  CHECK(std::get<ceiling>(*top).top == view{0x123456789abc});
  CHECK(std::get<ceiling>(*top).in == first_epoch);
  CHECK(encode_consensus_record(ceiling{view{3}}).size() == 1 + 8);
  const auto later =
    decode_consensus_record(encode_consensus_record(ceiling{view{3}, epoch{0x123456789abc}}));
  REQUIRE(later);
  CHECK(std::get<ceiling>(*later).top == view{3});
  CHECK(std::get<ceiling>(*later).in == epoch{0x123456789abc});
  const auto known = decode_consensus_record(encode_consensus_record(heard_of{5, epoch{2}}));
  REQUIRE(known);
  CHECK(std::get<heard_of>(*known).members == 5);
  CHECK(std::get<heard_of>(*known).in == epoch{2});
  const auto own = decode_consensus_record(encode_consensus_record(own_life{9}));
  REQUIRE(own);
  CHECK(std::get<own_life>(*own).number == 9);
  peer_id who;
  who.raw[3] = std::byte{7};
  const auto of_another = encode_consensus_record(other_life{who, {{4, 5}, signed_as(1)}});
  const auto other = decode_consensus_record(of_another);
  REQUIRE(other);
  CHECK(std::get<other_life>(*other).peer == who);
  CHECK(std::get<other_life>(*other).said == signed_life{{4, 5}, signed_as(1)});
  for (std::size_t size = 1; size < of_another.size(); ++size) {
    CHECK_FALSE(decode_consensus_record(bytes_view{of_another}.first(size)));
  }
  CHECK_FALSE(decode_consensus_record(bytes_view{encode_consensus_record(own_life{9})}.first(8)));
  auto said_twice = encode_consensus_record(ceiling{view{3}, epoch{1}});
  said_twice[1 + 8] = std::byte{0};
  CHECK_FALSE(decode_consensus_record(said_twice)); // the first epoch is left out
  CHECK_FALSE(decode_consensus_record({}));
  auto cut = encode_consensus_record(voted{mine});
  cut.pop_back();
  CHECK_FALSE(decode_consensus_record(cut));
  cut.front() = std::byte{99};
  CHECK_FALSE(decode_consensus_record(cut));
}

} // namespace
} // namespace caucus::voting
