#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <set>

using namespace caucus;
using namespace caucus::testing;

TEST_CASE("a mutation is batched, executed alike everywhere, and its receipt given once") {
  group g;
  const auto tag = g.propose(0, "score", "add", {"7"});
  g.order();
  const auto got = g.receipt_for(0, tag);
  REQUIRE(got);
  CHECK(got->status == receipt_status::applied);
  CHECK(got->height == height{1});
  CHECK(got->index == 0);
  for (std::size_t i = 1; i < g.size(); ++i) {
    CHECK(g.at(i).core->state_root() == g.at(0).core->state_root());
    CHECK(g.at(i).core->final_height() == height{2});
  }
}

TEST_CASE("what the rules refuse has a receipt with the reason and changes nothing") {
  group g;
  const auto too_far = g.propose(1, "score", "add", {"11"});
  const auto below = g.propose(1, "score", "add", {"-1"});
  g.order();
  const auto before = g.at(0).core->state_root();
  CHECK(g.receipt_for(1, too_far)->code == errc::out_of_bounds);
  CHECK(g.receipt_for(1, below)->code == errc::out_of_bounds);
  CHECK_THAT(g.receipt_for(1, below)->reason, Catch::Contains("below the least"));
  const auto value = g.get(1, "score");
  g.run();
  CHECK(g.value_for(1, value) == "absent");
  CHECK(g.at(3).core->state_root() == before);
}

TEST_CASE("the last mutation is readable and verified at the node that has its receipt") {
  group g;
  static_cast<void>(g.propose(2, "motto", "set", {"vote, then trust"}));
  g.order();
  const auto tag = g.get(2, "motto");
  g.run();
  CHECK(g.value_for(2, tag) == "vote, then trust");
  CHECK(g.verified(**g.answer_for(2, tag))->height == height{2});
}

TEST_CASE("a read waits for the height that the asker's own receipt needs") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"3"}));
  g.run();
  g.make_final(g.make_block(g.at(0).held));
  const auto tag = g.get(0, "score");
  g.run();
  CHECK(g.answers<get_answer>(0, tag).empty());
  g.make_final(g.make_block({}));
  CHECK(g.value_for(0, tag) == "3");
}

TEST_CASE("a read of a height that does not come ends in not_yet") {
  group g;
  const auto tag = g.get(0, "score", {}, false, false, height{100});
  g.tick(duration{6'000'000});
  CHECK(g.answer_for(0, tag).error().code == errc::not_yet);
}

TEST_CASE("a whole set is proven complete by its count") {
  group g;
  for (const auto* one : {"red", "green", "blue"}) {
    static_cast<void>(g.propose(0, "tags", "insert", {one}));
  }
  static_cast<void>(g.propose(0, "tags", "erase", {"green"}));
  g.order();
  const auto tag = g.get(1, "tags", {}, true);
  g.run();
  const auto got = g.answer_for(1, tag);
  REQUIRE(got);
  const auto good = g.verified(**got);
  REQUIRE(good);
  CHECK(good->whole);
  std::set<std::string> keys;
  for (std::size_t i = 1; i < good->entries.size(); ++i) {
    keys.insert(shown_bytes(good->entries[i].key));
  }
  CHECK(keys == std::set<std::string>{"blue", "red"});

  auto lacking = **got;
  lacking.entries.pop_back();
  CHECK(g.verified(lacking).error().code == errc::bad_proof);
  lacking.entries.resize(1); // the count alone would be shown as a set without elements
  CHECK(g.verified(lacking).error().code == errc::bad_proof);
  const read_request all{"tags", {}, true, height{}};
  CHECK(judge_answer(all, *good));
  const auto one = g.get(1, "tags", "blue");
  g.run();
  CHECK(judge_answer(all, *g.verified(**g.answer_for(1, one))).error().code == errc::bad_proof);
}

TEST_CASE("a client's own entries go under its name, and nobody else's") {
  group g{small_genesis(), 1};
  const auto own = g.propose(4, "profile", "put", {"colour", "teal"});
  const auto stolen =
    g.propose(4, "profile", "put", {own_prefix(key_of(0).id()) + "colour", "red"});
  const auto members_only = g.propose(4, "score", "add", {"1"});
  g.order();
  CHECK(g.receipt_for(4, own)->status == receipt_status::applied);
  CHECK(g.receipt_for(4, stolen)->code == errc::not_a_writer);
  CHECK(g.receipt_for(4, members_only)->code == errc::not_a_writer);
  const auto tag = g.get(4, "profile", own_prefix(key_of(4).id()) + "colour");
  g.run();
  CHECK(g.value_for(4, tag) == "teal");
}

