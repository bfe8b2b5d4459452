#include "actors/notary/folder_facts.hpp"
#include "test/actors/notary/group.hpp"

#include "test/catch.hpp"

using namespace caucus;
using namespace caucus::testing;

// A node whose state is not the one that the group certified.

namespace {

/// The newest block as the group sees it, with other roots than node 0 computed for its parent.
shared_block with_other_root(group& g, bool receipts) {
  auto what = *g.make_block({});
  (receipts ? what.header.receipts_root : what.header.state_root).raw[5] ^= std::byte{1};
  return std::make_shared<const block>(what);
}

} // namespace

TEST_CASE(
  "a final block that certifies another root than ours halts the notary before it is taken") {
  for (const bool receipts : {false, true}) {
    INFO(receipts);
    group g;
    g.propose(0, "score", "add", {"1"});
    g.run();
    g.make_final(g.make_block(g.at(0).held));
    const auto before = g.at(0).core->state_root();
    const auto open = g.propose(0, "score", "add", {"2"});
    const auto late = g.get(0, "score", {}, false, false, height{9});
    g.run();
    g.make_final(with_other_root(g, receipts));
    CHECK(g.at(0).core->final_height() == height{1});
    CHECK(g.at(0).kept.ledger.size() == 1);
    CHECK(g.at(0).core->state_root() == before);
    CHECK(g.at(0).core->halted().find("state diverged at height 1: ours ") == 0);
    CHECK(g.at(0).diverged == g.at(0).core->halted());
    INFO("who waits is answered");
    CHECK(g.receipt_for(0, open).error().code == errc::outcome_unknown);
    CHECK_FALSE(g.answer_for(0, late).has_value());
    INFO("and nobody is served");
    const auto refused = g.propose(0, "score", "add", {"3"});
    const auto read = g.get(0, "score");
    g.run();
    CHECK(g.receipt_for(0, refused).error().code == errc::state_diverged);
    CHECK(g.answer_for(0, read).error().code == errc::state_diverged);
    g.step(0, notary_in::asked{0, status_request{77}});
    g.run();
    CHECK(g.answers<notary_status>(0, 77).at(0).problem == g.at(0).core->halted());
    g.step(0,
           notary_in::peer_asked{g.link_to(1), g.at(1).key->id(), 5, chain_request{height{1}, 10}});
    CHECK(g.at(0).actions.empty());
    CHECK_FALSE(g.at(0).core->next_wake());
  }
}

TEST_CASE("a follower that catches up on pages without certificates compares each height") {
  group g{small_genesis(), 1};
  g.at(4).linked = false;
  g.propose(0, "score", "add", {"1"});
  g.order();
  g.propose(0, "score", "add", {"1"});
  g.order();
  REQUIRE(g.blocks.size() == 4);
  g.at(4).linked = true;
  g.link(4, 0);
  auto second = *g.blocks[1];
  second.header.state_root.raw[0] ^= std::byte{1};
  g.finalized(4, g.blocks[0], false);
  g.finalized(4, std::make_shared<const block>(second), false);
  g.run();
  CHECK(g.at(4).core->final_height() == height{1});
  CHECK(g.at(4).core->halted().find("state diverged at height 1") == 0);
}

TEST_CASE("a node that moved its ledger away fetches it anew and never numbers a batch twice") {
  group g;
  for (int i = 0; i < 3; ++i) {
    g.propose(1, "score", "add", {"1"});
    g.order();
  }
  const auto before = g.at(0).core->state_root();
  auto& n = g.at(1);
  n.kept.journal = n.core->journal(); // as a compaction leaves it
  n.kept.ledger.clear();
  n.kept.state.clear();
  n.kept.state_at = {};
  g.restart(1);
  CHECK(n.core->final_height() == height{0});
  const auto tag = g.propose(1, "score", "add", {"1"});
  g.run();
  std::optional<batch_number> numbered;
  for (const auto& one : n.kept.journal) {
    if (const auto* const own = std::get_if<own_record>(&one)) {
      numbered = own->batch->header.number;
    }
  }
  REQUIRE(numbered);
  CHECK(*numbered > batch_number{3});
  for (const auto& one : g.blocks) {
    g.finalized(1, one);
    g.run();
  }
  CHECK(n.core->state_root() == before);
  g.order();
  CHECK(g.receipt_for(1, tag)->status == receipt_status::applied);
}

TEST_CASE(
  "a ledger whose next block certifies another root than the one before led to is refused") {
  group g;
  g.propose(0, "score", "add", {"1"});
  g.order();
  auto& n = g.at(0);
  auto damaged = *n.kept.ledger.at(1);
  auto other = *damaged.block;
  other.header.state_root.raw[3] ^= std::byte{1};
  damaged.block = std::make_shared<const block>(other);
  const auto first = n.kept.ledger.at(0);
  n.kept.ledger.clear();
  g.start(0);
  REQUIRE(n.core->restore_final(first));
  const auto how = n.core->restore_final(std::make_shared<const final_block>(damaged));
  REQUIRE_FALSE(how);
  CHECK(how.error().code == errc::bad_checksum);
  CHECK(how.error().detail.find("state diverged at height 1") == 0);
}

TEST_CASE("a group of one halts where a block's batches are lost, as nobody else can have them") {
  for (const std::size_t members : {1U, 4U}) {
    INFO(members);
    group g{small_genesis(members)};
    const bool final = GENERATE(true, false);
    const auto what = g.make_block({digest{}});
    if (final) {
      g.make_final(what);
    } else {
      g.step(0, want_batches{digest_of(what->header), {digest{}}, member_index{0}});
      g.run();
    }
    const auto& said = g.at(0).core->halted();
    CHECK((said.find("A group of one has nobody to fetch them from") != std::string::npos)
          == (members == 1));
    CHECK(said.empty() == (members == 4));
  }
}

TEST_CASE("who has others is told to fetch the ledger from them, and a group of one never is") {
  folder_facts of;
  of.known = batch_number{4};
  of.executed = batch_number{9};
  const auto said = [&of](bool alone) {
    const auto how = judge(of, peer_id{}, alone);
    REQUIRE_FALSE(how);
    CHECK(how.error().code == errc::folder_contradicts);
    return how.error().detail;
  };
  CHECK(said(false).find("the node fetches the ledger from the others") != std::string::npos);
  CHECK(said(true).find("fetches the ledger") == std::string::npos);
  CHECK(said(true).find("Keep the folder as it is") != std::string::npos);
  of.known = of.executed;
  CHECK(judge(of, peer_id{}, true));
}
