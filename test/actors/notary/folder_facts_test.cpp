#include "actors/notary/folder_facts.hpp"
#include "runtime/base/text.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

using namespace caucus;

// What ledger and journal of one folder say, and which of it cannot be true together.

namespace {

peer_id node(std::uint8_t who) {
  peer_id out;
  out.raw[0] = static_cast<std::byte>(who);
  return out;
}

const auto self = node(1);
const committee nobody;

shared_batch numbered(const peer_id& author, std::uint64_t number) {
  auto out = std::make_shared<batch>();
  out->header.author = author;
  out->header.number = batch_number{number};
  return out;
}

final_block block_of(std::uint64_t at, std::vector<shared_batch> batches,
                     std::vector<std::uint8_t> skipped) {
  auto what = std::make_shared<block>();
  what->header.height = height{at};
  final_block out;
  out.block = std::move(what);
  out.batches = std::move(batches);
  out.skipped = std::move(skipped);
  return out;
}

folder_facts facts(std::uint64_t known, std::uint64_t executed, std::uint64_t promised = 0,
                   std::uint64_t tip = 0) {
  return {batch_number{executed}, batch_number{known}, height{tip}, height{promised}};
}

} // namespace

TEST_CASE("of the ledger count its end, and this node's own batches that were executed") {
  folder_facts of;
  of.add(block_of(1, {}, {}), nobody, self);
  CHECK(of.tip == height{1});
  CHECK(of.executed == batch_number{});
  of.add(block_of(2, {numbered(node(2), 9)}, {0}), nobody, self);
  CHECK(of.executed == batch_number{});
  of.add(block_of(3, {numbered(self, 8)}, {1}), nobody, self); // overtaken
  CHECK(of.executed == batch_number{});
  of.add(block_of(4, {numbered(node(2), 9), numbered(self, 3), numbered(self, 7)}, {0, 0, 1}),
         nobody, self);
  CHECK(of.executed == batch_number{3});
  of.add(block_of(5, {numbered(self, 5), numbered(self, 4), numbered(node(3), 6)}, {0, 0, 0}),
         nobody, self);
  CHECK(of.executed == batch_number{5}); // the newest, not the last
  of.add(block_of(6, {}, {}), nobody, self);
  CHECK(of.executed == batch_number{5});
  CHECK(of.tip == height{6});
  CHECK(of.known == batch_number{});
  CHECK(of.promised == height{});
}

TEST_CASE("of the journal count the numbers that are taken, and the receipts that were given") {
  struct row {
    const char* name;
    notary_record record;
    std::uint64_t known;
    std::uint64_t promised;
  };
  receipt_record kept;
  kept.became.height = height{4};
  const row rows[]{
    {"an own batch", own_record{numbered(self, 5), {}}, 5, 0},
    {"numbers up to a ceiling", ceiling_record{batch_number{6}}, 6, 0},
    {"a batch that became final", settled_record{batch_number{9}, height{3}, 0, {}}, 0, 3},
    {"a receipt", kept, 0, 4},
    {"another's batch", held_record{numbered(node(2), 9)}, 0, 0},
    {"an own one that never runs", overtaken_record{batch_number{9}, false}, 0, 0},
    {"a lie of somebody", evidence_record{}, 0, 0},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    folder_facts of;
    of.add(one.record, self);
    CHECK(of.known == batch_number{one.known});
    CHECK(of.promised == height{one.promised});
    CHECK(of.executed == batch_number{});
    CHECK(of.tip == height{});
    INFO("what is already above stays");
    auto above = facts(100, 0, 100);
    above.add(one.record, self);
    CHECK(above.known == batch_number{100});
    CHECK(above.promised == height{100});
  }
}