TEST_CASE("a retry with the same request id gets the first receipt, also after a restart") {
  group g;
  const auto first = g.propose(0, "score", "add", {"5"}, "order-66");
  const auto while_open = g.propose(0, "score", "add", {"5"}, "order-66");
  g.order();
  const auto later = g.propose(0, "score", "add", {"5"}, "order-66");
  const auto other = g.propose(0, "score", "add", {"6"}, "order-66");
  g.order();
  g.restart(0);
  const auto reborn = g.propose(0, "score", "add", {"5"}, "order-66");
  g.order();
  const auto got = g.receipt_for(0, first);
  REQUIRE(got);
  CHECK(g.receipt_for(0, while_open) == got);
  CHECK(g.receipt_for(0, later) == got);
  CHECK(g.receipt_for(0, reborn) == got);
  CHECK(g.receipt_for(0, other).error().code == errc::request_id_reused);
  const auto value = g.get(0, "score");
  g.run();
  CHECK(g.value_for(0, value) == "5");
}

TEST_CASE("a request id copied by another author is another mutation") {
  group g;
  const auto mine = g.propose(0, "score", "add", {"5"}, "same-id");
  const auto theirs = g.propose(1, "score", "add", {"5"}, "same-id");
  g.order();
  CHECK(g.receipt_for(0, mine)->status == receipt_status::applied);
  CHECK(g.receipt_for(1, theirs)->status == receipt_status::applied);
  const auto value = g.get(0, "score");
  g.run();
  CHECK(g.value_for(0, value) == "10");
}

TEST_CASE("a member that carries a forged author is blamed and its batch is not held") {
  group g;
  const auto forged =
    g.signed_batch(1, key_of(0).id(), batch_number{1}, {g.encoded(1, "score", "add", {"9"})});
  g.step(2, notary_in::batch_arrived{g.link_to(1), key_of(1).id(), forged});
  g.run();
  CHECK(g.at(2).held.empty());
  REQUIRE(g.at(2).blames.size() == 1);
  CHECK(g.at(2).blames[0].code == errc::bad_signature);
  CHECK(g.at(2).blames[0].peer == key_of(1).id());
}

TEST_CASE("two batches of one number: the first is kept, and the pair is evidence") {
  group g;
  const auto one =
    g.signed_batch(1, key_of(1).id(), batch_number{1}, {g.encoded(1, "score", "add", {"1"})});
  const auto two =
    g.signed_batch(1, key_of(1).id(), batch_number{1}, {g.encoded(1, "score", "add", {"2"})});
  for (const auto& each : {one, two}) {
    g.step(2, notary_in::batch_arrived{g.link_to(1), key_of(1).id(), each});
    g.run();
  }
  CHECK(g.at(2).held == std::vector{digest_of(one->header)});
  const auto status = [&] {
    g.step(2, notary_in::asked{0, status_request{99}});
    g.run();
    return g.answers<notary_status>(2, 99).back();
  };
  CHECK(status().evidence_count == 1);
  g.step(2, notary_in::batch_arrived{g.link_to(1), key_of(1).id(), two}); // the same lie again
  g.run();
  CHECK(status().evidence_count == 1);
  g.restart(2);
  CHECK(status().evidence_count == 1);
}

