#include "test/actors/consensus/lone_core.hpp"
#include "test/catch.hpp"

/// How many signatures a replica has checked for one decision: each costs about as much as all else that
/// a vote does.

namespace caucus::voting {
namespace {

constexpr view first{1}; ///< its leader: member 1

vote cast(std::uint16_t who, vote_kind kind, const digest& of = {}) {
  return {{kind, epoch{}, first, of}, member_index{who}, {}};
}

/// Replica 0, whose checks wait for the test.
struct waiting_core : lone_core {
  waiting_core() : lone_core{0} {
    live();
    holds = true;
  }
  bool has_left() { return core->status().view > first; }
};

TEST_CASE("a certificate waits for the votes that are being checked for the same one") {
  waiting_core at;
  for (std::uint16_t who = 1; who <= 3; ++who) {
    at.hear(who, cast(who, vote_kind::nullify));
  }
  CHECK(at.held.size() == 3);
  at.hear(3, at.certified(vote_kind::nullify, first));
  CHECK(at.held.size() == 3);
  SECTION("which make it") {
    at.settle(true);
    CHECK_FALSE(at.has_left());
    at.settle(true); // f + 1 make our own
    CHECK(at.has_left());
    at.settle(true);
    CHECK(at.held.empty());
  }
  SECTION("and is checked once too many of them are bad") {
    at.settle(true);
    at.settle(false);
    REQUIRE(at.held.size() == 2); // the last vote and the certificate
    at.settle(false);
    CHECK_FALSE(at.has_left());
    CHECK(at.held.front().claims.size() == 2); // a good vote is not checked again
    at.settle(true);
    CHECK(at.has_left());
  }
}

TEST_CASE("a certificate without votes of ours under way is checked at once") {
  waiting_core at;
  at.hear(1, cast(1, vote_kind::nullify));
  at.hear(3, at.certified(vote_kind::nullify, first));
  CHECK(at.held.size() == 2);
}

TEST_CASE("the vote that lacks may be our own, and no other is checked for it") {
  waiting_core at;
  auto header = lone_core::child(at.genesis, first, 0);
  proposal made{{header, {}}, {}};
  SECTION("as it comes") {}
  SECTION("unless it does not come") {
    made.block.batches.push_back(lone_core::root(9)); // which we do not hold
    made.block.header.payload = payload_digest(made.block.batches);
    header = made.block.header;
  }
  at.hear(1, made);
  for (std::uint16_t who = 1; who <= 3; ++who) {
    at.hear(who, cast(who, vote_kind::notarize, digest_of(header)));
  }
  REQUIRE(at.held.size() == 3); // the proposal, and two of three votes
  at.settle(true);
  at.settle(true);
  at.settle(true);
  if (made.block.batches.empty()) {
    CHECK(at.held.empty());
  } else {
    REQUIRE(at.held.size() == 1);
    CHECK(at.held.front().claims.front().signer == member_index{3});
    CHECK_FALSE(at.has_left());
    at.settle(true);
  }
  CHECK(at.has_left());
}

TEST_CASE("whoever has no link says why those that he dialled refuse him, until one takes him") {
  lone_core at{std::nullopt};
  at.live();
  const auto told = [&at] {
    std::optional<standstill> out;
    for (const auto& one : std::exchange(at.done, {})) {
      const auto* const said = std::get_if<tell>(&one);
      if (const auto* const stands =
            said == nullptr ? nullptr : std::get_if<standstill>(&said->item)) {
        out = *stands;
      }
    }
    return out;
  };
  for (std::size_t i = 0; i < 4; ++i) {
    at.step(link_down{lone_core::link(i), lone_core::peer(i), errc::link_lost});
  }
  at.step(link_refused{lone_core::peer(2), errc::full_house, "all places are in use"});
  at.pass(at.config.standstill_after);
  const auto stands = told();
  REQUIRE(stands);
  CHECK(stands->active);
  CHECK(stands->reason
        == "no server of the group is linked; the last node that was dialled refuses us: "
           "full_house: all "
           "places are in use");
  at.step(link_up{{lone_core::link(9), lone_core::peer(2), node_mode::server, true, {}}});
  const auto goes = told();
  REQUIRE(goes);
  CHECK(goes->reason
        == "a server is linked, but brings no new block"); // it waits for the first one
}

} // namespace
} // namespace caucus::voting
