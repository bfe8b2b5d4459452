#include "actors/notary/executor.hpp"
#include "actors/notary/snapshot_check.hpp"
#include "actors/notary/snapshot_fetch.hpp"
#include "actors/notary/snapshot_serving.hpp"
#include "runtime/base/overloaded.hpp"
#include "test/actors/notary/left_behind.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// A node behind all blocks that are kept gets the state from others, some of whom lie, are slow, or
// go on meanwhile.

namespace caucus::testing {
namespace {

TEST_CASE("who is behind all blocks that are kept gets the state, from several at once") {
  left_behind g;
  g.grow();
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() != nullptr);
  const auto& got = *g.installed();
  CHECK(got.height > height{1});
  CHECK(got.entries.size() == g.at(0).core->setup().genesis.members.size() + 1 + 200);
  CHECK(g.root_of(got) == got.block->state_root);
  CHECK(g.places_asked() > 8);
  std::size_t asked = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    asked += g.places_asked(i) > 0 ? 1 : 0;
    CHECK(g.at(i).blames.empty());
  }
  CHECK(asked > 1);
  CHECK(g.at(late).blames.empty());
  CHECK(g.at(late).parts.size() == got.entries.size()); // kept on the way, each once
}

TEST_CASE("the state of a group that changed its variables is fetched, checked and begun with") {
  left_behind g{20};
  g.change(change_rules{{declared("news", variable_kind::map)}, {"motto"}});
  g.make_final(g.make_block({}));
  g.propose(0, "news", "put", {"today", "sun"});
  g.order();
  g.grow();
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() != nullptr);
  const auto& got = *g.installed();
  CHECK(g.root_of(got) == got.block->state_root);
  const auto from = std::make_shared<const genesis>(g.from());
  CHECK(check_certified_state(got, {from.get(), g.network(), verify}, {}));
  const auto tip =
    stored_tip(*got.block, got.entries, g.at(0).core->setup().rules, *g.at(0).core->history());
  REQUIRE(tip);
  CHECK(tip->rules->names().find("news"));
  CHECK_FALSE(tip->rules->names().find("motto"));
  INFO("an entry of a variable that none has is no state's, though its root is right");
  auto more = got;
  more.entries.push_back({path_of(variable_id{7}, {}), {}, stored_number(1)});
  auto block = std::make_shared<final_block>(*got.block);
  block->state_root = g.root_of(more);
  more.block = block;
  const auto said = check_certified_state(more, {from.get(), g.network(), verify}, {});
  REQUIRE_FALSE(said);
  CHECK_THAT(said.error().detail, Catch::Contains("a variable, that none has"));
  CHECK_FALSE(
    stored_tip(*block, more.entries, g.at(0).core->setup().rules, *g.at(0).core->history()));
}

TEST_CASE("nodes that keep all blocks, and old programs, are asked for no state") {
  SECTION("they keep all") {
    left_behind g{10, 0};
    g.grow();
    g.join();
    g.miss_blocks();
    g.tick(duration{5'000'000});
    CHECK(g.installed() == nullptr);
    CHECK(g.fetching());
  }
  SECTION("they do not know the question") {
    left_behind g{10};
    g.grow();
    for (std::size_t i = 0; i < 4; ++i) {
      g.at(i).protocol = 1;
    }
    g.join();
    g.miss_blocks();
    g.tick(duration{5'000'000});
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(g.at(i).snapshot_asks.empty());
    }
    CHECK(g.installed() == nullptr);
  }
  SECTION("this node is not to") {
    left_behind g{10};
    g.grow();
    g.at(late).config.fetch_snapshot = false;
    g.start(late);
    g.join();
    g.miss_blocks();
    g.tick(duration{5'000'000});
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(g.at(i).snapshot_asks.empty());
    }
    CHECK_FALSE(g.fetching());
  }
}