TEST_CASE("a batch overtaken by a later number runs under a new one, once") {
  group g;
  g.drop_batches = true; // the first reaches nobody
  const auto first = g.propose(0, "score", "add", {"1"}, "a");
  g.run();
  const auto lost = g.at(0).held.at(0);
  g.drop_batches = false;
  const auto second = g.propose(0, "score", "add", {"2"}, "b");
  g.tick(duration{20'000}); // one of ours is unordered: waits for this
  const auto got = g.at(0).held.at(1);
  g.make_final(g.make_block({got}));
  CHECK(g.receipt_for(0, second)->status == receipt_status::applied);
  CHECK(g.answers<propose_answer>(0, first).empty());
  CHECK(std::find(g.at(0).held.begin(), g.at(0).held.end(), lost) == g.at(0).held.end());
  g.order();
  CHECK(g.receipt_for(0, first)->status == receipt_status::applied);
  const auto value = g.get(0, "score");
  g.run();
  CHECK(g.value_for(0, value) == "3");
}

TEST_CASE("a batch overtaken in a former life does not run again after a restart") {
  group g;
  g.drop_batches = true; // the first reaches nobody
  const auto first = g.propose(0, "score", "add", {"1"}, "a");
  g.run();
  g.drop_batches = false;
  static_cast<void>(g.propose(0, "score", "add", {"2"}, "b"));
  g.tick(duration{20'000});
  g.make_final(g.make_block({g.at(0).held.at(1)}));
  g.order(); // the first mutation, in a batch of its own
  const auto became = g.receipt_for(0, first);
  REQUIRE(became);
  g.restart(0);
  g.run();
  g.order();
  const auto again = g.propose(0, "score", "add", {"1"}, "a");
  g.run();
  CHECK(g.receipt_for(0, again) == became);
  const auto value = g.get(0, "score");
  g.run();
  CHECK(g.value_for(0, value) == "3");
}

TEST_CASE("a listed batch that was executed before is skipped and not refused") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"4"}));
  g.run();
  const auto id = g.at(0).held.at(0);
  g.make_final(g.make_block({id}));
  const auto again = g.make_block({id});
  for (std::size_t i = 0; i < g.size(); ++i) {
    g.step(i, to_notary{want_batches{digest_of(again->header), {id}, std::nullopt}});
  }
  g.make_final(again);
  g.make_final(g.make_block({}));
  const auto value = g.get(3, "score");
  g.run();
  CHECK(g.value_for(3, value) == "4");
}

TEST_CASE("a proposal without a final block in time is unknown, never refused") {
  group g;
  g.step(0, to_notary{standstill{true, "too few members answer: 1 of 4, 3 are needed"}});
  const auto tag = g.propose(0, "score", "add", {"1"}, "x");
  g.run();
  g.tick(duration{5'000'001});
  const auto got = g.receipt_for(0, tag);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::outcome_unknown);
  CHECK_THAT(got.error().detail,
             Catch::Contains("passes no blocks: too few members answer: 1 of 4"));
  g.order();
  const auto retry = g.propose(0, "score", "add", {"1"}, "x");
  g.run();
  CHECK(g.receipt_for(0, retry)->status == receipt_status::applied);
}

TEST_CASE("a node without a batch that a final block lists pulls it from a peer") {
  group g;
  g.drop_batches = true;
  static_cast<void>(g.propose(0, "motto", "set", {"pulled"}));
  g.run();
  g.make_final(g.make_block(g.at(0).held));
  g.make_final(g.make_block({}));
  for (std::size_t i = 0; i < g.size(); ++i) {
    CHECK(g.at(i).core->final_height() == height{2});
  }
}

