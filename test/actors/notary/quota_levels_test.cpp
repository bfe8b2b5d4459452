#include "messages/quota.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

// Each bound of a quota alone: what is left, and what a block may list of it to the byte.

namespace caucus::testing {
namespace {

constexpr peer_id author{};
constexpr std::uint64_t all = ~std::uint64_t{0} >> 1U;

using verdict = quota_count::verdict;

quota_room room_of(quota of_author, quota of_strangers) {
  quota_room out;
  out.limits = {of_author, of_strangers};
  return out;
}
quota_count count_on(const quota_room& room) {
  return quota_count{std::make_shared<const quota_room>(room)};
}

TEST_CASE("a level runs out by what passed, to the thousandth, and never below nothing") {
  const quota limit{10, 1'000}; // a byte each millisecond
  const quota_level level{2'500, wall_ms{100}};
  struct row {
    const char* name;
    std::int64_t now;
    quota_level left;
  };
  const row rows[] = {{"before it", 99, level},
                      {"at once", 100, level},
                      {"some of it", 101, {1'500, wall_ms{101}}},
                      {"less than one more brings out", 102, {500, wall_ms{102}}},
                      {"all of it", 103, {0, wall_ms{103}}},
                      {"long ago", 1'000'000'000, {0, wall_ms{1'000'000'000}}}};
  for (const auto& one : rows) {
    INFO(one.name);
    CHECK(quota_level_at(limit, level, wall_ms{one.now}) == one.left);
  }
  CHECK(quota_left(limit, level, wall_ms{100}) == 7);               // what is begun is used
  CHECK(quota_left(limit, {10'000, wall_ms{0}}, wall_ms{0}) == 0);  // full
  CHECK(quota_left(limit, {10'001, wall_ms{0}}, wall_ms{0}) == 0);  // and beyond
  CHECK(quota_left(limit, {999'000, wall_ms{0}}, wall_ms{0}) == 0); // far beyond
}

TEST_CASE("where there is no quota everything fits, whoever wrote it") {
  quota_count count{nullptr};
  CHECK(count.take(author, batch_number{5}, false, all) == verdict::fits);
  CHECK(count.take(author, batch_number{5}, true, all) == verdict::fits);
}

TEST_CASE(
  "an author's batches of a block fit to the last byte of what its parent leaves, ascending") {
  auto room = room_of({1'000, 1}, {1, 1});
  SECTION("of one that has written nothing") {
    auto count = count_on(room);
    CHECK(count.take(author, batch_number{}, false, 1) == verdict::overtaken);
    CHECK(count.take(author, batch_number{1}, false, 600) == verdict::fits);
    CHECK(count.take(author, batch_number{1}, false, 1) == verdict::overtaken);
    CHECK(count.take(author, batch_number{2}, false, 401) == verdict::beyond);
    CHECK(count.take(author, batch_number{2}, false, 400) == verdict::fits); // nor was that counted
    CHECK(count.take(author, batch_number{3}, false, 1) == verdict::beyond);
  }
  SECTION("of one that has") {
    room.authors[author] = {{700'000, wall_ms{0}}, batch_number{5}};
    auto count = count_on(room);
    CHECK(count.take(author, batch_number{5}, false, 1) == verdict::overtaken);
    CHECK(count.take(author, batch_number{6}, false, 301) == verdict::beyond);
    CHECK(count.take(author, batch_number{6}, false, 300) == verdict::fits);
  }
}

TEST_CASE("strangers' batches of a block fit to the last byte that is left them together") {
  auto room = room_of({1, 1}, {1'000, 1});
  room.strangers = {700'000, wall_ms{0}};
  auto count = count_on(room);
  CHECK(count.take(author, batch_number{2}, true, 301) == verdict::beyond);
  CHECK(count.take(author, batch_number{2}, true, 200) == verdict::fits);
  CHECK(count.take(author, batch_number{1}, true, 101) == verdict::beyond);
  CHECK(count.take(author, batch_number{1}, true, 100)
        == verdict::fits); // its state knows its number
}

TEST_CASE(
  "a mutation that takes the last byte of its author's quota is taken in, one more is not") {
  batch_header alone;
  alone.mutation_count = 1;
  for (const bool fits : {true, false}) {
    group g{small_genesis(), 1};
    alone.body_size = static_cast<std::uint32_t>(4 + g.encoded(4, "load", "post", {"x"}).size());
    auto from = small_genesis();
    from.limits = quotas{{1'000'000, 1}, {quota_size_of(alone) - (fits ? 0U : 1U), 1}};
    group limited{from, 1};
    const auto tag = limited.propose(4, "load", "post", {"x"});
    limited.order();
    const auto became = limited.receipt_for(4, tag);
    CHECK(became.has_value() == fits);
    CHECK((became || became.error().code == errc::over_quota));
  }
}

TEST_CASE(
  "an own batch counts as a whole until a block executed it, and then for what it came to") {
  batch_header alone;
  alone.mutation_count = 1;
  auto from = small_genesis();
  const group any{from, 1};
  alone.body_size = static_cast<std::uint32_t>(4 + any.encoded(4, "load", "post", {"x"}).size());
  const auto size = quota_size_of(alone);
  from.limits = quotas{{1'000'000, 1}, {3 * size, 1}};
  group g{from, 1};
  const auto takes = [&] {
    const auto tag = g.propose(4, "load", "post", {"x"});
    g.run(); // it is a batch of its own
    return g.answers<propose_answer>(4, tag).empty();
  };
  SECTION("out, and in no block") {
    CHECK(takes());
    CHECK(takes());
    CHECK(takes());
    CHECK_FALSE(takes());
  }
  SECTION("executed, and not durable yet") {
    CHECK(takes());
    g.at(4).disk_works = false;
    g.order();
    CHECK(takes()); // of two and a bit
    CHECK(takes());
    CHECK_FALSE(takes());
  }
}

} // namespace
} // namespace caucus::testing
