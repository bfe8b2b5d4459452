#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include "actors/notary/subscriptions.hpp"

using namespace caucus;
using namespace caucus::testing;

namespace {

std::vector<std::int64_t> steps(const group& g, std::size_t who, request_tag tag) {
  std::vector<std::int64_t> out;
  for (const auto& block : g.answers<committed_answer>(who, tag)) {
    for (const auto& one : block.block->mutations) {
      out.push_back(std::get<std::int64_t>(one.mutation.arguments.at(0)));
    }
  }
  return out;
}

void add(group& g, int step) {
  static_cast<void>(g.propose(0, "score", "add", {std::to_string(step)}));
  g.order();
}

} // namespace

TEST_CASE("a subscriber from any height hears history, then what comes, each once and in order") {
  notary_config config;
  config.recent_blocks = 3;
  config.told_size_max = 1; // one at a time
  group g{small_genesis(), 0, {}, config};
  for (int i = 1; i <= 10; ++i) {
    add(g, i);
  }
  g.step(1, notary_in::asked{0, subscribe_request{1, height{1}}});
  g.step(1, notary_in::asked{0, subscribe_request{2, height{6}}});
  g.step(1, notary_in::asked{7, subscribe_request{3, height{}}});
  g.run();
  CHECK(steps(g, 1, 1) == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK(g.answers<subscription_caught_up>(1, 1).size() == 1);
  add(g, 3);
  CHECK(steps(g, 1, 1).back() == 3);
  CHECK(steps(g, 1, 1).size() == 11);
  CHECK(steps(g, 1, 3) == steps(g, 1, 1));
  // Two heights a mutation: height 6 is behind the third one.
  CHECK(steps(g, 1, 2) == std::vector<std::int64_t>{4, 5, 6, 7, 8, 9, 10, 3});
}

TEST_CASE("a subscriber that takes nothing gets its window and no more, then all the rest") {
  notary_config config;
  config.recent_blocks = 3;
  config.told_size_max = 2 * committed_size(committed{});
  group g{small_genesis(), 0, {}, config};
  g.take_told = false;
  g.step(1, notary_in::asked{0, subscribe_request{1, height{1}}});
  for (int i = 1; i <= 9; ++i) {
    add(g, i);
  }
  CHECK(steps(g, 1, 1) == std::vector<std::int64_t>{1, 2});
  g.take_told = true;
  g.step(1, notary_in::asked{0, committed_taken{1}});
  g.step(1, notary_in::asked{0, committed_taken{1}});
  g.run();
  CHECK(steps(g, 1, 1) == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("whoever takes nothing is told so many bytes, however large the blocks are") {
  auto from = small_genesis();
  from.variables[4].value_size = 60'000;
  group g{from};
  g.take_told = false;
  g.step(1, notary_in::asked{0, subscribe_request{1, height{1}}});
  for (int block = 0; block < 4; ++block) {
    for (int i = 0; i < 12; ++i) {
      static_cast<void>(g.propose(0, "load", "post", {std::string(60'000, 'x')}));
    }
    g.order();
  }
  std::size_t told = 0;
  std::size_t largest = 0;
  for (const auto& part : g.answers<committed_answer>(1, 1)) {
    largest = std::max(largest, committed_size(*part.block));
    told += committed_size(*part.block);
  }
  const notary_config config;
  CHECK(largest < config.told_part_size + 61'000);
  CHECK(told >= config.told_size_max);
  CHECK(told < config.told_size_max + largest);
}

TEST_CASE("a large block is told in parts, and from any of its mutations on") {
  notary_config config;
  config.told_part_size = 5 * committed_size(committed{});
  config.recent_blocks = GENERATE(std::size_t{1}, std::size_t{64}); // from the ledger, from memory
  group g{small_genesis(), 0, {}, config};
  for (std::size_t i = 0; i < 30; ++i) {
    static_cast<void>(g.propose(i % 4, "score", "add", {std::to_string(i % 10 + 1)}));
  }
  static_cast<void>(g.propose(0, "score", "add", {"100"})); // refused, in the midst of it
  g.order();
  add(g, 3);
  g.step(1, notary_in::asked{0, subscribe_request{1, height{1}}});
  g.run();
  const auto all = g.answers<committed_answer>(1, 1);
  std::vector<std::pair<height, std::uint32_t>> places;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& part = *all[i].block;
    CHECK(committed_size(part) < 2 * config.told_part_size);
    CHECK(part.more == (i + 1 < all.size() && all[i + 1].block->height == part.height));
    for (const auto& one : part.mutations) {
      places.emplace_back(part.height, one.index);
      CHECK((one.status == receipt_status::refused)
            == (std::get<std::int64_t>(one.mutation.arguments.at(0)) == 100));
    }
  }
  CHECK(all.size() > 6);
  REQUIRE(places.size() == 32);
  CHECK(std::is_sorted(places.begin(), places.end()));
  CHECK(std::adjacent_find(places.begin(), places.end()) == places.end());
  const auto [at, index] = places[9];
  g.step(1, notary_in::asked{0, subscribe_request{2, at, index}});
  g.run();
  const auto rest = g.answers<committed_answer>(1, 2);
  REQUIRE_FALSE(rest.empty());
  CHECK(rest.front().block->height == at);
  CHECK(rest.front().block->mutations.front().index == index);
  CHECK(steps(g, 1, 2).size() == 32 - 9);
}

TEST_CASE(
  "what is read again for subscribers who are behind is bounded in bytes, for all together") {
  notary_config config;
  config.told_size_max = 1;
  config.read_again_max = 300'000;
  recent_blocks recent{config};
  std::vector<height> asked;
  subscriptions subs{config, recent, [&](height from, const notary_turn&) {
                       asked.push_back(from);
                       return asked.size();
                     }};
  std::vector<notary_out::action> out;
  const notary_turn t{{{}, {}, out}};
  subs.durable(height{100});
  for (std::uint64_t i = 1; i <= 8; ++i) {
    subs.subscribe(0, {i, height{10 * i}}, t);
  }
  std::vector<std::weak_ptr<const final_block>> given;
  for (int round = 0; round < 30; ++round) {
    const auto before = asked.size();
    subs.pump(t);
    REQUIRE(asked.size() <= before + 1); // one ledger read at a time
    if (asked.size() == before) {
      break;
    }
    std::vector<shared_final> blocks;
    for (std::uint64_t i = 0; i < 4; ++i) {
      auto one = std::make_shared<final_block>();
      auto what = std::make_shared<block>();
      what->header.height = height{asked.back().value() + i};
      one->block = std::move(what);
      auto body = std::make_shared<batch>();
      append_mutation(body->body, bytes(100'000));
      body->header.mutation_count = 1;
      one->batches = {std::move(body)};
      one->skipped = {0};
      one->mutation_count = 1;
      given.push_back(one);
      blocks.push_back(std::move(one));
    }
    CHECK(subs.loaded(asked.size(), blocks, t));
    blocks.clear();
    const auto kept =
      std::count_if(given.begin(), given.end(), [](const auto& one) { return !one.expired(); });
    CHECK(kept <= 4);
  }
  const auto told = std::count_if(out.begin(), out.end(), [](const auto& one) {
    return std::holds_alternative<notary_out::tell>(one);
  });
  CHECK(told == 8); // a part for each, and nobody was forgotten
}

TEST_CASE("what an asker's former life asked for is not told to the new one") {
  group g;
  g.step(1, notary_in::asked{0, subscribe_request{1, height{1}}});
  g.step(1, notary_in::asker_restarted{0});
  add(g, 1);
  CHECK(steps(g, 1, 1).empty());
}

TEST_CASE("a page of the chain ends with a certificate that covers it") {
  group g;
  for (int i = 1; i <= 5; ++i) {
    add(g, i);
  }
  g.step(2, notary_in::peer_asked{g.link_to(1), key_of(1).id(), 77, chain_request{height{3}, 4}});
  g.step(2, notary_in::peer_asked{g.link_to(1), key_of(1).id(), 78, chain_request{height{99}, 4}});
  g.run();
  REQUIRE(g.pages.size() == 2);
  const auto& empty = g.pages[0].blocks.empty() ? g.pages[0] : g.pages[1];
  const auto& page = g.pages[0].blocks.empty() ? g.pages[1] : g.pages[0];
  CHECK(empty == chain_page{});
  REQUIRE(page.blocks.size() == 4);
  CHECK(page.blocks.front().header.height == height{3});
  REQUIRE(page.finalization);
  CHECK(page.finalization->subject.digest == digest_of(page.blocks.back().header));
  CHECK(verify_certificate(committee_of(g.from()), g.from().group, g.network(), *page.finalization,
                           verify));
}

TEST_CASE("what is overtaken stays for two heights whatever it takes, then by its bytes") {
  notary_config config;
  config.recent_size_max = 1'000;
  recent_blocks recent{config};
  const auto id = [](std::uint8_t number) {
    digest out;
    out.raw.fill(std::byte{number});
    return out;
  };
  const auto keep = [&](std::uint8_t number, std::uint64_t at) {
    auto one = std::make_shared<batch>();
    one->body.resize(600);
    recent.keep(id(number), std::move(one), height{at});
  };
  const auto kept = [&] {
    std::string out;
    for (std::uint8_t i = 1; i <= 6; ++i) {
      out += recent.batch_of(id(i)) == nullptr ? "" : std::to_string(i);
    }
    return out;
  };
  keep(1, 5);
  keep(2, 5);
  keep(3, 5);
  CHECK(kept() == "123");
  keep(4, 6);
  CHECK(kept() == "1234");
  keep(5, 7);
  CHECK(kept() == "45"); // those of 5 go, as all together are too large
  keep(6, 100);
  CHECK(kept() == "6");
}