TEST_CASE("a folder contradicts itself if its journal, or the ledger of one alone, lost its end") {
  struct row {
    const char* name;
    folder_facts of;
    bool in_a_group; ///< it can be
    bool alone;
  };
  const row rows[]{
    {"a new folder", facts(0, 0), true, true},
    {"the journal is further than the ledger", facts(6, 5), true, true},
    {"both are equally far", facts(5, 5), true, true},
    {"the ledger is further than the journal", facts(4, 5), false, false},
    {"a journal that knows one number only", facts(1, 2), false, false},
    {"no journal", facts(0, 5), true, true},
    {"receipts up to the end of the ledger", facts(5, 5, 7, 7), true, true},
    {"receipts for less than the ledger", facts(5, 5, 6, 7), true, true},
    {"receipts beyond the ledger, which others have", facts(5, 5, 8, 7), true, false},
    {"receipts, and no ledger", facts(1, 0, 1, 0), true, false},
  };
  for (const auto& one : rows) {
    for (const bool alone : {false, true}) {
      INFO(one.name << (alone ? ", alone" : ""));
      const auto told = judge(one.of, self, alone);
      CHECK(told.has_value() == (alone ? one.alone : one.in_a_group));
      if (!told) {
        CHECK(told.error().code == errc::folder_contradicts);
      }
    }
  }
}

TEST_CASE("another node's journal is refused by its batches, whoever's numbers fit the ledger") {
  auto of = facts(0, 0);
  of.add(ceiling_record{batch_number{3}}, self);
  of.add(held_record{numbered(node(2), 9)}, self);
  of.add(own_record{numbered(self, 4), {}}, self);
  CHECK(judge(of, self, false));
  of.add(own_record{numbered(node(2), 5), {}}, self);
  for (const bool alone : {false, true}) {
    const auto how = judge(of, self, alone);
    REQUIRE_FALSE(how);
    CHECK(how.error().code == errc::folder_contradicts);
    CHECK(how.error().detail.find("notary.journal is that of node " + to_text(node(2))) == 0);
    CHECK(how.error().detail.find("this folder is that of node " + to_text(self))
          != std::string::npos);
  }
}

TEST_CASE("a start tells consensus the newest view that the ledger shows of its own member") {
  testing::group g{testing::small_genesis(), 1};
  REQUIRE(g.from().members.size() == 4);
  for (int i = 0; i < 5; ++i) {
    g.make_final(g.make_block({}));
  }
  g.make_final(g.make_block({}), false); // in view 6, which member 2 leads; nobody's vote is shown
  const std::uint64_t expected[] = {5, 5, 6, 3, 0}; // 0 to 2 sign, 3 leads view 3, 4 is a client
  for (std::size_t who = 0; who < std::size(expected); ++who) {
    INFO("node " << who);
    g.restart(who);
    REQUIRE(g.at(who).tip.has_value());
    CHECK(g.at(who).tip->own_signed == view{expected[who]});
  }
  CHECK_FALSE(
    g.at(4).core->wants_signed(*g.at(4).kept.ledger.back())); // nor would an older one show more
}

TEST_CASE("the ledger shows what a member signed: its blocks, and its votes in certificates") {
  const committee voters{epoch{}, {{node(1), {}, {}}, {node(2), {}, {}}, {node(3), {}, {}}}};
  const auto in_view = [](std::uint64_t at, std::uint64_t signers) {
    auto out = block_of(at, {}, {});
    auto made = *out.block;
    made.header.view = view{at};
    out.block = std::make_shared<const block>(std::move(made));
    if (signers != 0) {
      out.finalization = certificate{{vote_kind::finalize, {}, view{at}, {}}, signers, {}};
    }
    return out;
  };
  folder_facts of;
  of.add(in_view(1, 0b110), voters, self); // the view of node 2
  CHECK(of.newest.own_signed == view{});
  of.add(in_view(2, 0b011), voters, self);
  CHECK(of.newest.own_signed == view{2});
  of.add(in_view(3, 0), voters, self); // its own
  CHECK(of.newest.own_signed == view{3});
  of.add(in_view(4, 0b100), voters, self);
  CHECK(of.newest.own_signed == view{3});
  CHECK(of.newest.header.view == view{4});
}