/// One lie of node 1, once or for ever; who fetches finds it, tells whose it is, and is done all the
/// same.
/// `first`: nobody else offers anything at first.
void lies(const std::function<bool(snapshot_response&)>& how, bool is_blamed = true,
          bool first = false) {
  left_behind g;
  g.grow();
  std::size_t lied = 0;
  const auto began = g.now;
  g.tamper_snapshots = [&](std::size_t who, snapshot_response& what) {
    lied += who == 1 && how(what) ? 1 : 0;
    if (first && who != 1 && g.now == began && std::holds_alternative<snapshot_offer>(what.what)) {
      what.what = snapshot_nothing{};
    }
    return true;
  };
  g.join();
  g.miss_blocks();
  for (int i = 0; i < 20 && g.installed() == nullptr; ++i) {
    g.tick(duration{3'000'000});
  }
  REQUIRE(lied > 0);
  REQUIRE(g.installed() != nullptr);
  CHECK(g.root_of(*g.installed()) == g.installed()->block->state_root);
  CHECK(std::any_of(g.blocks.begin(), g.blocks.end(), [&](const auto& one) {
    return one->header.height == g.installed()->height
           && digest_of(one->header) == g.installed()->block->id;
  }));
  const auto& blames = g.at(late).blames;
  CHECK(blames.empty() != is_blamed);
  for (const auto& one : blames) {
    CHECK(one.peer == g.at(1).key->id());
    CHECK(one.code == errc::bad_proof);
  }
}

template <class What>
std::function<bool(snapshot_response&)> on(std::function<void(What&)> change) {
  return [change](snapshot_response& what) {
    auto* const one = std::get_if<What>(&what.what);
    if (one != nullptr) {
      change(*one);
    }
    return one != nullptr;
  };
}

