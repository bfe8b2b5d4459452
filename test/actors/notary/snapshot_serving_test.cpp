#include "actors/notary/snapshot_fetch.hpp"
#include "actors/notary/snapshot_serving.hpp"
#include "test/actors/notary/left_behind.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// A state that is fetched in spite of what happens meanwhile, and what is given to whom.

namespace caucus::testing {
namespace {

TEST_CASE("a newer state is gone on with, and what came of the older one stays") {
  left_behind g;
  g.grow();
  std::size_t answers = 0;
  g.tamper_snapshots = [&](std::size_t, snapshot_response& what) {
    if (std::holds_alternative<place_entries>(what.what) && ++answers > 3) {
      what.what = snapshot_nothing{true}; // they have much to do
    }
    return true;
  };
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() == nullptr);
  const auto came = g.at(late).parts.size();
  REQUIRE(came > 0);
  REQUIRE(g.fetching());
  const auto first = g.fetching()->height;
  CHECK(g.fetching()->entries >= came);
  CHECK(g.fetching()->entries_all == 205);
  // All have gone on, and changed what is in the half that came and in the other.
  g.at(late).linked = false;
  g.fill(4, 'c');
  g.grow();
  g.grow();
  g.at(late).linked = true;
  g.tamper_snapshots = nullptr;
  for (int i = 0; i < 10 && g.installed() == nullptr; ++i) {
    g.tick(duration{2'000'000});
  }
  REQUIRE(g.installed() != nullptr);
  CHECK(g.installed()->height > first);
  CHECK(g.root_of(*g.installed()) == g.installed()->block->state_root);
  CHECK(g.at(late).parts.size() < 2 * 205);
}

TEST_CASE("what a former life brought is not fetched again, and false parts of it do no harm") {
  left_behind g;
  g.grow();
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() != nullptr);
  const auto all = g.places_asked();
  auto brought = g.at(late).parts;
  brought.resize(brought.size() / 2);
  for (auto& n : {0U, 1U, 2U, 3U}) {
    g.at(n).snapshot_asks.clear();
  }
  SECTION("true ones") {
    g.start(late);
    g.at(late).installed.reset();
    g.at(late).core->restore_snapshot_part(brought);
    g.join();
    g.miss_blocks();
    REQUIRE(g.installed() != nullptr);
    CHECK(g.places_asked() < all);
  }
  SECTION("false ones too") {
    brought[0].value.push_back({});
    brought.push_back({variable_id{1}, bytes(3), bytes(3)});
    brought.push_back({variable_id{50'000}, bytes(3), bytes(3)});
    brought.push_back({variable_id{0}, bytes(32), bytes(3)});
    brought.push_back(brought[1]);
    g.start(late);
    g.at(late).installed.reset();
    g.at(late).core->restore_snapshot_part(brought);
    g.join();
    g.miss_blocks();
    REQUIRE(g.installed() != nullptr);
    CHECK(g.root_of(*g.installed()) == g.installed()->block->state_root);
  }
}

TEST_CASE("links that go, come back and are slow delay it, and no more") {
  left_behind g;
  g.grow();
  std::size_t answers = 0;
  g.tamper_snapshots = [&](std::size_t who, snapshot_response& what) {
    const bool is_place = std::holds_alternative<place_entries>(what.what)
                          || std::holds_alternative<place_halves>(what.what);
    if (is_place && ++answers == 5) {
      g.at(3).linked = false; // in the middle
      g.step(late, notary_in::peer_down{g.link_to(3)});
    }
    return !is_place || who != 2; // and one never answers
  };
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() != nullptr);
  CHECK(g.at(late).blames.empty());
  CHECK(g.places_asked(2) <= snapshot_fetch::failures_max + snapshot_fetch::asked_per_link_max);
}

TEST_CASE("all links go: it begins again with others, and with what came") {
  left_behind g;
  g.grow();
  std::size_t answers = 0;
  g.tamper_snapshots = [&](std::size_t, snapshot_response& what) {
    if (std::holds_alternative<place_entries>(what.what) && ++answers == 3) {
      for (std::size_t i = 0; i < 4; ++i) {
        g.step(late, notary_in::peer_down{g.link_to(i)});
      }
      g.at(late).linked = false;
    }
    return true;
  };
  g.join();
  g.miss_blocks();
  g.tick(duration{3'000'000});
  REQUIRE(g.installed() == nullptr);
  REQUIRE(g.fetching());
  g.join();
  g.tick(duration{3'000'000});
  g.tick(duration{3'000'000});
  REQUIRE(g.installed() != nullptr);
}

TEST_CASE("a block now and then leaves what came for the next try") {
  left_behind g;
  g.grow();
  std::size_t answers = 0;
  g.tamper_snapshots = [&answers](std::size_t, snapshot_response& what) {
    return !std::holds_alternative<place_entries>(what.what) || ++answers <= 3; // then all fail
  };
  g.join();
  g.miss_blocks();
  const auto came = g.at(late).parts.size();
  REQUIRE(came > 0);
  g.finalized(late, g.blocks[0]); // between two tries
  g.run();
  REQUIRE(g.at(late).core->final_height() == height{1});
  CHECK(g.at(late).parts.size() == came);
  SECTION("in this life") {}
  SECTION("in the next one") {
    const auto brought = g.at(late).parts;
    g.start(late);
    g.at(late).core->restore_snapshot_part(brought);
    g.join();
    g.finalized(late, g.blocks[1]);
    g.run();
    CHECK(g.at(late).parts.size() == came);
  }
  g.tamper_snapshots = nullptr;
  g.miss_blocks();
  g.tick(snapshot_fetch::again_after);
  REQUIRE(g.installed() != nullptr);
  CHECK(g.at(late).parts.size() < came + 205);
}

TEST_CASE("a node that goes on by itself forgets what a former life brought") {
  left_behind g{10};
  g.at(late).core->restore_snapshot_part({{variable_id{1}, {}, bytes(8)}});
  g.at(late).parts = {{variable_id{1}, {}, bytes(8)}};
  g.join();
  for (const auto& one : std::vector{g.blocks}) {
    g.finalized(late, one);
    g.run();
  }
  CHECK_FALSE(g.at(late).parts.empty());
  for (int i = 0; i < 300; ++i) {
    g.make_final(g.make_block({}));
  }
  REQUIRE(g.at(late).core->final_height() == g.at(0).core->final_height());
  CHECK(g.at(late).parts.empty());
}

TEST_CASE("a false height keeps nothing for ever where the ledger goes on by itself") {
  left_behind g{10};
  g.grow();
  g.tamper_snapshots = [](std::size_t, snapshot_response& what) {
    if (auto* const one = std::get_if<snapshot_offer>(&what.what)) {
      one->height = height{1'000'000'000};
    }
    return true;
  };
  g.at(late).parts = {{variable_id{1}, {}, bytes(8)}};
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() == nullptr);
  for (const auto& one : std::vector{g.blocks}) {
    g.finalized(late, one);
    g.run();
  }
  for (int i = 0; i < 300; ++i) {
    g.make_final(g.make_block({}));
  }
  CHECK_FALSE(g.fetching());
  CHECK(g.at(late).parts.empty()); // it was said that all may go
}

TEST_CASE("blocks that come after all end it") {
  left_behind g;
  g.grow();
  g.tamper_snapshots = [](std::size_t, snapshot_response& what) {
    return !std::holds_alternative<place_entries>(what.what);
  };
  g.join();
  g.miss_blocks();
  REQUIRE(g.fetching());
  g.tamper_snapshots = nullptr;
  for (const auto& one : g.blocks) {
    g.finalized(late, one);
    g.run();
  }
  CHECK(g.at(late).core->final_height() == g.at(0).core->final_height());
  CHECK_FALSE(g.fetching());
  CHECK(g.at(late).parts.empty()); // nothing of it is needed
  g.tick(duration{20'000'000});
  CHECK(g.installed() == nullptr);
}

TEST_CASE("no more is asked than answers have room for, of one and of all") {
  left_behind g{600};
  g.grow();
  std::map<std::size_t, std::size_t> asked;
  std::size_t most = 0;
  g.tamper_snapshots = [](std::size_t, snapshot_response& what) {
    return !std::holds_alternative<place_entries>(what.what);
  };
  g.join();
  g.step(late, to_notary{blocks_gone{}});
  for (int i = 0; i < 200; ++i) {
    auto& n = g.at(late);
    n.core->finish_turn({g.now, {}, n.actions});
    std::size_t open = 0;
    for (const auto& one : n.actions) {
      open += std::holds_alternative<notary_out::request>(one) ? 1 : 0;
    }
    most = std::max(most, open);
    g.run();
  }
  CHECK(most <= snapshot_fetch::asked_max);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(g.places_asked(i) > 0);
  }
}

TEST_CASE("who asks for too much is told busy, and others have their answers") {
  left_behind g{50};
  g.grow();
  auto& n = g.at(0);
  n.actions.clear();
  const auto ask = [&](std::size_t who, std::uint64_t msg_id) {
    g.step(0, notary_in::peer_asked{g.link_to(who), g.at(who).key->id(), msg_id,
                                    snapshot_request{offer_wanted{}}});
  };
  for (std::uint64_t i = 0; i < snapshot_serving::questions_per_link_max + 5; ++i) {
    ask(late, 1'000 + i);
  }
  ask(1, 5'000);
  n.core->finish_turn({g.now, {}, n.actions});
  std::map<std::uint64_t, snapshot_response> told;
  for (const auto& one : n.actions) {
    if (const auto* const gives = std::get_if<notary_out::respond>(&one)) {
      told.emplace(gives->msg_id, std::get<snapshot_response>(gives->response));
    }
  }
  std::size_t busy = 0;
  for (const auto& [id, what] : told) {
    busy += what == snapshot_response{snapshot_nothing{true}} ? 1 : 0;
  }
  CHECK(busy == 5);
  CHECK(std::holds_alternative<snapshot_offer>(told.at(5'000).what));
  n.actions.clear();
}

TEST_CASE("questions for what there is none of get nothing") {
  left_behind g{50};
  g.grow();
  auto& n = g.at(0);
  const auto ask = [&](decltype(snapshot_request::what) what) {
    n.actions.clear();
    g.step(0, notary_in::peer_asked{g.link_to(1), g.at(1).key->id(), 9, snapshot_request{what}});
    n.core->finish_turn({g.now, {}, n.actions});
    for (const auto& one : std::exchange(n.actions, {})) {
      if (const auto* const gives = std::get_if<notary_out::respond>(&one)) {
        return std::get<snapshot_response>(gives->response);
      }
    }
    return snapshot_response{snapshot_nothing{true}};
  };
  const auto offer = std::get<snapshot_offer>(ask(offer_wanted{}).what);
  const snapshot_response nothing{snapshot_nothing{}};
  CHECK(ask(place_wanted{offer.height.next(), {}}) == nothing);
  CHECK(ask(record_wanted{offer.height.next(), 0}) == nothing);
  CHECK(ask(record_wanted{offer.height, offer.record_size}) == nothing);
  CHECK(ask(record_wanted{offer.height, ~std::uint64_t{0}}) == nothing);
  state_place empty{};
  for (int i = 0; i < 16; ++i) {
    empty = half_of(empty, true);
  }
  CHECK(ask(place_wanted{offer.height, empty}) == nothing);
  CHECK(ask(closings_wanted{epoch{0}}) == snapshot_response{snapshot_closings{}});
  CHECK(ask(closings_wanted{epoch{~std::uint64_t{0}}}) == snapshot_response{snapshot_closings{}});
  const auto end =
    std::get<snapshot_record>(ask(record_wanted{offer.height, offer.record_size - 1}).what);
  CHECK(end.piece.size() == 1);
}

} // namespace
} // namespace caucus::testing
