#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include "actors/notary/batch_pool.hpp"
#include "actors/notary/merkle.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace caucus;
using namespace caucus::testing;

// Each condition on batches, branches and proofs alone, under one that breaks it and no other.

namespace {

shared_batch with_number(const group& g, std::size_t who, std::uint64_t number,
                         std::size_t size = 1) {
  return g.signed_batch(who, key_of(who).id(), batch_number{number}, {bytes(size)});
}

pooled_batch pooled(const shared_batch& what) {
  pooled_batch out;
  out.id = digest_of(what->header);
  out.batch = what;
  out.state = batch_state::held;
  return out;
}

} // namespace

// -- batches -------------------------------------------------------------------------------------

TEST_CASE("a batch is taken only whole, of this group, and signed by its author") {
  group g;
  const auto post = g.encoded(0, "motto", "set", {"x"});
  const auto author = g.at(0).key->id();
  struct row {
    const char* name;
    void (*spoil)(batch&);
    bool signed_again; ///< so that nothing but this is wrong
  };
  const row rows[] = {
    {"of another group", [](batch& what) { what.header.group = group_id{2}; }, true},
    {"number 0", [](batch& what) { what.header.number = batch_number{}; }, true},
    {"no mutations", [](batch& what) { what.header.mutation_count = 0; }, true},
    {"fewer mutations than its header says", [](batch& what) { ++what.header.mutation_count; },
     true},
    {"more mutations than its header says", [](batch& what) { --what.header.mutation_count; },
     true},
    {"more than a batch may have",
     [](batch& what) { what.header.mutation_count = mutations_per_batch_max + 1; }, true},
    {"another size", [](batch& what) { ++what.header.body_size; }, true},
    {"another body's digest", [](batch& what) { what.header.body.raw[0] ^= std::byte{1}; }, true},
    {"a body that is no mutations",
     [](batch& what) {
       what.body.back() ^= std::byte{1};
       what.body.push_back(std::byte{9});
       ++what.header.body_size;
       what.header.body = sha256(what.body);
     },
     true},
    {"a body above the limit",
     [](batch& what) {
       const auto one = what.body;
       while (what.body.size() <= batch_body_size_max) {
         what.body.insert(what.body.end(), one.begin(), one.end());
       }
       what.header.body_size = static_cast<std::uint32_t>(what.body.size());
       what.header.mutation_count = static_cast<std::uint32_t>(2 * what.body.size() / one.size());
       what.header.body = sha256(what.body);
     },
     true},
    {"another signature", [](batch& what) { what.signature.raw[0] ^= std::byte{1}; }, false},
    {"another author's", [](batch& what) { what.header.author = key_of(1).id(); }, true},
  };
  const auto check = [&](const batch& what) {
    return check_batch(g.network(), g.from().group, what, verify);
  };
  const auto good = g.signed_batch(0, author, batch_number{1},
                                   {post, g.encoded(0, "motto", "set", {std::string(9'000, 'y')})});
  REQUIRE(check(*good));
  for (const auto& one : rows) {
    INFO(one.name);
    auto what = *good;
    one.spoil(what);
    if (one.signed_again) {
      what.signature = sign(*g.at(0).key, signed_bytes(g.network(), what.header));
    }
    CHECK_FALSE(check(what));
  }
}

TEST_CASE("an author has so many batches and bytes in the pool, and strangers half of it") {
  group g{small_genesis(), 2};
  notary_config config;
  config.author_batches_max = 3;
  SECTION("in number") {
    batch_pool pool{config};
    for (std::uint64_t i = 1; i <= 3; ++i) {
      CHECK(pool.add(pooled(with_number(g, 0, i)), true, false) == batch_pool::entry::added);
    }
    const auto beyond = pooled(with_number(g, 0, 4));
    CHECK(pool.add(beyond, true, false) == batch_pool::entry::full);
    CHECK(pool.add(pooled(with_number(g, 1, 1)), true, false) == batch_pool::entry::added);
    INFO("but what a block lists is taken, and is known to be beyond them");
    CHECK(pool.add(beyond, true, true) == batch_pool::entry::added);
    CHECK(pool.is_beyond_limits(*pool.find(beyond.id)));
    pool.remove(beyond.id);
    const auto last = digest_of(with_number(g, 0, 3)->header);
    CHECK_FALSE(pool.is_beyond_limits(*pool.find(last)));
    INFO("and with one gone there is room for one");
    pool.remove(last);
    CHECK(pool.add(beyond, true, false) == batch_pool::entry::added);
    CHECK(pool.add(pooled(with_number(g, 0, 5)), true, false) == batch_pool::entry::full);
    CHECK(pool.add(beyond, true, false) == batch_pool::entry::known);
  }
  SECTION("in bytes") {
    config.author_size_max = 100'000;
    batch_pool pool{config};
    const auto first = pooled(with_number(g, 0, 1, 60'000));
    CHECK(pool.add(first, true, false) == batch_pool::entry::added);
    CHECK(pool.add(pooled(with_number(g, 0, 2, 60'000)), true, false) == batch_pool::entry::full);
    CHECK(pool.add(pooled(with_number(g, 0, 2, 20'000)), true, false) == batch_pool::entry::added);
    pool.remove(first.id);
    CHECK(pool.add(pooled(with_number(g, 0, 3, 60'000)), true, false) == batch_pool::entry::added);
  }
  SECTION("all together, strangers half") {
    config.pool_size_max = 200'000;
    batch_pool pool{config};
    CHECK(pool.add(pooled(with_number(g, 4, 1, 60'000)), false, false) == batch_pool::entry::added);
    CHECK(pool.add(pooled(with_number(g, 5, 1, 60'000)), false, false) == batch_pool::entry::full);
    CHECK(pool.add(pooled(with_number(g, 0, 1, 60'000)), true, false) == batch_pool::entry::added);
    CHECK(pool.add(pooled(with_number(g, 1, 1, 60'000)), true, false) == batch_pool::entry::added);
    CHECK(pool.add(pooled(with_number(g, 2, 1, 60'000)), true, false) == batch_pool::entry::full);
    CHECK(pool.add(pooled(with_number(g, 2, 1)), true, false) == batch_pool::entry::added);
  }
}

// -- proofs --------------------------------------------------------------------------------------

TEST_CASE("a leaf is proven at its own index, of that many leaves, by just so many hashes") {
  for (std::size_t count = 1; count <= 9; ++count) {
    std::vector<digest> leaves;
    for (std::size_t i = 0; i < count; ++i) {
      leaves.push_back(merkle_leaf(as_bytes(std::to_string(i))));
    }
    auto working = leaves;
    const auto root = merkle_root(working);
    for (std::size_t i = 0; i < count; ++i) {
      INFO("leaf " << i << " of " << count);
      const auto good = prove_leaf(leaves, i);
      CHECK(check_leaf(root, leaves[i], good));
      for (std::uint64_t other = 0; other < 2 * count + 2; ++other) {
        if (other != i) {
          auto bad = good;
          bad.index = other;
          CHECK_FALSE(check_leaf(root, leaves[i], bad));
        }
      }
      auto beyond = good;
      beyond.index = good.index + beyond.count; // the same way up, past the end
      CHECK_FALSE(check_leaf(root, leaves[i], beyond));
      auto longer = good;
      longer.siblings.push_back(root);
      CHECK_FALSE(check_leaf(root, leaves[i], longer));
      if (!good.siblings.empty()) {
        auto shorter = good;
        shorter.siblings.pop_back();
        CHECK_FALSE(check_leaf(root, leaves[i], shorter));
      }
      CHECK_FALSE(check_leaf(digest{}, leaves[i], good));
      CHECK_FALSE(check_leaf(root, digest{}, good));
    }
    merkle_proof none;
    none.count = 0;
    CHECK_FALSE(check_leaf(leaves[0], leaves[0], none));
  }
}

TEST_CASE("a certificate counts with a quorum of members' signatures, one each, and no other") {
  group g;
  g.order();
  const auto header = g.blocks.front()->header;
  const auto good = g.finalization_of(header);
  const auto check = [&](const certificate& what) {
    return verify_certificate(committee_of(g.from()), g.from().group, g.network(), what, verify)
      .has_value();
  };
  REQUIRE(check(good));
  auto few = good;
  few.signers &= few.signers - 1;
  CHECK_FALSE(check(few)); // more signatures than signers
  few.signatures.erase(few.signatures.begin());
  CHECK_FALSE(check(few)); // no quorum
  auto lacks = good;
  lacks.signatures.pop_back();
  CHECK_FALSE(check(lacks));
  auto stranger = good;
  stranger.signers = 0b10011;
  CHECK_FALSE(check(stranger));
  auto swapped = good;
  std::swap(swapped.signatures[0], swapped.signatures[1]);
  CHECK_FALSE(check(swapped));
  for (std::size_t i = 0; i < good.signatures.size(); ++i) {
    auto forged = good;
    forged.signatures[i].raw[5] ^= std::byte{1};
    CHECK_FALSE(check(forged));
  }
  auto other = good;
  other.subject.kind = vote_kind::notarize;
  CHECK_FALSE(check(other));
}

TEST_CASE("an answer is proven by the finalization of its own header, and by nothing else signed") {
  group g;
  g.propose(0, "motto", "set", {"x"});
  g.propose(0, "tags", "insert", {"a"});
  g.order();
  const auto tag = g.get(0, "motto");
  const auto listed = g.get(0, "tags", {}, true);
  g.run();
  const auto good = **g.answer_for(0, tag);
  REQUIRE(g.verified(good));
  const auto signed_for = [&](void (*spoil)(subject&)) {
    auto what = good;
    auto& on = what.finalization.subject;
    spoil(on);
    for (std::size_t i = 0; i < what.finalization.signatures.size(); ++i) { // a true quorum
      what.finalization.signatures[i] =
        sign(*g.at(i).key, signed_bytes(g.network(), g.from().group, on));
    }
    return g.verified(what).has_value();
  };
  CHECK(signed_for([](subject&) {}));
  CHECK_FALSE(signed_for([](subject& on) { on.kind = vote_kind::notarize; }));
  CHECK_FALSE(signed_for([](subject& on) { on.digest.raw[0] ^= std::byte{1}; }));
  CHECK_FALSE(signed_for([](subject& on) { on.view = on.view.next(); }));
  CHECK_FALSE(signed_for([](subject& on) { on.epoch = epoch{1}; }));
  auto elsewhere = good; // another group's header, with a true quorum of ours for it
  elsewhere.header.group = group_id{2};
  elsewhere.finalization.subject.digest = digest_of(elsewhere.header);
  for (std::size_t i = 0; i < elsewhere.finalization.signatures.size(); ++i) {
    elsewhere.finalization.signatures[i] =
      sign(*g.at(i).key, signed_bytes(g.network(), g.from().group, elsewhere.finalization.subject));
  }
  CHECK_FALSE(g.verified(elsewhere));
  INFO("nor is one with other entries than those asked for");
  auto doubled = good;
  doubled.entries.push_back(doubled.entries.front());
  CHECK_FALSE(g.verified(doubled));
  auto none = good;
  none.entries.clear();
  CHECK_FALSE(g.verified(none));
  auto whole = **g.answer_for(0, listed);
  REQUIRE(g.verified(whole));
  REQUIRE(whole.entries.size() == 2);
  whole.entries[1] = whole.entries[0]; // the count in the place of the entry
  CHECK_FALSE(g.verified(whole));
}

// -- branches ------------------------------------------------------------------------------------

TEST_CASE("a block runs on its parent's result, whichever of two branches that is on") {
  group g;
  g.propose(0, "score", "add", {"1"});
  g.run();
  const auto listed = g.at(0).held;
  const auto full = g.make_block(listed);
  const auto empty = g.make_block({});
  g.notarized(1, full);
  g.notarized(1, empty);
  g.run();
  REQUIRE(g.at(1).roots.contains(digest_of(full->header)));
  REQUIRE(g.at(1).roots.contains(digest_of(empty->header)));
  const auto& after_full = g.at(1).roots.at(digest_of(full->header));
  const auto& after_empty = g.at(1).roots.at(digest_of(empty->header));
  CHECK(after_full.state_root != after_empty.state_root);
  auto child = *full;
  child.header.parent = digest_of(empty->header);
  child.header.height = child.header.height.next();
  child.header.parent_view = empty->header.view;
  child.header.view = view{9};
  child.header.state_root = after_empty.state_root;
  child.header.receipts_root = after_empty.receipts_root;
  const auto above = std::make_shared<const block>(child);
  g.notarized(1, above);
  g.run();
  REQUIRE(g.at(1).roots.contains(digest_of(above->header)));
  CHECK(g.at(1).roots.at(digest_of(above->header)).state_root == after_full.state_root);
  INFO("and one whose parent is not here waits for it");
  auto lost = child;
  lost.header.parent = sha256(as_bytes("lost"));
  lost.header.view = view{10};
  g.notarized(1, std::make_shared<const block>(lost));
  g.run();
  CHECK_FALSE(g.at(1).roots.contains(digest_of(lost.header)));
  INFO("when a height is final, blocks at it and below are nothing any more");
  g.make_final(empty);
  g.make_final(above);
  CHECK(g.at(1).core->final_height() == height{2});
  g.at(1).roots.clear();
  g.notarized(1, full);
  g.run();
  CHECK(g.at(1).roots.empty());
}

TEST_CASE("a block waits for its parent's result, which waits for its batches") {
  group g;
  g.drop_batches = true;
  g.propose(0, "score", "add", {"1"});
  g.run();
  const auto listed = g.at(0).held;
  REQUIRE(listed.size() == 1);
  const auto full = g.make_block(listed);
  auto child = *g.make_block({});
  child.header.parent = digest_of(full->header);
  child.header.height = height{2};
  g.at(0).linked = false; // so that it cannot be pulled
  g.notarized(1, full);
  g.notarized(1, std::make_shared<const block>(child));
  g.run();
  CHECK_FALSE(g.at(1).roots.contains(digest_of(full->header)));
  CHECK_FALSE(g.at(1).roots.contains(digest_of(child.header)));
  g.at(0).linked = true;
  g.tick(duration{1'000'000});
  g.tick(duration{10'000'000});
  CHECK(g.at(1).roots.contains(digest_of(full->header)));
  CHECK(g.at(1).roots.contains(digest_of(child.header)));
}

TEST_CASE("a block that is told final twice, or below the final one, changes nothing") {
  group g;
  g.propose(0, "score", "add", {"1"});
  g.order();
  const auto before = g.at(1).core->state_root();
  const auto ledger = g.at(1).kept.ledger.size();
  for (const auto& one : g.blocks) {
    g.finalized(1, one);
    g.notarized(1, one);
    g.run();
  }
  CHECK(g.at(1).core->state_root() == before);
  CHECK(g.at(1).kept.ledger.size() == ledger);
  CHECK(g.at(1).core->halted().empty());
}