TEST_CASE("a liar's part of the state is found at once, and others give it") {
  SECTION("another value") {
    lies(on<place_entries>([](auto& all) { all.all.back().value[0] ^= std::byte{1}; }));
  }
  SECTION("an entry less") {
    lies(on<place_entries>([](auto& all) {
      if (all.all.size() > 1) {
        all.all.pop_back();
      } else {
        all.all.back().key.push_back({});
      }
    }));
  }
  SECTION("an entry more, of elsewhere") {
    lies(on<place_entries>([](auto& all) { all.all.push_back({variable_id{2}, {}, bytes(3)}); }));
  }
  SECTION("one twice") {
    lies(on<place_entries>([](auto& all) { all.all.push_back(all.all.front()); }));
  }
  SECTION("of a variable that there is not") {
    lies(on<place_entries>([](auto& all) { all.all.front().variable = variable_id{60'000}; }));
  }
  SECTION("halves that are none") {
    lies(on<place_halves>([](auto& both) { std::swap(both.left, both.right); }));
  }
  SECTION("entries for halves, of another place") {
    lies([](snapshot_response& what) {
      const bool is = std::holds_alternative<place_halves>(what.what);
      if (is) {
        what.what = place_entries{{{variable_id{1}, {}, bytes(8)}}};
      }
      return is;
    });
  }
  SECTION("no part of the state at all") {
    lies([](snapshot_response& what) {
      const bool is = std::holds_alternative<place_entries>(what.what);
      if (is) {
        what.what = snapshot_record{bytes(9)};
      }
      return is;
    });
  }
  SECTION("it is not here: that is no lie") {
    lies(
      [](snapshot_response& what) {
        const bool is = std::holds_alternative<place_entries>(what.what);
        if (is) {
          what.what = snapshot_nothing{};
        }
        return is;
      },
      false);
  }
  SECTION("busy, always: that is no lie") {
    lies(
      [](snapshot_response& what) {
        const bool is = std::holds_alternative<place_entries>(what.what);
        if (is) {
          what.what = snapshot_nothing{true};
        }
        return is;
      },
      false);
  }
}

TEST_CASE("a liar's offer costs one try, and others' are taken") {
  SECTION("of a block that is none") {
    lies(on<snapshot_offer>([](auto& one) { one.height = height{1'000'000}; }), false, true);
  }
  SECTION("a higher one, of which nothing comes: that is not known to be a lie") {
    lies(
      [](snapshot_response& what) {
        if (auto* const one = std::get_if<snapshot_offer>(&what.what)) {
          one->height = height{1'000'000};
          return true;
        }
        if (std::holds_alternative<snapshot_record>(what.what)) {
          what.what = snapshot_nothing{};
        }
        return false;
      },
      false, true);
  }
  SECTION("another block") {
    lies(on<snapshot_record>([](auto& one) { one.piece[40] ^= std::byte{1}; }), true, true);
  }
  SECTION("garbage for a block") {
    lies(on<snapshot_record>([](auto& one) { one.piece[0] ^= std::byte{1}; }), true, true);
  }
  SECTION("the header above is another") {
    lies(on<snapshot_offer>([](auto& one) { one.above.front().state_root.raw[3] ^= std::byte{1}; }),
         true, true);
  }
  SECTION("the certificate is none") {
    lies(on<snapshot_offer>(
           [](auto& one) { one.finalization.signatures.front().raw[3] ^= std::byte{1}; }),
         true, true);
  }
  SECTION("something else than was asked for") {
    lies(
      [](snapshot_response& what) {
        const bool is = std::holds_alternative<snapshot_record>(what.what);
        if (is) {
          what.what = place_halves{};
        }
        return is;
      },
      true, true);
  }
  SECTION("more of the block than it said") {
    lies(on<snapshot_record>([](auto& one) { one.piece.resize(one.piece.size() + 1); }), true,
         true);
  }
  SECTION("ends of epochs that there were none of") {
    lies(
      [](snapshot_response& what) {
        if (auto* const one = std::get_if<snapshot_offer>(&what.what)) {
          one->height = one->height.next();
          one->closings = 3; // it has none to show
          return true;
        }
        return false;
      },
      true, true);
  }
}

TEST_CASE("an honest block and a state that it is not of: whoever offered it is known") {
  left_behind g;
  g.grow();
  g.tamper_snapshots = [](std::size_t who, snapshot_response& what) {
    if (auto* const one = std::get_if<snapshot_offer>(&what.what); one != nullptr && who == 2) {
      one->state_root.raw[0] ^= std::byte{1};
      one->entries = 0;
    }
    return who == 2 || !std::holds_alternative<snapshot_offer>(what.what);
  };
  g.join();
  g.miss_blocks();
  REQUIRE(g.at(late).blames.size() == 1);
  CHECK(g.at(late).blames.front().peer == g.at(2).key->id());
  g.tamper_snapshots = nullptr;
  g.tick(snapshot_fetch::again_after);
  REQUIRE(g.installed() != nullptr);
}

TEST_CASE("what most members offer is taken before what one, or a stranger, says to be newer") {
  left_behind g{20, 64, 3};
  g.grow();
  std::size_t of_others = 0;
  g.tamper_snapshots = [&](std::size_t who, snapshot_response& what) {
    if (auto* const one = std::get_if<snapshot_offer>(&what.what); one != nullptr && who > 2) {
      one->height = height{one->height.value() + who}; // a member alone, and two strangers
    }
    of_others += who > 2 && !std::holds_alternative<snapshot_offer>(what.what) ? 1 : 0;
    return true;
  };
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() != nullptr);
  CHECK(of_others == 0);
  CHECK(g.at(late).blames.empty());
}

TEST_CASE("strangers who say what members do are not asked for it") {
  left_behind g{200, 64, 4};
  g.grow();
  std::size_t of_strangers = 0;
  g.tamper_snapshots = [&](std::size_t who, snapshot_response& what) {
    if (who > 4 && !std::holds_alternative<snapshot_offer>(what.what)) {
      ++of_strangers;
      return false; // it says nothing more
    }
    return true;
  };
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() != nullptr);
  CHECK(of_strangers == 0);
}

TEST_CASE("strangers' offers are taken where no member makes one") {
  left_behind g{20, 64, 2};
  g.grow();
  g.tamper_snapshots = [](std::size_t who, snapshot_response& what) {
    if (who < 4) {
      what.what = snapshot_nothing{};
    }
    return true;
  };
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() != nullptr);
}

TEST_CASE("who has the next block is not asked for the state") {
  left_behind g{20};
  g.grow();
  g.tamper_snapshots = [](std::size_t, snapshot_response& what) {
    if (auto* const one = std::get_if<snapshot_offer>(&what.what)) {
      one->oldest = height{1};
    }
    return true;
  };
  g.join();
  g.miss_blocks();
  g.tick(snapshot_fetch::offers_time);
  CHECK(g.installed() == nullptr);
  CHECK(g.places_asked() == 0);
  g.tamper_snapshots = [](std::size_t, snapshot_response& what) {
    if (auto* const one = std::get_if<snapshot_offer>(&what.what)) {
      one->oldest = height{2};
    }
    return true;
  };
  g.tick(snapshot_fetch::again_after);
  CHECK(g.installed() != nullptr);
}

TEST_CASE("those who give nothing for a minute are left for others") {
  left_behind g;
  g.grow();
  g.tamper_snapshots = [](std::size_t who, snapshot_response& what) {
    if (who < 3 && std::holds_alternative<place_entries>(what.what)) {
      what.what = snapshot_nothing{true}; // busy, for ever
    }
    // The fourth has nothing to offer yet.
    if (who == 3 && std::holds_alternative<snapshot_offer>(what.what)) {
      what.what = snapshot_nothing{};
    }
    return true;
  };
  g.join();
  g.miss_blocks();
  for (int i = 0; i < 10; ++i) {
    g.tick(duration{5'000'000});
    REQUIRE(g.at(late).core->next_wake());
    CHECK(*g.at(late).core->next_wake() > g.now); // it does not spin
  }
  const auto offers = [&] {
    return std::count_if(
      g.at(0).snapshot_asks.begin(), g.at(0).snapshot_asks.end(),
      [](const auto& one) { return std::holds_alternative<offer_wanted>(one.what); });
  };
  CHECK(offers() == 1);
  CHECK(g.at(late).blames.empty());
  const auto asked = g.places_asked(0);
  CHECK(asked > 10); // again each second
  CHECK(asked < 300);
  g.tamper_snapshots = nullptr;
  for (int i = 0; i < 4 && g.installed() == nullptr; ++i) {
    g.tick(duration{5'000'000});
  }
  CHECK(g.installed() != nullptr);
}

TEST_CASE("nodes that were just started give the state that they began with") {
  left_behind g{50};
  g.grow();
  g.tick(duration{20'000'000});
  g.grow();
  for (std::size_t i = 0; i < 4; ++i) {
    g.restart(i);
  }
  g.join();
  g.miss_blocks(); // and no block is made: this node may be the one that is needed for that
  g.tick(snapshot_fetch::offers_time);
  REQUIRE(g.installed() != nullptr);
  CHECK(g.root_of(*g.installed()) == g.installed()->block->state_root);
}

TEST_CASE("batches of a final block that nobody has any more begin it too") {
  auto config = keeping_few(64);
  config.recent_blocks = 4;
  group g{small_genesis(), 1, {}, config};
  g.at(late).linked = false;
  static_cast<void>(g.propose(0, "score", "add", {"5"}));
  g.order();
  for (int i = 0; i < 200; ++i) {
    g.make_final(g.make_block({}));
    g.tick(duration{200'000});
  }
  REQUIRE(g.at(0).kept.oldest > height{50});
  g.at(late).linked = true;
  for (std::size_t i = 0; i < 4; ++i) {
    g.link(late, i);
  }
  for (std::size_t i = 0; i < 10; ++i) { // consensus has the blocks
    g.finalized(late, g.blocks[i]);
  }
  g.run();
  REQUIRE(g.at(late).core->final_height() == height{0});
  for (int i = 0; i < 4; ++i) {
    g.tick(duration{500'000});
  }
  CHECK_FALSE(g.at(late).installed); // a moment without them is nothing
  for (int i = 0; i < 40 && g.at(late).installed == nullptr; ++i) {
    g.tick(duration{500'000});
  }
  CHECK(g.at(late).installed != nullptr);
}

TEST_CASE("a folder that was set back has what blocks would have told before it takes the state") {
  group g{small_genesis(), 1, {}, keeping_few(64)};
  const auto load = [&](const char* what) {
    const auto tag = g.propose(late, "load", "post", {what});
    g.order();
    REQUIRE(g.receipt_for(late, tag));
  };
  load("one");
  const auto open = g.propose(late, "load", "post", {"two"}, "mine");
  g.run();
  const auto copy = g.at(late).kept; // with a batch that no block has yet
  g.order();
  REQUIRE(g.receipt_for(late, open));
  load("three");
  for (int i = 0; i < 40; ++i) {
    g.make_final(g.make_block({}));
  }
  for (std::size_t i = 0; i < 4; ++i) {
    g.step(i, notary_in::pruned{height{g.blocks.size() - 30}});
  }
  g.at(late).kept = copy;
  g.restart(late);
  g.step(late, to_notary{blocks_gone{}});
  g.run();
  REQUIRE(g.at(late).installed != nullptr);
  state_tree taken{g.from().variables.size() + 1};
  for (const auto& one : g.at(late).installed->entries) {
    taken.put(one.path, one.key, *one.value);
  }
  const auto last = last_number(taken, g.at(late).key->id());
  batch_number known;
  bool is_lost = false;
  for (const auto& one : g.at(late).kept.journal) {
    if (const auto* const ceiling = std::get_if<ceiling_record>(&one)) {
      known = std::max(known, ceiling->number);
    } else if (const auto* const over = std::get_if<overtaken_record>(&one)) {
      is_lost = is_lost || over->lost;
    }
  }
  CHECK(known >= last);
  CHECK(is_lost);
}

TEST_CASE("offers of what is no newer than the ledger are not taken") {
  left_behind g{10};
  g.grow();
  g.join();
  g.tamper_snapshots = [](std::size_t, snapshot_response& what) {
    if (auto* const one = std::get_if<snapshot_offer>(&what.what)) {
      one->height = height{1};
    }
    return true;
  };
  // It has the first blocks itself.
  for (std::size_t i = 0; i < 2; ++i) {
    g.finalized(late, g.blocks[i]);
    g.run();
  }
  REQUIRE(g.at(late).core->final_height() == height{2});
  g.miss_blocks();
  g.tick(snapshot_fetch::offers_time);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(g.at(i).snapshot_asks.size() > 0);
    for (const auto& one : g.at(i).snapshot_asks) {
      CHECK(std::holds_alternative<offer_wanted>(one.what));
    }
  }
  CHECK(g.installed() == nullptr);
}

TEST_CASE("what shares most with the own state is fetched in few parts") {
  left_behind g;
  g.at(late).linked = true;
  for (std::size_t i = 0; i < 4; ++i) {
    g.link(late, i);
  }
  for (const auto& one : g.blocks) { // as of these it has all
    g.finalized(late, one);
    g.run();
  }
  REQUIRE(g.at(late).core->final_height() == g.at(0).core->final_height());
  g.at(late).linked = false;
  g.fill(1, 'b');
  g.grow();
  g.join();
  g.miss_blocks();
  REQUIRE(g.installed() != nullptr);
  CHECK(g.root_of(*g.installed()) == g.installed()->block->state_root);
  CHECK(g.places_asked() < 30); // the way down to one entry
  CHECK(g.at(late).parts.size() < 80);
}

} // namespace
} // namespace caucus::testing
