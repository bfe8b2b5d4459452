#include "runtime/membership/membership_rules.hpp"

#include "messages/hello.hpp"

#include "test/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

// A group that changes itself: who has to say so, who comes and goes, and what is never done.

namespace caucus {
namespace {

peer_id peer(std::size_t which) {
  peer_id out;
  out.raw[0] = static_cast<std::byte>(which + 1);
  return out;
}
member member_of(std::size_t which) {
  return {peer(which), "m" + std::to_string(which), {}};
}

/// Peers 0 to `size` - 1 found a group; then it passes block after block.
struct grown {
  group_book book;
  committee now;
  wall_ms time{1'000};

  explicit grown(std::size_t size) {
    genesis from;
    for (std::size_t i = 0; i < size; ++i) {
      from.members.push_back(member_of(i));
    }
    book = first_book(from);
    now = committee_of(book.next);
  }
  group_editor edit() { return {now, book, time}; }
  /// A block in which these ask, and those agree.
  void block(const group_directive& what, const std::vector<std::size_t>& ask,
             const std::vector<std::size_t>& agree) {
    auto at = edit();
    say(at, what, ask, agree);
    end(at);
  }
  static void say(group_editor& at, const group_directive& what,
                  const std::vector<std::size_t>& ask, const std::vector<std::size_t>& agree) {
    for (const auto who : ask) {
      REQUIRE(at.ask(peer(who), what));
    }
    for (const auto who : agree) {
      REQUIRE(at.agree(peer(who), what));
    }
  }
  void block() {
    auto at = edit();
    end(at);
  }
  /// The epoch ends if its members are others: true.
  bool end(group_editor& at) {
    at.finish([](const peer_id&) { return batch_number{77}; });
    const bool closes = at.closes();
    CHECK(closes == (book.next.epoch > now.in_epoch()));
    now = committee_of(book.next);
    time += wall_ms{1'000};
    return closes;
  }
  /// All that a change takes.
  void pass(const group_directive& what) {
    std::vector<std::size_t> ask;
    std::vector<std::size_t> agree;
    for (std::size_t i = 0; i < 64; ++i) {
      if (now.has(peer(i)) && ask.size() <= now.liars()) {
        ask.push_back(i);
      }
      if (now.has(peer(i)) && agree.size() < now.quorum()) {
        agree.push_back(i);
      }
    }
    block(what, ask, agree);
  }
  /// The members, by number, in order.
  [[nodiscard]] std::vector<std::size_t> members() const {
    std::vector<std::size_t> out;
    for (const auto& one : book.next.seats) {
      out.push_back(std::to_integer<std::size_t>(one.member.peer.raw[0]) - 1);
    }
    return out;
  }
  [[nodiscard]] std::string refusal(const peer_id& by, const group_directive& what) {
    const auto before = book;
    const auto said = edit().ask(by, what);
    CHECK(book == before);
    REQUIRE_FALSE(said);
    return said.error().detail;
  }
};

using numbers = std::vector<std::size_t>;

} // namespace

TEST_CASE("a directive passes once f + 1 members have asked and a quorum has agreed, not before") {
  const group_directive what{admit{member_of(9), true}};
  grown at{7};
  at.block(what, {0, 1}, {});
  CHECK(at.book.next.standbys.empty());
  {
    auto early = at.edit();
    CHECK_FALSE(early.agree(peer(0), what)); // two of seven may both lie
  }
  at.block(what, {2}, {0, 1, 2, 3});
  CHECK(at.book.next.standbys.empty());
  at.block(what, {}, {3});
  CHECK(at.book.next.standbys.empty()); // the same again
  at.block(what, {}, {4});
  CHECK(at.book.next.standbys.size() == 1);
  CHECK(at.book.open.empty());
  CHECK(at.now.in_epoch() == first_epoch);
}

TEST_CASE("nobody but a member asks or agrees, and who has left counts no more") {
  const group_directive what{admit{member_of(9)}};
  grown at{4};
  {
    auto none = at.edit();
    CHECK_FALSE(none.ask(peer(9), what));
    CHECK_FALSE(none.agree(peer(9), what));
    CHECK_FALSE(none.agree(peer(0), what));
  }
  at.block(what, {0, 1}, {0, 1});
  at.pass(replace{peer(1), member_of(8)});
  CHECK(at.members() == numbers{0, 2, 3, 8});
  {
    auto early = at.edit();
    CHECK_FALSE(early.agree(peer(2), what)); // of the two that asked one is gone
  }
  at.block(what, {2}, {2, 3});
  CHECK(at.members() == numbers{0, 2, 3, 8, 9});
}

TEST_CASE("a group grows by admit alone through 4, 5, 7, 10 and 13, and no other size") {
  grown at{4};
  numbers sizes;
  for (std::size_t who = 4; who < 13; ++who) {
    at.pass(admit{member_of(who)});
    sizes.push_back(at.members().size());
  }
  CHECK(sizes == numbers{5, 5, 7, 7, 7, 10, 10, 10, 13});
  CHECK(at.now.in_epoch() == epoch{4});
  CHECK(at.members() == numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  CHECK(at.book.next.standbys.empty());
}

TEST_CASE("below four members each one counts") {
  grown at{1};
  for (std::size_t who = 1; who < 4; ++who) {
    at.pass(admit{member_of(who)});
    CHECK(at.members().size() == who + 1);
  }
}

TEST_CASE("nobody enters where those who stay are no quorum of the new group") {
  grown at{4};
  for (std::size_t who = 4; who < 8; ++who) {
    at.pass(admit{member_of(who), true});
  }
  CHECK(at.members().size() == 4); // they are reserves
  CHECK_THAT(at.refusal(peer(0), reinforce{3}), Catch::Contains("no quorum of 7"));
  at.pass(reinforce{1}); // 4 of 5 stay
  CHECK(at.members() == numbers{0, 1, 2, 3, 4});
  CHECK_THAT(at.refusal(peer(0), reinforce{4}), Catch::Contains("3 wait"));
  at.pass(reinforce{2});
  CHECK(at.members() == numbers{0, 1, 2, 3, 4, 5, 6});
  CHECK_THAT(at.refusal(peer(0), reinforce{0}), Catch::Contains("wait"));
}

TEST_CASE(
  "a kick that lowers the faults that are borne has to say so, one that leaves too few waits") {
  grown at{4};
  CHECK_THAT(at.refusal(peer(0), kick{peer(3)}), Catch::Contains("needs 4"));
  CHECK_THAT(at.refusal(peer(0), kick{peer(3), true}), Catch::Contains("needs 4"));
  at.pass(admit{member_of(4)});
  at.pass(kick{peer(3)}); // 5 and 4 bear one fault
  CHECK(at.members() == numbers{0, 1, 2, 4});
  at.pass(admit{member_of(5), true});
  at.pass(kick{peer(0)}); // and a standby takes its place
  CHECK(at.members() == numbers{1, 2, 4, 5});
  grown seven{7};
  CHECK_THAT(seven.refusal(peer(0), kick{peer(3)}), Catch::Contains("bear 1 faults and not 2"));
  seven.pass(kick{peer(3), true});
  CHECK(seven.members() == numbers{0, 1, 2, 4, 5, 6});
}

TEST_CASE("an epoch drops f members at most, or one; who is due after them goes in the next") {
  grown at{7};
  const auto drop = [](std::size_t who, group_editor& in) {
    grown::say(in, kick{peer(who), true}, {0, 1, 2}, {0, 1, 2, 3, 4});
  };
  auto block = at.edit();
  drop(5, block);
  drop(6, block);
  REQUIRE(at.end(block));
  CHECK(at.members() == numbers{0, 1, 2, 3, 4});
  auto one = at.edit();
  REQUIRE(one.prove(peer(4), epoch{1}));
  REQUIRE(one.prove(peer(3), epoch{1}));
  REQUIRE(at.end(one));
  CHECK(at.members() == numbers{0, 1, 2, 3}); // of five one may lie
  at.pass(admit{member_of(8), true});
  CHECK(at.members() == numbers{0, 1, 2, 8});
}

TEST_CASE("a member leaves by its own word, unless fewer faults would be borne or too few stay") {
  grown at{5};
  CHECK_THAT(at.refusal(peer(0), retire{peer(1)}), Catch::Contains("asks itself"));
  at.block(retire{peer(2)}, {2}, {});
  CHECK(at.members() == numbers{0, 1, 3, 4});
  CHECK_THAT(at.refusal(peer(0), retire{peer(0)}), Catch::Contains("needs 4"));
  grown seven{7};
  CHECK_THAT(seven.refusal(peer(0), retire{peer(0)}), Catch::Contains("bear 1 faults"));
  const group_directive lower{retire{peer(0), true}};
  seven.block(lower, {0}, {});
  CHECK(seven.members().size() == 7); // the others have to want it too
  seven.block(lower, {1, 2}, {1, 2, 3, 4, 5});
  CHECK(seven.members() == numbers{1, 2, 3, 4, 5, 6});
}

TEST_CASE(
  "proof kicks at once and for good, whoever brings it; of before it joined it proves nothing") {
  grown at{5};
  auto block = at.edit();
  CHECK_FALSE(block.prove(peer(9), epoch{0}));
  REQUIRE(block.prove(peer(0), epoch{0}));
  CHECK_FALSE(block.prove(peer(0), epoch{0}));
  REQUIRE(at.end(block));
  CHECK(at.members() == numbers{1, 2, 3, 4});
  CHECK_THAT(at.refusal(peer(1), admit{member_of(0)}), Catch::Contains("barred"));
  at.pass(unbar{peer(0)});
  at.pass(admit{member_of(0)});
  CHECK(at.members() == numbers{1, 2, 3, 4, 0});
  auto late = at.edit();
  CHECK_FALSE(late.prove(peer(0), epoch{0}));
  CHECK_FALSE(late.prove(peer(0), batch_number{77}));
  REQUIRE(late.prove(peer(0), batch_number{78}));
  REQUIRE(at.end(late));
  CHECK(at.members() == numbers{1, 2, 3, 4});
}

TEST_CASE("where too few would stay, who is proven to lie goes once another can take the place") {
  grown at{4};
  auto block = at.edit();
  REQUIRE(block.prove(peer(3), epoch{0}));
  CHECK_FALSE(at.end(block));
  CHECK(at.members() == numbers{0, 1, 2, 3});
  at.pass(admit{member_of(4), true});
  CHECK(at.members() == numbers{0, 1, 2, 4});
}

TEST_CASE("one replaces another and stands behind those who stay") {
  grown at{4};
  CHECK_THAT(at.refusal(peer(0), replace{peer(9), member_of(4)}), Catch::Contains("no member"));
  CHECK_THAT(at.refusal(peer(0), replace{peer(1), member_of(2)}),
             Catch::Contains("member already"));
  member taken{peer(9), "m2", {}};
  CHECK_THAT(at.refusal(peer(0), replace{peer(1), taken}), Catch::Contains("another's"));
  member same{peer(9), "m1", {}};
  at.pass(replace{peer(1), same});
  CHECK(at.members() == numbers{0, 2, 3, 9});
  CHECK(at.now.name_of(peer(9)) == "m1");
  CHECK(at.book.next.seats.back().joined == epoch{1});
  INFO("and its key may be a thief's");
  CHECK(at.book.barred == std::vector<barred_peer>{{peer(1), wall_ms{0}}});
  CHECK_THAT(at.refusal(peer(0), admit{member_of(1)}), Catch::Contains("unbar"));
}

TEST_CASE("nobody more is barred, nor replaced, where all that may be are") {
  grown at{4};
  for (std::size_t i = 0; i < barred_max; ++i) {
    barred_peer one;
    one.peer.raw[0] = std::byte{0xff};
    one.peer.raw[1] = static_cast<std::byte>(i / 256);
    one.peer.raw[2] = static_cast<std::byte>(i % 256);
    at.book.barred.push_back(one);
  }
  CHECK_THAT(at.refusal(peer(0), bar{peer(9), 0}), Catch::Contains("unbar some"));
  CHECK_THAT(at.refusal(peer(0), replace{peer(1), member_of(9)}), Catch::Contains("unbar some"));
  at.book.barred.pop_back();
  at.pass(replace{peer(1), member_of(9)});
  CHECK(at.book.barred.size() == barred_max);
}

TEST_CASE("two changes of one block make one epoch; two that undo each other make none") {
  grown at{5};
  auto block = at.edit();
  const group_directive out{kick{peer(4)}};
  const group_directive in{admit{member_of(7)}};
  for (const auto& what : {in, out}) {
    for (const std::size_t by : {0U, 1U}) {
      REQUIRE(block.ask(peer(by), what));
    }
    for (const std::size_t by : {0U, 1U, 2U, 3U}) {
      REQUIRE(block.agree(peer(by), what));
    }
  }
  REQUIRE(at.end(block));
  CHECK(at.members() == numbers{0, 1, 2, 3, 7});
  CHECK(at.now.in_epoch() == epoch{1});
  grown one{4};
  auto both = one.edit();
  const group_directive moved{announce{"we meet at noon"}};
  REQUIRE(both.ask(peer(0), moved));
  CHECK_FALSE(one.end(both));
  CHECK(one.now.in_epoch() == first_epoch);
}

TEST_CASE("a petition is open for an hour, and a member has two of its own at a time") {
  grown at{4};
  at.block(admit{member_of(4), true}, {0}, {});
  at.block(admit{member_of(5), true}, {0}, {});
  CHECK_THAT(at.refusal(peer(0), admit{member_of(6), true}), Catch::Contains("2 changes"));
  at.block(admit{member_of(6), true}, {1}, {});
  {
    auto seconds = at.edit();
    CHECK(seconds.ask(peer(0), admit{member_of(6), true})); // another's it may join
  }
  CHECK(at.book.open.size() == 3);
  at.time = wall_ms{1'000} + petition_time - wall_ms{1};
  at.block();
  CHECK(at.book.open.size() == 3);
  at.time = wall_ms{1'000} + petition_time;
  at.block();
  CHECK(at.book.open.size() == 2);
}

TEST_CASE("who is barred is let in again when its time is over, or by another vote") {
  grown at{4};
  CHECK_THAT(at.refusal(peer(0), bar{peer(1), 0}), Catch::Contains("kick it first"));
  CHECK_THAT(at.refusal(peer(0), unbar{peer(8)}), Catch::Contains("not barred"));
  CHECK_THAT(at.refusal(peer(0), bar{peer(9), bar_ms_max + 1}), Catch::Contains("36500 days"));
  CHECK_THAT(at.refusal(peer(0), bar{peer(9), std::numeric_limits<std::uint64_t>::max()}),
             Catch::Contains("36500 days"));
  at.pass(bar{peer(9), 10'000});
  at.pass(bar{peer(8), 0});
  REQUIRE(at.book.barred.size() == 2);
  CHECK(at.book.barred.front().peer == peer(8)); // ascending
  CHECK_THAT(at.refusal(peer(0), bar{peer(8), 0}), Catch::Contains("already"));
  CHECK_THAT(at.refusal(peer(0), admit{member_of(8)}), Catch::Contains("unbar"));
  const auto until = at.book.barred.back().until;
  at.time = until - wall_ms{1};
  at.block();
  CHECK(at.book.barred.size() == 2);
  at.time = until;
  at.block();
  CHECK(at.book.barred.size() == 1);
  at.pass(unbar{peer(8)});
  CHECK(at.book.barred.empty());
}

TEST_CASE("a member says where it is now, and no epoch ends for that") {
  grown at{4};
  auto block = at.edit();
  CHECK_FALSE(block.move(peer(9), "host:1"));
  CHECK_FALSE(block.move(peer(0), std::string(address_size_max + 1, 'x')));
  REQUIRE(block.move(peer(0), "host:1"));
  CHECK_FALSE(at.end(block));
  CHECK(at.book.next.seats.front().member.address == "host:1");
}

TEST_CASE("proof of a lie bars who left in the same block, and who left before the epoch ended") {
  const bool is_before = GENERATE(true, false);
  grown at{5};
  {
    auto block = at.edit();
    if (is_before) {
      REQUIRE(block.ask(peer(4), retire{peer(4)}));
    }
    REQUIRE(block.prove(peer(4), first_epoch));
    if (!is_before) {
      REQUIRE(block.ask(peer(4), retire{peer(4)}));
    }
    at.end(block);
  }
  CHECK(at.members() == numbers{0, 1, 2, 3});
  CHECK(at.book.barred == std::vector<barred_peer>{{peer(4), wall_ms{0}}});
}

TEST_CASE("old proof undoes no vote: it counts for no standby") {
  grown at{5};
  {
    auto block = at.edit();
    REQUIRE(block.prove(peer(4), first_epoch));
    at.end(block);
  }
  at.pass(unbar{peer(4)});
  at.pass(admit{member_of(4), true});
  REQUIRE(at.book.next.standbys.size() == 1);
  auto block = at.edit();
  CHECK_FALSE(block.prove(peer(4), first_epoch));
  CHECK_FALSE(block.prove(peer(4), batch_number{99}));
}

TEST_CASE("nobody leaves in the epoch whose newcomers would be needed then") {
  grown at{5};
  at.pass(admit{member_of(8), true});
  at.pass(admit{member_of(9), true});
  {
    auto block = at.edit();
    grown::say(block, reinforce{2}, {0, 1}, {0, 1, 2, 3});
    REQUIRE(block.prove(peer(4), first_epoch));
    at.end(block);
  }
  CHECK(at.members() == numbers{0, 1, 2, 3, 4, 8, 9});
  at.block(); // in the next one
  CHECK(at.members() == numbers{0, 1, 2, 3, 8, 9});
}

TEST_CASE("names and addresses that are none enter no group") {
  grown at{4};
  for (const auto* const name : {"", "Eva", "e v", "eva\n", "9eva"}) {
    CHECK_THAT(at.refusal(peer(0), admit{{peer(9), name, {}}}), Catch::Contains("small letters"));
    CHECK_THAT(at.refusal(peer(0), replace{peer(1), {peer(9), name, {}}}),
               Catch::Contains("small letters"));
  }
  CHECK_THAT(at.refusal(peer(0), admit{{peer(9), "eva", "nowhere"}}), Catch::Contains("HOST:PORT"));
  auto block = at.edit();
  CHECK_FALSE(block.move(peer(0), "nowhere"));
  CHECK_FALSE(block.move(peer(0), {}));
}

TEST_CASE("64 members who ask for all they may, and are all proven to lie, fill no table") {
  grown at{64};
  for (std::size_t who = 0; who < 64; ++who) {
    auto block = at.edit();
    for (std::size_t i = 0; i < petitions_per_member_max; ++i) {
      REQUIRE(block.ask(peer(who), announce{std::to_string(who * 2 + i)}));
    }
    at.end(block);
  }
  CHECK(at.book.open.size() == petitions_asked_max);
  auto block = at.edit();
  for (std::size_t who = 0; who < 64; ++who) {
    REQUIRE(block.prove(peer(who), first_epoch));
  }
  at.book.members_min = 64; // so that all wait
  at.end(block);
  CHECK(at.book.open.size() <= petitions_max);
  CHECK(at.book.open.size() > petitions_asked_max);
}

TEST_CASE("who is no member agrees with nothing, and who asks twice has asked once") {
  const group_directive what{admit{member_of(9)}};
  grown at{4};
  auto block = at.edit();
  REQUIRE(block.ask(peer(0), what));
  REQUIRE(block.ask(peer(0), what));
  REQUIRE(block.ask(peer(1), what));
  CHECK(at.book.open.front().askers.size() == 2);
  CHECK_FALSE(block.agree(peer(9), what));
}

TEST_CASE("what is asked for fills no more than its part of the table") {
  grown at{4};
  for (std::size_t i = 0; i < petitions_asked_max; ++i) {
    at.book.open.push_back({announce{"x" + std::to_string(i)}, at.time, {peer(1)}, {}, false});
  }
  CHECK_THAT(at.refusal(peer(0), announce{"y"}), Catch::Contains("asked for already"));
  at.book.open.front().due = true;
  auto block = at.edit();
  CHECK(block.ask(peer(0), announce{"y"}));
}

TEST_CASE("a name is one member's or standby's, and a standby may be asked for otherwise") {
  grown at{4};
  CHECK_THAT(at.refusal(peer(0), admit{{peer(9), "m2", {}}}), Catch::Contains("another's"));
  at.pass(admit{{peer(8), "eva", "eva.example.org:7400"}, true});
  REQUIRE(at.book.next.standbys.size() == 1);
  CHECK_THAT(at.refusal(peer(0), admit{{peer(9), "eva", {}}}), Catch::Contains("another's"));
  CHECK_THAT(at.refusal(peer(0), admit{{peer(8), "eva", {}}, true}),
             Catch::Contains("waits already"));
  {
    auto block = at.edit();
    REQUIRE(block.move(peer(8), "eva.example.org:7500"));
  }
  CHECK(at.book.next.standbys.front().member.address == "eva.example.org:7500");
  at.pass(admit{{peer(8), "eva", {}}});
  CHECK(at.members() == numbers{0, 1, 2, 3, 8});
}

TEST_CASE("so many wait for a place and no more, and who waits may wait otherwise") {
  grown at{4};
  const auto numbered = [](std::size_t i) {
    return member{peer(100 + i), "n" + std::to_string(i), {}};
  };
  for (std::size_t i = 0; i < standbys_max; ++i) {
    at.book.next.standbys.push_back({numbered(i), true});
  }
  CHECK_THAT(at.refusal(peer(0), admit{numbered(standbys_max)}),
             Catch::Contains("wait for a place"));
  at.pass(kick{numbered(0).peer});
  REQUIRE(at.book.next.standbys.size() == standbys_max - 1);
  at.pass(admit{numbered(standbys_max), true});
  REQUIRE(at.book.next.standbys.size() == standbys_max);
  at.pass(admit{numbered(1)});
  CHECK(at.members().size() == 5);
}

TEST_CASE("nobody leaves a group that needs him, though another waits, but by being replaced") {
  grown at{4};
  at.pass(admit{member_of(8), true});
  CHECK_THAT(at.refusal(peer(0), retire{peer(0)}), Catch::Contains("needs 4"));
  CHECK_THAT(at.refusal(peer(0), kick{peer(9)}), Catch::Contains("no member"));
  at.pass(replace{peer(1), member_of(9)});
  CHECK(at.members() == numbers{0, 2, 3, 9});
  CHECK(at.book.next.standbys.size() == 1);
  CHECK(at.book.next.seats.front().silent == batch_number{}); // who stays has what he had
  CHECK(at.book.next.seats.back().silent == batch_number{77});
  grown seven{7};
  seven.book.members_min = 6;
  CHECK_THAT(seven.refusal(peer(0), retire{peer(0)}), Catch::Contains("bear 1 faults"));
}

TEST_CASE(
  "whoever leaves a group that is large enough leaves his place to nobody, and is not barred") {
  grown at{5};
  at.pass(admit{member_of(8), true});
  at.block(retire{peer(2)}, {2}, {});
  CHECK(at.members() == numbers{0, 1, 3, 4});
  CHECK(at.book.next.standbys.size() == 1);
  CHECK(at.book.barred.empty());
  grown six{6};
  six.pass(kick{peer(5)});
  CHECK(six.members().size() == 5);
  CHECK(six.book.barred.empty());
}

TEST_CASE("a third one of seven goes in the next epoch") {
  grown at{7};
  auto block = at.edit();
  for (const std::size_t who : {4U, 5U, 6U}) {
    const auto first = who - 4; // each asks for two at most
    grown::say(block, kick{peer(who), true}, {first, first + 1, first + 2}, {0, 1, 2, 3, 4});
  }
  REQUIRE(at.end(block));
  CHECK(at.members().size() == 5);
}

TEST_CASE("of two or three members each is needed, and enters or is replaced all the same") {
  grown two{2};
  two.pass(admit{member_of(8), true});
  two.pass(reinforce{1});
  CHECK(two.members() == numbers{0, 1, 8});
  grown three{3};
  three.pass(replace{peer(1), member_of(8)});
  CHECK(three.members() == numbers{0, 2, 8});
}

TEST_CASE("a group has 64 members at most") {
  grown full{members_max};
  full.pass(admit{{peer(100), "eva", {}}, true});
  CHECK_THAT(full.refusal(peer(0), reinforce{1}), Catch::Contains("64 members at most"));
  full.pass(admit{{peer(100), "eva", {}}});
  full.pass(admit{{peer(101), "eve", {}}});
  full.pass(admit{{peer(102), "evi", {}}});
  CHECK(full.members().size() == members_max);
  grown one_less{members_max - 1};
  one_less.pass(admit{{peer(100), "eva", {}}, true});
  one_less.pass(reinforce{1});
  CHECK(one_less.members().size() == members_max);
}

TEST_CASE("limits of a bar, of its end and of an announcement") {
  grown at{4};
  at.pass(bar{peer(9), bar_ms_max});
  CHECK(at.book.barred.size() == 1);
  CHECK_THAT(at.refusal(peer(0), unbar{peer(8)}), Catch::Contains("not barred"));
  CHECK_THAT(at.refusal(peer(0), announce{""}), Catch::Contains("1 to 4096"));
  CHECK_THAT(at.refusal(peer(0), announce{std::string(announcement_size_max + 1, 'x')}),
             Catch::Contains("1 to 4096"));
  auto block = at.edit();
  CHECK(block.ask(peer(0), announce{std::string(announcement_size_max, 'x')}));
}

TEST_CASE("a wish of whom has left goes with him, and proof needs none of it") {
  grown at{5};
  at.block(announce{"mine"}, {4}, {});
  REQUIRE(at.book.open.size() == 1);
  at.block(retire{peer(4)}, {4}, {});
  at.block();
  CHECK(at.book.open.empty());
  grown five{5};
  auto block = five.edit();
  REQUIRE(block.ask(peer(0), kick{peer(4), true}));
  CHECK(block.prove(peer(4), first_epoch)); // though it was asked for
}

TEST_CASE("what has passed and cannot be done any more is not done") {
  grown at{5};
  auto block = at.edit();
  for (const std::size_t who : {3U, 4U}) {
    grown::say(block, kick{peer(who)}, {0, 1}, {0, 1, 2, 3});
  }
  REQUIRE(at.end(block));
  CHECK(at.members() == numbers{0, 1, 2, 4});
  at.block();
  CHECK(at.members() == numbers{0, 1, 2, 4}); // four members need four
  CHECK(at.book.open.empty());
}

TEST_CASE(
  "who waits enters neither alone where two are due, nor where those who stay are too few") {
  grown five{5};
  five.pass(admit{member_of(8)});
  CHECK(five.members().size() == 5);
  CHECK(five.book.next.standbys.size() == 1);
  grown four{4};
  auto block = four.edit();
  grown::say(block, replace{peer(1), member_of(9)}, {0, 1}, {0, 1, 2});
  grown::say(block, admit{member_of(8)}, {0, 1}, {0, 1, 2});
  REQUIRE(four.end(block));
  CHECK(four.members() == numbers{0, 2, 3, 9}); // three of the five would stay
  four.block();
  CHECK(four.members() == numbers{0, 2, 3, 9, 8});
}

} // namespace caucus
