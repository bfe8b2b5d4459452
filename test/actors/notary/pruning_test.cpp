#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

/// Old blocks of the ledger are let go of, by policy, and whoever asks for one is told so.

namespace caucus::testing {
namespace {

notary_config keeping(std::uint64_t blocks) {
  notary_config out;
  out.keep_blocks = blocks;
  out.recent_blocks = 4;
  return out;
}

void grow(group& g, std::uint64_t to) {
  while (g.blocks.size() < to) {
    g.make_final(g.make_block({}));
  }
}
/// A mutation in a block of its own, and the block that certifies it.
void add(group& g, int step) {
  static_cast<void>(g.propose(0, "score", "add", {std::to_string(step)}));
  g.order();
}
void store_state(group& g) {
  add(g, 1);
  g.tick(duration{20'000'000});
  g.make_final(g.make_block({}));
  g.tick(duration{20'000'000});
}
/// As of height 200 or so, with the blocks from about 100 on.
group pruned(std::uint64_t keep = 100) {
  group g{small_genesis(), 0, {}, keeping(keep)};
  add(g, 1);
  grow(g, 200);
  store_state(g);
  grow(g, g.blocks.size() + 1);
  return g;
}
std::vector<subscription_ended> ends(const group& g, request_tag tag) {
  return g.answers<subscription_ended>(0, tag);
}

TEST_CASE("all but so many blocks go, and never the stored state's") {
  group g{small_genesis(), 0, {}, keeping(100)};
  add(g, 1);
  grow(g, 300);
  CHECK(g.at(0).kept.oldest == height{1}); // nothing is stored yet: a start replays all
  store_state(g);
  const auto stored = g.at(0).kept.state_at;
  REQUIRE(stored > height{290});
  const auto kept = [&g] { return g.blocks.size() - g.at(0).kept.oldest.value() + 1; };
  CHECK(kept() == 100);
  grow(g, 500);
  CHECK(g.at(0).kept.oldest < height{350});
  // Nothing has changed, and the state is stored all the same, once it is time.
  g.tick(duration{20'000'000});
  g.make_final(g.make_block({}));
  CHECK(g.at(0).kept.state_at > height{490});
  CHECK(kept() == 100);
  CHECK(g.at(1).kept.oldest == g.at(0).kept.oldest);
}

TEST_CASE("64 blocks stay, however few are to be kept, and all if none is said") {
  const auto keep = GENERATE(std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{64});
  auto g = pruned(keep);
  CHECK(g.blocks.size() - g.at(0).kept.oldest.value() + 1 == (keep == 0 ? g.blocks.size() : 64));
}

TEST_CASE("who asks for what is committed below is told where it begins") {
  auto g = pruned();
  const auto oldest = g.at(0).kept.oldest;
  REQUIRE(oldest > height{100});
  g.step(0, notary_in::asked{0, subscribe_request{1, height{1}}});
  g.step(0, notary_in::asked{0, subscribe_request{2, height{oldest.value() - 1}}});
  g.step(0, notary_in::asked{0, subscribe_request{3, oldest}});
  g.run();
  for (const request_tag tag : {1U, 2U}) {
    REQUIRE(ends(g, tag).size() == 1);
    CHECK(ends(g, tag).front().code == errc::pruned);
    CHECK(ends(g, tag).front().oldest == oldest);
  }
  CHECK(ends(g, 3).empty());
  CHECK(g.answers<subscription_caught_up>(0, 3).size() == 1);
  CHECK(g.answers<committed_answer>(0, 3).size() == 1);
  // The next life knows it too.
  g.restart(0);
  g.step(0, notary_in::asked{0, subscribe_request{4, height{oldest.value() - 1}}});
  g.run();
  REQUIRE(ends(g, 4).size() == 1);
  CHECK(ends(g, 4).front().code == errc::pruned);
}

TEST_CASE("who asks for all that is kept is told it, wherever that begins by then") {
  auto g = pruned();
  const auto oldest = g.at(0).kept.oldest;
  REQUIRE(oldest > height{100});
  g.step(0, notary_in::asked{0, subscribe_request{1, height{}}});
  g.step(0, notary_in::asked{0, subscribe_request{2, oldest}});
  g.run();
  CHECK(ends(g, 1).empty());
  CHECK(g.answers<subscription_caught_up>(0, 1).size() == 1);
  CHECK(g.answers<committed_answer>(0, 1).size() == g.answers<committed_answer>(0, 2).size());
  CHECK(g.answers<committed_answer>(0, 1).size() == 1);
  // They go on going between its asking and the ledger's answer.
  g.step(0, notary_in::asked{0, subscribe_request{3, height{}}});
  g.at(0).kept.oldest = height{oldest.value() + 10};
  g.step(0, notary_in::pruned{g.at(0).kept.oldest});
  g.run();
  CHECK(ends(g, 3).empty());
  CHECK(g.answers<subscription_caught_up>(0, 3).size() == 1);
}

TEST_CASE("a reader whom the end of what is kept overtakes hears no more, and is told so") {
  group g{small_genesis(), 0, {}, keeping(100)};
  g.take_told = false;
  add(g, 1);
  add(g, 2);
  g.at(0).config.told_size_max = 1;
  g.restart(0);
  const auto from = GENERATE(height{1}, height{}); // once something was told that is the same
  g.step(0, notary_in::asked{0, subscribe_request{1, from}});
  g.run();
  REQUIRE(g.answers<committed_answer>(0, 1).size() == 1);
  g.step(0, notary_in::asked{0, subscribe_request{2, height{g.blocks.size() + 1}}});
  grow(g, 200);
  store_state(g);
  CHECK(ends(g, 1).empty()); // it takes nothing, and may never want more
  g.step(0, notary_in::asked{0, committed_taken{1}});
  g.run();
  REQUIRE(ends(g, 1).size() == 1);
  CHECK(ends(g, 1).front().code == errc::pruned);
  CHECK(ends(g, 1).front().oldest == g.at(0).kept.oldest);
  CHECK(ends(g, 2).empty());
  CHECK(g.answers<committed_answer>(0, 2).size() == 1);
}

TEST_CASE("a block that cannot be read is told as that, where it should be there") {
  auto g = pruned();
  const auto oldest = g.at(0).kept.oldest;
  g.step(0, notary_in::asked{0, subscribe_request{1, oldest}});
  g.step(0, notary_in::asked{0, receipt_request{2, oldest, 0, duration{1'000'000}}});
  g.at(0).kept.oldest = height{oldest.value() + 1}; // the disk has lost it, and nobody was told
  g.run();
  REQUIRE(ends(g, 1).size() == 1);
  CHECK(ends(g, 1).front().code == errc::history_gone);
  const auto proof = g.answers<receipt_answer>(0, 2);
  REQUIRE(proof.size() == 1);
  CHECK(proof.front().proof.error().code == errc::history_gone);
}

TEST_CASE("a ledger that is shorter than what is kept stays whole, and is not stored for nothing") {
  const auto keep = GENERATE(std::uint64_t{0}, std::uint64_t{500});
  group g{small_genesis(), 0, {}, keeping(keep)};
  add(g, 1);
  grow(g, 90);
  store_state(g);
  const auto stored = g.at(0).kept.state_at;
  REQUIRE(stored > height{80});
  grow(g, 180); // with 500, a file has 125
  g.tick(duration{20'000'000});
  g.make_final(g.make_block({}));
  CHECK(g.at(0).kept.state_at == stored);
  CHECK(g.at(0).kept.oldest == height{1});
}

TEST_CASE("what may go is said once, also where files keep it") {
  group g{small_genesis(), 0, {}, keeping(100)};
  g.lets_go = false;
  add(g, 1);
  grow(g, 200);
  store_state(g);
  const auto said = g.at(0).prunes;
  REQUIRE_FALSE(said.empty());
  CHECK(std::adjacent_find(said.begin(), said.end(), std::greater_equal{}) == said.end());
  g.step(0, notary_in::state_stored{g.at(0).kept.state_at});
  g.run();
  CHECK(g.at(0).prunes == said);
}

TEST_CASE("a receipt of a block that is not kept is not proven, and one that is kept is") {
  auto g = pruned();
  const auto ask = [&g](request_tag tag, height of) {
    g.step(0, notary_in::asked{0, receipt_request{tag, of, 0, duration{1'000'000}}});
    g.run();
    g.tick(duration{2'000'000});
    return g.answers<receipt_answer>(0, tag);
  };
  const auto gone = ask(1, height{1});
  REQUIRE(gone.size() == 1);
  REQUIRE_FALSE(gone.front().proof);
  CHECK(gone.front().proof.error().code == errc::pruned);
  CHECK(gone.front().proof.error().detail.find("from height "
                                               + std::to_string(g.at(0).kept.oldest.value()))
        != std::string::npos);
  const auto there = ask(2, height{201});
  REQUIRE(there.size() == 1);
  CHECK(there.front().proof.has_value());
}

TEST_CASE("peers are given no block that is not kept, and status says from where on they are") {
  auto g = pruned();
  const auto oldest = g.at(0).kept.oldest;
  const auto page = [&](height first) {
    g.pages.clear();
    g.step(0, notary_in::peer_asked{g.link_to(1), g.at(1).key->id(), 7, chain_request{first, 4}});
    g.run();
    REQUIRE(g.pages.size() == 1);
    return g.pages.front().blocks.size();
  };
  CHECK(page(height{oldest.value() - 1}) == 0);
  CHECK(page(height{1}) == 0);
  CHECK(page(oldest) == 4);
  g.step(0, notary_in::asked{0, status_request{9}});
  g.run();
  REQUIRE(g.answers<notary_status>(0, 9).size() == 1);
  CHECK(g.answers<notary_status>(0, 9).front().oldest_height == oldest);
}

} // namespace
} // namespace caucus::testing
