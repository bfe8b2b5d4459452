#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

using namespace caucus;
using namespace caucus::testing;

// What a genesis with quotas lets an author put into the ledger, as the notary counts it.

namespace {

genesis with_quotas(quota author, quota strangers) {
  auto out = small_genesis();
  out.limits = quotas{author, strangers};
  return out;
}

constexpr std::size_t client = 4;

std::uint64_t left_at(group& g, std::size_t who) {
  const auto tag = request_tag{77'000} + g.at(who).answers.size();
  g.step(who, notary_in::asked{0, status_request{tag}});
  g.run();
  return g.answers<notary_status>(who, tag).front().quota_left.value();
}

/// How many of so many posts of a client were taken in.
std::size_t flood(group& g, std::size_t who, std::size_t count) {
  std::vector<request_tag> tags;
  for (std::size_t i = 0; i < count; ++i) {
    tags.push_back(g.propose(who, "score", "add", {"1"}));
  }
  g.order();
  std::size_t taken = 0;
  for (const auto tag : tags) {
    const auto became = g.receipt_for(who, tag);
    if (became) {
      ++taken;
    } else {
      REQUIRE(became.error().code == errc::over_quota);
      CHECK(became.error().detail.find("Try again in") != std::string::npos);
    }
  }
  return taken;
}

} // namespace

TEST_CASE("a stranger's mutations, refused ones too, end at the quota of all strangers together") {
  group g{with_quotas({1'000'000, 1}, {5'000, 100}), 2};
  CHECK(left_at(g, client) == 5'000);
  const auto first = flood(g, client, 100);
  CHECK(first > 5);
  CHECK(first < 25);
  CHECK(left_at(g, client) < 4'000);
  CHECK(left_at(g, client + 1) == left_at(g, client)); // shared
  CHECK(left_at(g, 0) == 1'000'000);                   // members have their own
  CHECK(flood(g, 0, 30) == 30);
  CHECK(left_at(g, 0) < 1'000'000);
  CHECK(left_at(g, 1) == 1'000'000);
  std::size_t stored = 0;
  for (const auto& block : g.at(0).kept.ledger) {
    for (const auto& one : block->batches) {
      stored += one->header.author == g.at(client).key->id() ? one->body.size() : 0;
    }
  }
  CHECK(stored <= 5'000);
}

TEST_CASE("where nothing waits a mutation is taken in if it fits alone") {
  group g{with_quotas({1'000'000, 1}, {600, 1}), 1};
  CHECK(flood(g, client, 1) == 1); // some 540: what is not gathered yet counts for nothing
}

TEST_CASE("what is used up comes back with the blocks' time") {
  group g{with_quotas({1'000'000, 1}, {5'000, 100'000}), 1};
  static_cast<void>(flood(g, client, 100));
  const auto used = left_at(g, client);
  g.order(); // 10 ms later: 1,000 bytes
  CHECK(left_at(g, client) == std::min<std::uint64_t>(used + 1'000, 5'000));
  for (int i = 0; i < 10; ++i) {
    g.order();
  }
  CHECK(left_at(g, client) == 5'000);
}

TEST_CASE(
  "whoever is over the quota is told that room comes with a block, and how long one may take") {
  auto from = with_quotas({1'000'000, 1}, {600, 1'000});
  from.consensus.heartbeat = std::chrono::hours{1};
  group g{from, 1};
  static_cast<void>(flood(g, client, 1));
  const auto tag = g.propose(client, "load", "post", {"x"});
  g.run();
  const auto became = g.receipt_for(client, tag);
  REQUIRE_FALSE(became);
  INFO(became.error().detail);
  CHECK(became.error().code == errc::over_quota);
  CHECK(became.error().detail.find("Try again in 1 s, when a block has passed (an idle group makes "
                                   "one each 3600 s)")
        != std::string::npos);
}

TEST_CASE("a batch that waits for the strangers' quota says so when its time is over") {
  group g{with_quotas({1'000'000, 1}, {600, 1}), 2};
  std::vector<std::pair<std::size_t, request_tag>> asked;
  for (const auto who : {client, client + 1}) { // each has room for it, both together have none
    asked.emplace_back(who, g.propose(who, "load", "post", {"x"}));
  }
  g.run();
  REQUIRE(g.at(0).held.size() == 2);
  g.make_final(g.make_block({g.at(0).held.front()}));
  g.make_final(g.make_block({}));
  g.tick(duration{6'000'000});
  std::vector<error> waiting;
  for (const auto& [who, tag] : asked) {
    if (const auto became = g.receipt_for(who, tag); !became) {
      waiting.push_back(became.error());
    }
  }
  REQUIRE(waiting.size() == 1);
  INFO(waiting.front().detail);
  CHECK(waiting.front().code == errc::outcome_unknown);
  for (const auto* const part :
       {"[quota]", "no room for it yet", "each 10 s", "without a request id"}) {
    INFO(part);
    CHECK(waiting.front().detail.find(part) != std::string::npos);
  }
}

TEST_CASE("a batch that the quota has room for does not name it when its time is over") {
  group g{with_quotas({1'000'000, 1}, {600, 1}), 1};
  const auto tag = g.propose(client, "load", "post", {"x"});
  g.run();
  g.tick(duration{6'000'000});
  const auto became = g.receipt_for(client, tag);
  REQUIRE_FALSE(became);
  CHECK(became.error().code == errc::outcome_unknown);
  CHECK(became.error().detail.find("quota") == std::string::npos);
}

TEST_CASE("what consensus is told of a batch and of a block is what the quota is judged by") {
  group g{with_quotas({9'000, 1}, {5'000, 1}), 1};
  REQUIRE(g.at(0).tip);
  REQUIRE(g.at(0).tip->room);
  CHECK(g.at(0).tip->room->left_for(key_of(1).id(), false) == 9'000);
  static_cast<void>(g.propose(client, "load", "post", {"x"}));
  static_cast<void>(g.propose(1, "load", "post", {"y"}));
  g.order();
  const auto room = g.at(0).roots.at(digest_of(g.blocks.back()->header)).room;
  REQUIRE(room);
  batch_number listed;
  for (const auto& block : g.at(0).kept.ledger) {
    for (const auto& one : block->batches) {
      listed = one->header.author == key_of(1).id() ? one->header.number : listed;
    }
  }
  REQUIRE(listed != batch_number{});
  CHECK(room->authors.at(key_of(1).id()).last == listed);
  CHECK(room->authors.size() == 1);
  CHECK(room->left_for({}, true) < 5'000);
  CHECK(room->now == g.blocks.back()->header.time);
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(*g.at(i).roots.at(digest_of(g.blocks.back()->header)).room == *room);
  }
}

TEST_CASE(
  "the quota's books are state: a restart, from the ledger or from the stored state, has them") {
  const bool from_state = GENERATE(false, true);
  notary_config config;
  config.store_after = from_state ? duration{1} : duration{1'000'000'000'000};
  group g{with_quotas({9'000, 1}, {5'000, 1}), 1, {}, config};
  static_cast<void>(flood(g, client, 8));
  static_cast<void>(flood(g, 1, 8));
  g.tick(duration{10});
  g.order();
  REQUIRE((g.at(2).kept.state_at > height{}) == from_state);
  const auto before = *g.at(2).roots.at(digest_of(g.blocks.back()->header)).room;
  g.restart(2);
  REQUIRE(g.at(2).tip->room);
  CHECK(*g.at(2).tip->room == before);
}

TEST_CASE("a retry of what has its receipt is answered though the quota is used up") {
  group g{with_quotas({1'000'000, 1}, {5'000, 1}), 1};
  const auto tag = g.propose(client, "load", "post", {"x"}, "once");
  g.order();
  const auto became = g.receipt_for(client, tag);
  REQUIRE(became);
  static_cast<void>(flood(g, client, 100));
  const auto again = g.propose(client, "load", "post", {"x"}, "once");
  g.run();
  CHECK(g.receipt_for(client, again) == became);
}

TEST_CASE("a genesis without quotas leaves the state as it was before there were any") {
  group without{small_genesis(), 1};
  static_cast<void>(without.propose(client, "load", "post", {"x"}));
  without.order();
  CHECK(without.at(0).tip->room == nullptr);
  CHECK(without.at(0).roots.at(digest_of(without.blocks.back()->header)).room == nullptr);
  const auto tag = request_tag{5};
  without.step(0, notary_in::asked{0, status_request{tag}});
  without.run();
  const auto status = without.answers<notary_status>(0, tag).front();
  CHECK_FALSE(status.quota_left);
  CHECK(status.state_entries == 2); // the author's number, and how many strangers wrote
}
