#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

using namespace caucus;
using namespace caucus::testing;

// What peers, members and strangers, cannot make a notary hold or do.

namespace {

template <class Action>
std::vector<Action> wanted(const group::node& n) {
  std::vector<Action> out;
  for (const auto& one : n.actions) {
    if (const auto* const fits = std::get_if<Action>(&one)) {
      out.push_back(*fits);
    }
  }
  return out;
}

} // namespace

TEST_CASE("a stranger's pages: two wait, the rest is answered at once, one is read a turn") {
  group g{small_genesis(), 2};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  auto& n = g.at(0);
  for (std::uint64_t i = 0; i < 256; ++i) {
    g.step(0, notary_in::peer_asked{g.link_to(4), g.at(4).key->id(), 1'000 + i,
                                    chain_request{height{1}, 10}});
  }
  CHECK(wanted<notary_out::load>(n).empty());
  CHECK(wanted<notary_out::respond>(n).size() == 254);
  for (const auto& one : wanted<notary_out::respond>(n)) {
    CHECK(std::get<chain_page>(one.what) == chain_page{});
  }
  n.actions.clear();
  INFO("a member's goes first");
  g.step(0, notary_in::peer_asked{g.link_to(1), g.at(1).key->id(), 7, chain_request{height{2}, 1}});
  std::vector<height> from;
  for (int turn = 0; turn < 10; ++turn) {
    n.core->finish_turn(g.now, n.actions);
    const auto loads = wanted<notary_out::load>(n);
    REQUIRE(loads.size() <= 1);
    n.actions.clear();
    if (!loads.empty()) {
      CHECK_FALSE(loads[0].bodies);
      from.push_back(loads[0].from);
      g.step(0, notary_in::loaded{loads[0].token, {n.kept.ledger.at(loads[0].from.value() - 1)}});
    }
  }
  CHECK(from == std::vector<height>{height{2}, height{1}, height{1}});
}

TEST_CASE("a page goes on over blocks without a certificate, a part a turn, and has an end") {
  group g{small_genesis(), 1};
  g.order();
  auto& n = g.at(0);
  auto bare = std::make_shared<final_block>(*n.kept.ledger.at(0));
  bare->finalization.reset();
  for (int i = 0; i < 100; ++i) {
    g.order();
  }
  g.step(0,
         notary_in::peer_asked{g.link_to(4), g.at(4).key->id(), 7, chain_request{height{1}, 90}});
  std::size_t parts = 0;
  for (int turn = 0; turn < 100; ++turn) {
    n.core->finish_turn(g.now, n.actions);
    const auto loads = wanted<notary_out::load>(n);
    if (loads.empty()) {
      break;
    }
    CHECK(loads[0].from == height{++parts});
    CHECK(loads[0].size_max <= 4 * 1024 * 1024);
    n.actions.clear();
    g.step(0, notary_in::loaded{loads[0].token, {bare}});
  }
  CHECK(parts == 64);
  REQUIRE(wanted<notary_out::respond>(n).size() == 1);
  CHECK(std::get<chain_page>(wanted<notary_out::respond>(n)[0].what) == chain_page{});
}
