#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <string>

/// Receipts are true whatever happened to a folder: emptied, set back, cut, or run twice at once.

namespace caucus::testing {
namespace {

/// The ledger of a member, told to a node that lacks it.
void catch_up(group& g, std::size_t who) {
  for (const auto& one : g.blocks) {
    if (one->header.height > g.at(who).core->final_height()) {
      g.finalized(who, one);
    }
  }
  g.run();
}

void restart_with(group& g, std::size_t who, disk folder) {
  g.at(who).kept = std::move(folder);
  g.restart(who);
}

/// What the ledger of node 0 executed at that place.
std::optional<mutation> executed_at(group& g, const receipt& where) {
  const auto& ledger = g.at(0).kept.ledger;
  if (where.height == height{} || where.height.value() > ledger.size()) {
    return std::nullopt;
  }
  const auto& block = *ledger[where.height.value() - 1];
  if (where.index >= block.mutation_count) {
    return std::nullopt;
  }
  return to_committed(block, where.index, 1)->mutations.front().mutation;
}

std::string argument(const std::optional<mutation>& of) {
  if (!of || of->arguments.empty()) {
    return {};
  }
  const auto& first = std::get<bytes>(of->arguments.front());
  return {reinterpret_cast<const char*>(first.data()), first.size()};
}

constexpr std::size_t client = 4;

result<receipt> receipt_of(group& g, request_tag tag) {
  g.run();
  return g.receipt_for(client, tag);
}

TEST_CASE("a receipt is for the batch that was executed, not "
          "for one of its number: emptied folder") {
  group g{small_genesis(), 1};
  const auto ada = g.propose(client, "profile", "put", {"name", "Ada"});
  g.order();
  REQUIRE(g.receipt_for(client, ada).has_value());
  // At once, before anybody said how far the group is, as one liar that says "0" would have it.
  restart_with(g, client, {});
  const auto grace = g.propose(client, "profile", "put", {"name", "Grace"}, "mine");
  g.run();
  catch_up(g, client);
  CHECK(g.answers<propose_answer>(client, grace).empty()); // Ada's block is no receipt of Grace
  for (int i = 0; i < 3; ++i) {
    g.tick(duration{50'000});
    g.order();
    catch_up(g, client);
  }
  const auto told = g.receipt_for(client, grace);
  REQUIRE(told.has_value());
  CHECK(executed_at(g, *told)->arguments.size() == 2);
  CHECK(executed_at(g, *told)->variable == executed_at(g, *g.receipt_for(client, ada))->variable);
  CHECK(told->height > g.receipt_for(client, ada)->height);
  CHECK(receipt_of(g, g.propose(client, "profile", "put", {"name", "Grace"}, "mine"))->height
        == told->height);
  CHECK_FALSE(g.at(client).core->alarm().text.empty());
}

TEST_CASE("own batches are numbered only when the group's "
          "height is known, and above all of before") {
  group g{small_genesis(), 1};
  const auto ada = g.propose(client, "profile", "put", {"name", "Ada"});
  g.order();
  REQUIRE(g.receipt_for(client, ada).has_value());
  const auto before = g.at(0).kept.ledger.front()->batches.front()->header.number;
  g.knows_height = false;
  restart_with(g, client, {});
  const auto grace = g.propose(client, "profile", "put", {"name", "Grace"});
  g.run();
  g.tick(duration{1'000'000});
  CHECK(g.at(0).held.empty());
  g.step(client, to_notary{group_height{g.at(0).core->final_height()}});
  g.run();
  CHECK(g.at(0).held.empty()); // known, and not reached yet
  catch_up(g, client);
  REQUIRE(g.at(0).held.size() == 1);
  g.order();
  catch_up(g, client);
  REQUIRE(g.receipt_for(client, grace).has_value());
  const auto& where = g.at(0).kept.ledger[g.receipt_for(client, grace)->height.value() - 1];
  CHECK(where->batches.front()->header.number.value() > before.value() + 1'023);
  CHECK(g.at(client).core->alarm().text.find("new, or was set back") != std::string::npos);
  CHECK_FALSE(g.at(client).core->alarm().error);
}

TEST_CASE("without the group's height a proposal "
          "ends as unknown, and says why") {
  group g{small_genesis(), 1};
  g.knows_height = false;
  g.restart(client);
  const auto tag = g.propose(client, "profile", "put", {"name", "Ada"});
  g.run();
  g.tick(duration{6'000'000});
  const auto told = g.receipt_for(client, tag);
  REQUIRE_FALSE(told.has_value());
  CHECK(told.error().code == errc::outcome_unknown);
  CHECK(told.error().detail.find("how far the group is") != std::string::npos);
}

TEST_CASE("a folder that was set back gives true "
          "receipts, and says what it cannot know") {
  group g{small_genesis(), 1};
  const auto first = g.propose(client, "profile", "put", {"name", "Ada"}, "a");
  g.order();
  REQUIRE(g.receipt_for(client, first).has_value());
  g.knows_height = false; // a life does not end at the copy's height
  const auto copy = g.at(client).kept;
  const auto second = g.propose(client, "profile", "put", {"name", "Bea"}, "b");
  g.order();
  REQUIRE(g.receipt_for(client, second).has_value());

  restart_with(g, client, copy);
  const auto third = g.propose(client, "profile", "put", {"name", "Cleo"}, "c");
  g.run();
  catch_up(g, client);
  g.step(client, to_notary{group_height{g.at(0).core->final_height()}});
  g.order();
  catch_up(g, client);
  CHECK(argument(executed_at(g, *g.receipt_for(client, third))).ends_with("/name"));
  CHECK(g.receipt_for(client, third)->height > g.receipt_for(client, second)->height);
  CHECK_FALSE(g.at(client).core->alarm().text.empty());
  // An id that the copy knows has its receipt still.
  CHECK(receipt_of(g, g.propose(client, "profile", "put", {"name", "Ada"}, "a"))->height
        == g.receipt_for(client, first)->height);
}

TEST_CASE("a batch of a copy that another life overtook is "
          "neither done again nor refused") {
  group g{small_genesis(), 1};
  g.knows_height = false;
  // Two batches; the copy has both, unordered. The life after it sees the later one ordered first, and does
  // the first anew.
  g.step(client, to_notary{group_height{height{}}});
  const auto one = g.propose(client, "profile", "put", {"name", "one"}, "one");
  g.run();
  const auto two = g.propose(client, "profile", "put", {"name", "two"}, "two");
  g.tick(duration{50'000});
  REQUIRE(g.at(0).held.size() == 2);
  const auto copy = g.at(client).kept;
  const auto later = g.at(0).held.back();
  g.make_final(g.make_block({later}));
  g.run();
  g.order();
  REQUIRE(g.receipt_for(client, one).has_value());
  REQUIRE(g.receipt_for(client, two).has_value());
  const auto blocks = g.blocks.size();

  restart_with(g, client, copy);
  catch_up(g, client);
  g.step(client, to_notary{group_height{g.at(0).core->final_height()}});
  g.run();
  g.tick(duration{50'000});
  g.order();
  catch_up(g, client);
  for (auto at = blocks; at < g.blocks.size(); ++at) {
    CHECK(g.blocks[at]->batches.empty()); // nothing was proposed anew
  }
  const auto again = g.propose(client, "profile", "put", {"name", "one"}, "one");
  g.run();
  const auto told = g.receipt_for(client, again);
  REQUIRE_FALSE(told.has_value());
  CHECK(told.error().code == errc::outcome_unknown);
  // Not in the next life either.
  g.restart(client);
  const auto still = g.propose(client, "profile", "put", {"name", "one"}, "one");
  g.run();
  CHECK_FALSE(g.receipt_for(client, still).has_value());
}

// Found by simulation, seeds 663 and 753 of `--faults copies`: applied twice.
TEST_CASE(
  "what an older copy has without a receipt is not done again beside what a lost life did") {
  const bool restarts = GENERATE(false, true);
  group g{small_genesis(), 1};
  g.knows_height = false;
  g.step(client, to_notary{group_height{height{}}});
  const auto one = g.propose(client, "profile", "put", {"name", "one"}, "one");
  g.run();
  g.propose(client, "profile", "put", {"name", "two"}, "two");
  g.tick(duration{50'000});
  REQUIRE(g.at(0).held.size() == 2);
  const auto copy = g.at(client).kept;
  // The life behind the copy knows both, and does the first anew: its batch is in no block yet.
  g.make_final(g.make_block({g.at(0).held.back()}));
  g.tick(duration{50'000});
  REQUIRE(g.answers<propose_answer>(client, one).empty());

  restart_with(g, client, copy);
  g.step(client, to_notary{folder_is_older{}});
  catch_up(g, client);
  if (restarts) { // a later life is told of no later one
    g.restart(client);
    catch_up(g, client);
  }
  g.step(client, to_notary{group_height{g.at(0).core->final_height()}});
  for (int i = 0; i < 3; ++i) {
    g.run();
    g.tick(duration{50'000});
    g.order();
    catch_up(g, client);
  }
  const auto again = g.propose(client, "profile", "put", {"name", "one"}, "one");
  g.run();
  const auto told = g.receipt_for(client, again);
  REQUIRE_FALSE(told.has_value());
  CHECK(told.error().code == errc::outcome_unknown);
  std::vector<std::string> done;
  for (const auto& block : g.at(0).kept.ledger) {
    for (std::uint32_t i = 0; i < block->mutation_count; ++i) {
      const auto what = to_committed(*block, i, 1)->mutations.front().mutation;
      const auto& value = std::get<bytes>(what.arguments.back());
      done.emplace_back(reinterpret_cast<const char*>(value.data()), value.size());
    }
  }
  CHECK(done == std::vector<std::string>{"two", "one"});
}

TEST_CASE("a batch of an older copy that no other overtook has its receipt") {
  group g{small_genesis(), 1};
  g.knows_height = false;
  g.step(client, to_notary{group_height{height{}}});
  g.propose(client, "profile", "put", {"name", "one"}, "one");
  g.run();
  REQUIRE(g.at(0).held.size() == 1);
  restart_with(g, client, g.at(client).kept);
  g.step(client, to_notary{folder_is_older{}});
  g.order();
  const auto again = g.propose(client, "profile", "put", {"name", "one"}, "one");
  CHECK(receipt_of(g, again).has_value());
}

TEST_CASE("a key that signs elsewhere at the same time is "
          "said loudly, and no receipt is false") {
  group g{small_genesis(), 1};
  const auto mine = g.propose(client, "profile", "put", {"name", "here"}, "here");
  g.order();
  REQUIRE(g.receipt_for(client, mine).has_value());
  const auto number = g.at(0).kept.ledger.front()->batches.front()->header.number;
  // The other copy of the folder signs the next number; so does this one, and only one is executed.
  const auto elsewhere = g.signed_batch(client, g.at(client).key->id(), number.next(),
                                        {g.encoded(client, "profile", "put", {"name", "there"})});
  for (std::size_t who = 0; who < 4; ++who) {
    g.step(who, notary_in::batch_arrived{g.link_to(client), g.at(client).key->id(), elsewhere});
  }
  g.run();
  g.drop_batches = true; // ours comes too late
  const auto lost = g.propose(client, "profile", "put", {"name", "here too"}, "again");
  g.run();
  g.drop_batches = false;
  g.make_final(g.make_block({digest_of(elsewhere->header)}));
  CHECK(g.answers<propose_answer>(client, lost).empty());
  CHECK(g.at(client).core->alarm().error);
  CHECK(g.at(client).core->alarm().text.find("signs elsewhere") != std::string::npos);
  g.tick(duration{50'000});
  g.order();
  catch_up(g, client);
  const auto told = g.receipt_for(client, lost);
  REQUIRE(told.has_value());
  CHECK(told->height > height{2});
  CHECK(executed_at(g, *told).has_value());
}

// Found by simulation, seed 6157: the emptied folder of a member numbered from a height at which the group had
// not executed its former life's last batches yet, and then took the number after them, which that life had signed.
TEST_CASE("a number of this key that is executed later leaves as wide a gap as a new life does") {
  group g{small_genesis(), 1};
  const auto mine = g.propose(client, "profile", "put", {"name", "here"});
  g.order();
  REQUIRE(g.receipt_for(client, mine).has_value());
  const auto number = g.at(0).kept.ledger.front()->batches.front()->header.number;
  const auto former =
    g.signed_batch(client, g.at(client).key->id(), batch_number{number.value() + 1'000'000},
                   {g.encoded(client, "profile", "put", {"name", "former"})});
  for (std::size_t who = 0; who < 4; ++who) {
    g.step(who, notary_in::batch_arrived{g.link_to(client), g.at(client).key->id(), former});
  }
  g.run();
  g.make_final(g.make_block({digest_of(former->header)}));
  const auto next = g.propose(client, "profile", "put", {"name", "next"});
  g.order();
  catch_up(g, client);
  const auto told = g.receipt_for(client, next);
  REQUIRE(told.has_value());
  const auto& where = g.at(0).kept.ledger[told->height.value() - 1];
  CHECK(where->batches.front()->header.number.value() > former->header.number.value() + 1'023);
}

/// Everything of `g`'s node 0 is in the stored state, of the newest certified block.
void store_all(group& g) {
  g.make_final(g.make_block({}));
  g.tick(duration{20'000'000});
  g.make_final(g.make_block({}));
  g.tick(duration{20'000'000});
}

TEST_CASE("what the journal forgot of a settled batch is "
          "found in the ledger: applied once") {
  group g;
  const auto told = g.propose(0, "score", "add", {"5"}, "five");
  g.order();
  const auto first = g.receipt_for(0, told);
  REQUIRE(first.has_value());
  store_all(g);
  auto& journal = g.at(0).kept.journal;
  REQUIRE(g.at(0).kept.state_at >= first->height);
  std::erase_if(
    journal, [](const notary_record& one) { return std::holds_alternative<settled_record>(one); });
  g.restart(0);
  g.order();
  const auto again = g.propose(0, "score", "add", {"5"}, "five");
  g.run();
  g.order();
  CHECK(g.receipt_for(0, again) == first);
  const auto read = g.get(0, "score");
  g.run();
  CHECK(g.value_for(0, read) == "5");
}

TEST_CASE("a journal without the batches that the ledger "
          "executed is refused, with the way out") {
  group g;
  g.propose(0, "score", "add", {"5"}, "five");
  g.order();
  g.propose(0, "score", "add", {"6"}, "six");
  g.order();
  store_all(g);
  auto& journal = g.at(0).kept.journal;
  const auto last = std::find_if(journal.rbegin(), journal.rend(), [](const notary_record& one) {
    return std::holds_alternative<own_record>(one);
  });
  journal.erase(std::prev(last.base()), journal.end());
  g.start(0);
  const auto judged = g.at(0).judged;
  REQUIRE_FALSE(judged.has_value());
  CHECK(judged.error().code == errc::folder_contradicts);
  CHECK(judged.error().detail.find("move ledger.log") != std::string::npos);
}

TEST_CASE("a ledger that lost its end: a group of "
          "one refuses, others fetch it again") {
  for (const std::size_t members : {std::size_t{1}, std::size_t{4}}) {
    group g{small_genesis(members)};
    g.propose(0, "score", "add", {"5"}, "five");
    g.order();
    g.propose(0, "score", "add", {"6"}, "six");
    g.order();
    const auto height_before = g.at(0).core->promised();
    auto& kept = g.at(0).kept;
    kept.ledger.resize(1);
    kept.state.clear();
    kept.state_at = {};
    g.restart(0);
    CHECK(g.at(0).core->promised() == height_before);
    CHECK(g.at(0).judged.has_value() == (members > 1));
    if (members > 1) {
      // A read does not show less than was told.
      const auto read = g.get(0, "score");
      g.run();
      CHECK(g.answers<get_answer>(0, read).empty());
      catch_up(g, 0);
      CHECK(g.value_for(0, read) == "11");
      CHECK(g.at(0).core->alarm().text.empty());
    }
  }
}

TEST_CASE("what was overtaken is in the journal: a restart "
          "does not search the ledger for it") {
  group g;
  const auto one = g.propose(0, "score", "add", {"1"}, "one");
  g.run();
  g.propose(0, "score", "add", {"2"}, "two");
  g.tick(duration{50'000});
  REQUIRE(g.at(0).held.size() == 2);
  g.make_final(g.make_block({g.at(0).held.back()}));
  g.order();
  REQUIRE(g.receipt_for(0, one).has_value());
  store_all(g);
  g.start(0);
  CHECK_FALSE(g.at(0).core->wants_past());
  CHECK(g.at(0).judged.has_value());
}

} // namespace
} // namespace caucus::testing
