#include "test/actors/consensus/behind.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

// Pages of blocks from servers that may lie: each condition alone, under a page that breaks that one and
// no other. Nothing of it is taken, or even checked.

namespace caucus::voting {
namespace {

digest batch_named(std::uint8_t which) {
  digest out;
  out.raw[1] = std::byte{which};
  return out;
}

/// A block with a payload that is not what its header names, in some way.
struct payload_row {
  const char* name;
  void (*spoil)(block&);
};
const payload_row false_payloads[] = {
  {"a batch that the header does not name",
   [](block& what) { what.batches.push_back(batch_named(1)); }},
  {"a batch twice, which the header names",
   [](block& what) {
     what.batches = {batch_named(1), batch_named(1)};
     what.header.payload = payload_digest(what.batches);
   }},
};

struct page_row {
  const char* name;
  void (*spoil)(behind&, chain_page&);
};

const page_row false_pages[] = {
  {"no finalization", [](behind&, chain_page& what) { what.finalization.reset(); }},
  {"a notarization",
   [](behind&, chain_page& what) { what.finalization->subject.kind = vote_kind::notarize; }},
  {"the finalization of a block before the last",
   [](behind& at, chain_page& what) {
     what.finalization =
       at.certified(vote_kind::finalize, at.chain[3].view, digest_of(at.chain[3]));
   }},
  {"a finalization of the last block in another view",
   [](behind&, chain_page& what) { what.finalization->subject.view = view{11}; }},
  {"signers that are no quorum",
   [](behind&, chain_page& what) {
     what.finalization->signers = 0b011;
     what.finalization->signatures.resize(2);
   }},
  {"fewer signatures than signers",
   [](behind&, chain_page& what) { what.finalization->signatures.pop_back(); }},
  {"a signer who is no member",
   [](behind&, chain_page& what) { what.finalization->signers = 0b10011; }},
  {"a finalization of another epoch",
   [](behind&, chain_page& what) { what.finalization->subject.epoch = epoch{1}; }},
  {"a block is left out",
   [](behind&, chain_page& what) { what.blocks.erase(what.blocks.begin() + 3); }},
  {"the first block is left out",
   [](behind&, chain_page& what) { what.blocks.erase(what.blocks.begin()); }},
  {"a block comes twice",
   [](behind&, chain_page& what) { what.blocks.insert(what.blocks.begin() + 3, what.blocks[3]); }},
  {"another block in the middle",
   [](behind&, chain_page& what) { what.blocks[4].header.time += wall_ms{1}; }},
  {"another first block, whose height is right",
   [](behind& at, chain_page& what) {
     what.blocks.resize(1);
     what.blocks[0].header.parent = lone_core::root(9);
     what.finalization =
       at.certified(vote_kind::finalize, view{1}, digest_of(what.blocks[0].header));
   }},
  {"another last block",
   [](behind&, chain_page& what) { what.blocks.back().header.time += wall_ms{1}; }},
  {"a height that does not follow, under a parent that does",
   [](behind& at, chain_page& what) {
     what.blocks.resize(1);
     what.blocks[0].header.height = height{2};
     what.finalization =
       at.certified(vote_kind::finalize, view{1}, digest_of(what.blocks[0].header));
   }},
};

void is_refused(behind& at, const chain_page& what) {
  const auto asked = at.asked_page();
  REQUIRE(asked);
  at.holds = true;
  at.answer(*asked, what);
  CHECK(at.held.empty());
  const auto said = at.blames();
  REQUIRE(said.size() == 1);
  CHECK(said.front().link == asked->link);
  CHECK(at.core->status().final_height == height{0});
}

TEST_CASE(
  "of a page whose blocks or finalization are wrong nothing is taken, and its server blamed") {
  for (const auto& one : false_pages) {
    INFO(one.name);
    behind at;
    auto what = at.page(0, 9);
    one.spoil(at, what);
    is_refused(at, what);
  }
}

TEST_CASE("so of a page with a payload that its header does not name") {
  for (const auto& one : false_payloads) {
    for (const std::size_t which : {0U, 5U, 9U}) {
      INFO(one.name << ", block " << which);
      behind at;
      auto what = at.page(0, which);
      one.spoil(what.blocks[which]);
      what.finalization = at.certified(vote_kind::finalize, at.chain[which].view,
                                       digest_of(what.blocks[which].header));
      is_refused(at, what);
    }
  }
}

TEST_CASE("the signatures of a page's finalization are checked, all, as votes for its last block") {
  behind at;
  const auto asked = at.asked_page();
  REQUIRE(asked);
  at.holds = true;
  at.answer(*asked, at.page(0, 9));
  REQUIRE(at.held.size() == 1);
  const subject on{vote_kind::finalize, epoch{}, at.chain[9].view, digest_of(at.chain[9])};
  std::set<member_index> from;
  for (const auto& one : at.held.front().claims) {
    CHECK(std::get<subject>(one.subject) == on);
    from.insert(one.signer);
  }
  CHECK(from.size() == quorum(4));
  CHECK(at.core->status().final_height == height{0});
  INFO("and when they are bad nothing of it is taken, and another is asked");
  at.settle(false);
  at.holds = false;
  CHECK(at.core->status().final_height == height{0});
  REQUIRE(at.blames().size() == 1);
  CHECK(at.blames().front().link == asked->link);
  const auto again = at.asked_page();
  REQUIRE(again);
  CHECK(again->link != asked->link);
  at.answer(*again, at.page(0, 9));
  CHECK(at.core->status().final_height == height{10});
}

TEST_CASE("no second page is asked for while the first one's signatures are being checked") {
  behind at;
  const auto asked = at.asked_page();
  REQUIRE(asked);
  at.holds = true;
  at.answer(*asked, at.page(0, 9));
  REQUIRE(at.held.size() == 1);
  at.done.clear();
  CHECK_FALSE(at.asked_page());
  INFO("nor does one that comes all the same get the first one's verdict");
  auto forged = at.page(0, 4);
  at.step(heard{asked->link, forged, 0, asked->request});
  at.settle(true);
  CHECK(at.core->status().final_height == height{10});
  at.holds = false;
  const auto next = at.asked_page();
  REQUIRE(next);
  CHECK(std::get<chain_request>(next->message).first == height{11});
}

TEST_CASE("blocks of a page that are final here meanwhile are passed over, and the rest taken") {
  behind at;
  const auto asked = at.asked_page();
  REQUIRE(asked);
  at.answer(*asked, at.page(0, 4));
  REQUIRE(at.core->status().final_height == height{5});
  const auto next = at.asked_page();
  REQUIRE(next);
  SECTION("those above it are taken") {
    at.answer(*next, at.page(2, 9));
    CHECK(at.blames().empty());
    CHECK(at.core->status().final_height == height{10});
  }
  SECTION("and a page of nothing else is no lie") {
    at.answer(*next, at.page(0, 4));
    CHECK(at.blames().empty());
    CHECK(at.core->status().final_height == height{5});
  }
}

} // namespace
} // namespace caucus::voting
