#include "actors/consensus/mempool.hpp"
#include "messages/quota.hpp"
#include "test/actors/consensus/lone_core.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

// What a block may list of an author, and of strangers together: counted, chosen and judged.

namespace caucus::voting {
namespace {

constexpr quotas limits{{1'000, 100}, {500, 10}};

peer_id author(std::uint8_t of) {
  return lone_core::peer(of);
}

std::shared_ptr<quota_room> room(std::uint64_t author_1_has_listed = 0,
                                 std::uint64_t strangers_have = 0) {
  auto out = std::make_shared<quota_room>();
  out->limits = limits;
  out->authors[author(1)] = {{author_1_has_listed * 1'000, {}}, batch_number{5}};
  out->strangers = {strangers_have * 1'000, {}};
  return out;
}

batch_held waiting(std::uint8_t id, std::uint8_t by, std::uint64_t number, std::uint64_t quota_size,
                   bool stranger = false) {
  return {lone_core::root(id), author(by), batch_number{number}, 10, false, stranger, quota_size};
}

std::vector<digest> ids(std::initializer_list<std::uint8_t> of) {
  std::vector<digest> out;
  for (const auto id : of) {
    out.push_back(lone_core::root(id));
  }
  return out;
}

} // namespace

TEST_CASE("a bucket runs out with the headers' time, and nothing is lost to rounding") {
  const quota limit{1'000, 100};
  quota_level level = quota_level_with(limit, {}, wall_ms{0}, 1'000);
  CHECK(quota_left(limit, level, wall_ms{0}) == 0);
  CHECK(quota_left(limit, level, wall_ms{1'000}) == 100);
  CHECK(quota_left(limit, level, wall_ms{9'999}) == 999);
  CHECK(quota_left(limit, level, wall_ms{10'000}) == 1'000);
  CHECK(quota_left(limit, level, wall_ms{1} * (std::int64_t{1} << 60)) == 1'000);
  CHECK(quota_left(limit, level, wall_ms{-5}) == 0); // time that goes back brings nothing
  for (int at = 1; at <= 5'000; ++at) {              // a block each millisecond, a tenth of a byte
    level = quota_level_with(limit, level, wall_ms{at}, 0);
  }
  CHECK(quota_left(limit, level, wall_ms{5'000}) == 500);
  level = quota_level_with(limit, level, wall_ms{5'000}, ~std::uint64_t{0});
  CHECK(quota_left(limit, level, wall_ms{5'000}) == 0);
}

TEST_CASE("a batch that is judged counts for whatever its mutations may come to") {
  batch_header small;
  small.body_size = 20;
  small.mutation_count = 1;
  CHECK(quota_size_of(small) == 20 + 256 + 212);
  batch_header largest;
  largest.body_size = batch_body_size_max;
  largest.mutation_count = mutations_per_batch_max;
  CHECK(quota_size_of(largest) <= quota_burst_min); // so that each may be listed some time
}

TEST_CASE("a leader lists no more of an author, or of all strangers, than its parent leaves them") {
  mempool pool;
  pool.held(waiting(1, 1, 6, 600));
  pool.held(waiting(2, 1, 7, 600));       // beyond
  pool.held(waiting(3, 1, 8, 10));        // fits, and would overtake the one before
  pool.held(waiting(4, 2, 1, 1'000));     // another author, all of it
  pool.held(waiting(5, 7, 1, 300, true)); // strangers share
  pool.held(waiting(6, 8, 1, 300, true)); // beyond
  pool.held(waiting(7, 9, 1, 200, true));
  pool.held(waiting(8, 1, 5, 10)); // overtaken: above 5 it goes on
  CHECK(pool.choose({}, 10, 1'000, room()) == ids({1, 4, 5, 7}));
  CHECK(pool.choose({}, 10, 1'000) == ids({8, 1, 2, 3, 4, 5, 6, 7})); // no quota
  CHECK(pool.choose({}, 10, 1'000, room(500, 250)) == ids({4, 7}));
}

TEST_CASE("whatever a leader chooses on a parent may be listed on it, and no more") {
  mempool pool;
  for (std::uint8_t i = 1; i <= 30; ++i) {
    const bool stranger = i % 3 == 0;
    pool.held(
      waiting(i, stranger ? i : static_cast<std::uint8_t>(i % 3), 3U + i, 90U + i, stranger));
  }
  for (std::uint64_t used = 0; used <= 1'000; used += 50) {
    const auto parent = room(used, used / 2);
    auto chosen = pool.choose({}, 100, 10'000, parent);
    CHECK(pool.may_be_listed(chosen, parent));
    for (std::uint8_t i = 1; i <= 30; ++i) {
      if (std::find(chosen.begin(), chosen.end(), lone_core::root(i)) != chosen.end()) {
        continue;
      }
      auto more = chosen;
      more.push_back(lone_core::root(i));
      CHECK_FALSE(pool.may_be_listed(more, parent));
    }
  }
  CHECK_FALSE(pool.may_be_listed(ids({1, 1}), room())); // the second would be skipped
  CHECK_FALSE(pool.may_be_listed(ids({99}), room()));   // not held: final long ago
  CHECK(pool.may_be_listed(ids({99, 1, 1}), nullptr));
}

TEST_CASE("of what fits something is listed, however many are before it that do not") {
  mempool pool;
  for (std::uint8_t i = 1; i <= 200; ++i) {
    pool.held(waiting(i, i, 1, 400, true));
  }
  pool.held(waiting(201, 201, 1, 90, true));
  pool.held(waiting(202, 202, 1, 80, true));
  const auto parent = room(0, 325); // 175 are left
  CHECK(pool.any_fits(parent));
  const auto chosen = pool.choose({}, 1'000, 100'000, parent);
  CHECK(chosen == ids({202, 201}));
  CHECK(pool.may_be_listed(chosen, parent));
  CHECK(pool.choose({lone_core::root(202)}, 1'000, 100'000, parent) == ids({201}));
}

TEST_CASE(
  "a stranger's batch behind one that does not fit makes no group busy, and overtakes nothing") {
  mempool pool;
  pool.held(waiting(2, 7, 2, 10, true)); // came before the one that it follows
  const auto left = room(0, 400);        // 100
  CHECK(pool.any_fits(left));
  pool.held(waiting(1, 7, 1, 300, true));
  pool.held(waiting(3, 7, 3, 20, true));
  CHECK_FALSE(pool.any_fits(left));
  CHECK(pool.choose({}, 10, 1'000, left).empty());
  for (std::uint8_t i = 100; i < 200; ++i) { // so many that only the smallest are looked at
    pool.held(waiting(i, i, 1, 400, true));
  }
  CHECK(pool.choose({}, 10, 1'000, left).empty());
  INFO("when that one fits all do, in their order");
  CHECK(pool.choose({}, 10, 1'000, room()) == ids({1, 2, 3}));
  INFO("when it is gone the next one's turn has come");
  pool.gone(lone_core::root(1));
  CHECK(pool.any_fits(left));
  CHECK(pool.choose({}, 10, 1'000, left) == ids({2, 3}));
  pool.listed(lone_core::root(2));
  CHECK(pool.any_fits(left));
  CHECK_FALSE(pool.any_fits(room(0, 481)));
  pool.gone(lone_core::root(3));
  CHECK_FALSE(pool.any_fits(left));
}

namespace {

/// So many strangers, each with one that no room here holds; ids and authors from 100 on.
mempool crowded(std::size_t strangers) {
  mempool out;
  for (std::size_t i = 0; i < strangers; ++i) {
    const auto one = static_cast<std::uint8_t>(100 + i);
    out.held(waiting(one, one, 1, 400, true));
  }
  return out;
}

} // namespace

TEST_CASE("of strangers 64 are looked at in vain, and then the smallest first; of others all") {
  const auto left = room(0, 300); // 200
  const auto chosen_of = [&](mempool pool) {
    pool.held(waiting(1, 1, 6, 10));
    pool.held(waiting(2, 20, 1, 60, true));
    pool.held(waiting(3, 21, 1, 50, true));
    return pool.choose({}, 1'000, 100'000, left);
  };
  CHECK(chosen_of(crowded(63)) == ids({1, 2, 3}));
  CHECK(chosen_of(crowded(64)) == ids({1, 3, 2}));
  INFO("one with many counts once");
  auto many = crowded(63);
  for (std::uint64_t number = 2; number < 80; ++number) {
    many.held(waiting(static_cast<std::uint8_t>(number + 170), 100, number, 400, true));
  }
  CHECK(chosen_of(many) == ids({1, 2, 3}));
  INFO("and authors that the genesis names do not");
  mempool named;
  for (std::uint8_t i = 100; i < 200; ++i) {
    named.held(waiting(i, i, 1, 1'001));
  }
  CHECK(chosen_of(named) == ids({1, 2, 3}));
}

TEST_CASE("the smallest, too, are listed once, and within a block's count and size") {
  const auto left = room(0, 300); // 200
  mempool pool;
  pool.held(waiting(1, 20, 1, 60, true)); // before the crowd
  for (std::uint8_t i = 100; i < 164; ++i) {
    pool.held(waiting(i, i, 1, 400, true));
  }
  pool.held(waiting(2, 21, 1, 50, true));
  pool.held(waiting(3, 22, 1, 40, true)); // each has 10 bytes of body
  CHECK(pool.choose({}, 10, 1'000, left) == ids({1, 3, 2}));
  CHECK(pool.choose({}, 10, 30, left) == ids({1, 3, 2}));
  CHECK(pool.choose({}, 10, 29, left) == ids({1, 3}));
  CHECK(pool.choose({}, 2, 1'000, left) == ids({1, 3}));
  CHECK(pool.choose({lone_core::root(3)}, 10, 1'000, left) == ids({1, 2}));
}

TEST_CASE("what finds no room in a block ends its list: nothing smaller overtakes it") {
  mempool pool;
  auto large = waiting(2, 2, 1, 10);
  large.body_size = 95;
  pool.held(waiting(1, 1, 6, 10));
  pool.held(large);
  pool.held(waiting(3, 3, 1, 10));
  pool.held(waiting(4, 7, 1, 10, true));
  CHECK(pool.choose({}, 10, 100) == ids({1}));
  CHECK(pool.choose({}, 10, 100, room()) == ids({1}));
  CHECK(pool.choose({}, 10, 1'000, room()) == ids({1, 2, 3, 4}));
}

TEST_CASE("who came first is listed first, with a name or without") {
  mempool pool;
  pool.held(waiting(1, 7, 1, 10, true));
  pool.held(waiting(2, 1, 6, 10));
  pool.held(waiting(3, 8, 1, 10, true));
  CHECK(pool.choose({}, 10, 1'000) == ids({1, 2, 3}));
  CHECK(pool.choose({}, 1, 1'000, room()) == ids({1}));
}

TEST_CASE("what is listed already brings nothing forward, and what was looked at ends nothing") {
  mempool pool;
  pool.held(waiting(7, 1, 7, 10));
  pool.held(waiting(1, 2, 1, 10));
  pool.held(waiting(6, 1, 6, 10));
  CHECK(pool.choose({}, 10, 1'000) == ids({6, 7, 1}));
  CHECK(pool.choose({lone_core::root(7)}, 10, 1'000) == ids({1, 6}));
  CHECK(pool.choose({}, 10, 30) == ids({6, 7, 1})); // to the byte
  CHECK(pool.choose({}, 10, 29) == ids({6, 7}));
  INFO("a batch that is overtaken, and large, is passed before others are chosen, and not again");
  mempool overtaken;
  overtaken.held(waiting(7, 1, 7, 10));
  overtaken.held(waiting(6, 1, 6, 10));
  overtaken.held(waiting(1, 2, 1, 10));
  overtaken.held({lone_core::root(4), author(1), batch_number{4}, 50, false, false, 10});
  CHECK(overtaken.choose({}, 10, 60, room()) == ids({6, 7, 1}));
}

TEST_CASE("a batch beyond the quota makes no group busy until there is room for it") {
  mempool pool;
  CHECK_FALSE(pool.any_fits(room()));
  pool.held(waiting(1, 1, 4, 10)); // overtaken
  pool.held(waiting(2, 1, 9, 600));
  pool.held(waiting(3, 7, 1, 300, true));
  CHECK(pool.any_fits(nullptr));
  CHECK(pool.any_fits(room(400, 500)));
  CHECK_FALSE(pool.any_fits(room(401, 201)));
  CHECK(pool.any_fits(room(401, 200)));
  pool.gone(lone_core::root(3));
  CHECK_FALSE(pool.any_fits(room(401, 200)));
}

namespace {

/// Replica 0, and a room that genesis leaves.
struct judge {
  lone_core at{std::uint16_t{0}};

  explicit judge(const std::shared_ptr<quota_room>& left) {
    at.core = std::make_unique<consensus>(at.config, &at.key, at.journal);
    at.step(ledger_tip{digest_of(at.genesis), at.genesis, std::nullopt, lone_core::root(0),
                       lone_core::root(0), false, left});
    for (std::size_t i = 1; i < 4; ++i) {
      at.step(link_up{{lone_core::link(i), lone_core::peer(i), node_mode::server, false, {}}});
    }
  }
  /// What it votes for a block of view 1 that lists these.
  std::optional<vote_kind> vote_on(const std::vector<digest>& batches) {
    auto header = lone_core::child(at.genesis, view{1}, 0);
    header.payload = payload_digest(batches);
    at.take_votes();
    at.hear(1, proposal{{header, batches}, {}});
    const auto votes = at.take_votes();
    return votes.empty() ? std::nullopt : std::optional{votes.front().subject.kind};
  }
};

} // namespace

TEST_CASE(
  "a block that lists more than its author's quota gets no vote, one that keeps to it does") {
  {
    judge within{room(400)};
    within.at.step(waiting(1, 1, 6, 600));
    CHECK(within.vote_on(ids({1})) == vote_kind::notarize);
  }
  {
    judge beyond{room(401)};
    beyond.at.step(waiting(1, 1, 6, 600));
    CHECK(beyond.vote_on(ids({1})) == vote_kind::nullify);
  }
  {
    judge overtaken{room()};
    overtaken.at.step(waiting(1, 1, 5, 10));
    CHECK(overtaken.vote_on(ids({1})) == vote_kind::nullify);
  }
  {
    judge strangers{room(0, 400)};
    strangers.at.step(waiting(1, 7, 1, 60, true));
    strangers.at.step(waiting(2, 8, 1, 60, true));
    CHECK(strangers.vote_on(ids({1, 2})) == vote_kind::nullify);
  }
  {
    judge none{nullptr};
    none.at.step(waiting(1, 1, 5, 1'000'000));
    CHECK(none.vote_on(ids({1})) == vote_kind::notarize);
  }
}

} // namespace caucus::voting
