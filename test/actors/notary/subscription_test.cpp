#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

using namespace caucus;
using namespace caucus::testing;

namespace {

std::vector<std::int64_t> steps(const group& g, std::size_t who, request_tag tag) {
  std::vector<std::int64_t> out;
  for (const auto& block : g.answers<committed_answer>(who, tag)) {
    for (const auto& one : block.what->mutations) {
      out.push_back(std::get<std::int64_t>(one.what.arguments.at(0)));
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
  config.window = 2;
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
  config.window = 2;
  group g{small_genesis(), 0, {}, config};
  g.take_told = false;
  g.step(1, notary_in::asked{0, subscribe_request{1, height{1}}});
  for (int i = 1; i <= 9; ++i) {
    add(g, i);
  }
  CHECK(steps(g, 1, 1) == std::vector<std::int64_t>{1, 2});
  g.take_told = true;
  g.step(1, notary_in::told{0, 1});
  g.step(1, notary_in::told{0, 1});
  g.run();
  CHECK(steps(g, 1, 1) == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9});
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
  CHECK(page.blocks.front().header.at == height{3});
  REQUIRE(page.finalization);
  CHECK(page.finalization->on.of == digest_of(page.blocks.back().header));
  CHECK(verify_certificate(g.from(), g.network(), *page.finalization, verify));
}