TEST_CASE("a node that was away catches up from others' ledgers, beyond what they keep in memory") {
  notary_config config;
  config.recent_blocks = 2;
  group g{small_genesis(), 0, {}, config};
  g.at(3).linked = false;
  for (int i = 0; i < 20; ++i) {
    static_cast<void>(g.propose(0, "score", "add", {"1"}));
    g.order();
  }
  g.at(3).linked = true;
  for (const auto& one : g.blocks) {
    g.finalized(3, one, one == g.blocks.back());
  }
  for (int i = 0; i < 50; ++i) {
    g.tick(duration{100'000});
  }
  CHECK(g.at(3).core->final_height() == g.at(0).core->final_height());
  CHECK(g.at(3).core->state_root() == g.at(0).core->state_root());
}

TEST_CASE("of two branches the abandoned one leaves nothing behind") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  static_cast<void>(g.propose(1, "score", "add", {"2"}));
  g.run();
  REQUIRE(g.at(0).held.size() == 2);
  const auto left = g.make_block({g.at(0).held[0]});
  const auto right = g.make_block({g.at(0).held[1]});
  for (std::size_t i = 0; i < g.size(); ++i) {
    g.notarized(i, left);
    g.notarized(i, right);
  }
  g.run();
  CHECK(g.at(0).roots.at(digest_of(left->header)).state_root
        != g.at(0).roots.at(digest_of(right->header)).state_root);
  g.make_final(right);
  CHECK(g.at(0).core->state_root() == g.at(0).roots.at(digest_of(right->header)).state_root);
  REQUIRE(g.at(0).held.size() == 1); // the other one's batch still waits
  g.order();
  const auto value = g.get(0, "score");
  g.run();
  CHECK(g.value_for(0, value) == "3");
}

TEST_CASE("own batches that no block has ordered survive a restart and are sent again") {
  group g;
  g.drop_batches = true;
  static_cast<void>(g.propose(0, "motto", "set", {"again"}, "id"));
  g.run();
  g.drop_batches = false;
  g.restart(0);
  CHECK(g.at(1).held.size() == 1);
  g.order();
  const auto retry = g.propose(0, "motto", "set", {"again"}, "id");
  g.run();
  CHECK(g.receipt_for(0, retry)->height == height{1});
}

TEST_CASE("nothing is held or leaves, and no receipt is given, before it is durable") {
  group g;
  g.at(0).disk_works = false;
  const auto own = g.propose(0, "score", "add", {"1"});
  static_cast<void>(g.propose(1, "score", "add", {"2"}));
  g.run();
  CHECK(g.at(0).held.empty());
  CHECK(g.at(1).held.size() == 1);
  CHECK(g.answers<propose_answer>(0, own).empty());
  const auto block = g.make_block(g.at(1).held);
  g.at(1).disk_works = false;
  const auto mine = g.propose(1, "score", "add", {"3"});
  for (std::size_t i = 0; i < g.size(); ++i) {
    g.finalized(i, block);
  }
  g.run();
  CHECK(g.at(1).core->final_height() == height{1}); // executed, but whoever asked is not told
  CHECK(g.at(1).kept.ledger.empty());
  CHECK(g.answers<propose_answer>(1, mine).empty());
}

TEST_CASE("in memory mode a restarted node numbers its batches above its ceiling") {
  notary_config config;
  config.durable = false;
  group g{small_genesis(), 0, {}, config};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  const auto used = std::get<ceiling_record>(g.at(0).kept.journal.at(0)).number;
  g.restart(0);
  const auto tag = g.propose(0, "score", "add", {"1"});
  g.order();
  CHECK(g.receipt_for(0, tag)->status == receipt_status::applied);
  const auto& last = *g.at(1).kept.ledger.at(g.at(1).kept.ledger.size() - 2);
  CHECK(last.batches.at(0)->header.number > used);
}

TEST_CASE("the stored state and the ledger after it restore the same state, with a proven read") {
  notary_config config;
  config.store_after = duration{1};
  group g{small_genesis(), 0, {}, config};
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(g.propose(0, "tags", "insert", {"t" + std::to_string(i)}));
    static_cast<void>(g.propose(0, "tags", "erase", {"t" + std::to_string(i / 2)}));
    g.order();
    g.tick(duration{10});
  }
  REQUIRE(g.at(1).kept.state_at > height{10});
  const auto before = g.at(1).core->state_root();
  g.restart(1);
  CHECK(g.at(1).core->state_root() == before);
  const auto tag = g.get(1, "tags", {}, true);
  g.run();
  CHECK(g.verified(**g.answer_for(1, tag))->whole);
}

TEST_CASE("too many mutations that wait are answered with busy, and none is lost") {
  notary_config config;
  config.waiting_size_max = batch_body_size_max;
  group g{small_genesis(), 0, {}, config};
  std::vector<request_tag> tags;
  for (int i = 0; i < 6; ++i) {
    tags.push_back(g.propose(0, "load", "post", {std::string(4'000, 'x')}));
  }
  g.at(0).disk_works = false;
  std::size_t busy = 0;
  for (int i = 0; i < 100; ++i) {
    const auto tag = g.propose(0, "load", "post", {std::string(4'000, 'x')});
    const auto now = g.answers<propose_answer>(0, tag);
    busy += 0;
    tags.push_back(tag);
  }
  for (const auto& one : g.at(0).actions) {
    const auto* const told = std::get_if<notary_out::tell>(&one);
    const auto* const said = told != nullptr ? std::get_if<propose_answer>(&told->answer) : nullptr;
    busy += said != nullptr && !said->receipt && said->receipt.error().code == errc::busy ? 1 : 0;
  }
  CHECK(busy > 0);
  CHECK(busy < 100);
}
