#include "actors/notary/closing_check.hpp"
#include "actors/notary/freshness.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/record_codec.hpp"
#include "runtime/membership/group_mutations.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "test/actors/notary/changing.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// A group that changes its members: the block that does so, the end of the epoch, the next one, and
// what a restart knows of it.

namespace caucus {
namespace {

using testing::changing;
using testing::group;
using testing::key_of;
using testing::small_genesis;

member newcomer(std::size_t who) {
  return {key_of(who).id(), "m" + std::to_string(who), "localhost:1"};
}

} // namespace

TEST_CASE(
  "an epoch ends with the child of the block that changes the members, and no block before") {
  changing at;
  at.want(admit{newcomer(4)});
  CHECK(at.epoch_of(0) == 0);
  const auto before = at.blocks.back();
  CHECK_FALSE(at.closes(before));
  const auto changes = at.make_block(at.at(0).held);
  at.make_final(changes);
  CHECK(at.closes(changes));
  CHECK(at.epoch_of(0) == 0);
  const auto last = at.make_block({});
  CHECK(last->header.epoch == epoch{});
  at.make_final(last);
  for (std::size_t who = 0; who < at.size(); ++who) {
    INFO(who);
    REQUIRE(at.epoch_of(who) == 1);
    const auto& tip = *at.at(who).tip;
    CHECK(tip.id == digest_of(last->header));
    CHECK(tip.voters->size() == 5);
    CHECK(tip.voters->index_of(key_of(4).id()) == member_index{4});
    REQUIRE(tip.closed_by);
    CHECK(tip.closed_by->subject.digest == digest_of(last->header));
  }
  INFO("and the next one goes on from it");
  const auto tag = at.propose(4, "score", "add", {"3"});
  at.order();
  CHECK(at.blocks.back()->header.epoch == epoch{1});
  REQUIRE(at.receipt_for(4, tag));
  CHECK(at.receipt_for(4, tag)->applied()); // it is a member now
}

TEST_CASE("who was admitted writes as a member from the next epoch on, who was kicked no more") {
  changing at;
  const auto early = at.propose(4, "score", "add", {"1"});
  at.order();
  REQUIRE(at.receipt_for(4, early));
  CHECK(at.receipt_for(4, early)->code == errc::not_a_writer);
  at.change(admit{newcomer(4)});
  at.make_final(at.make_block({}));
  const auto in = at.propose(4, "score", "add", {"1"});
  at.order();
  CHECK(at.receipt_for(4, in)->applied());
  at.change(kick{key_of(3).id()});
  at.make_final(at.make_block({}));
  REQUIRE(at.epoch_of(0) == 2);
  const auto out = at.propose(3, "score", "add", {"1"});
  at.order();
  CHECK(at.receipt_for(3, out)->code == errc::not_a_writer);
}

TEST_CASE("a finalization of a block behind the last one ends the epoch at that one all the same") {
  changing at;
  at.change(admit{newcomer(4)});
  const auto last = at.make_block({});
  at.make_final(last, false);
  CHECK(at.epoch_of(0) == 0); // nothing shows that it is final
  const auto behind = at.make_block({});
  REQUIRE(behind->header.parent == digest_of(last->header));
  at.make_final(behind);
  for (std::size_t who = 0; who < at.size(); ++who) {
    INFO(who);
    CHECK(at.epoch_of(who) == 1);
    CHECK(at.at(who).tip->id == digest_of(last->header));
    CHECK(at.at(who).kept.ledger.back()->id == digest_of(last->header));
    REQUIRE(at.at(who).kept.closings.size() == 1);
    const auto& end = at.at(who).kept.closings.front();
    CHECK(end.last == last->header);
    REQUIRE(end.behind.size() == 1);
    CHECK(end.behind.front() == behind->header);
    CHECK(end.finalization.subject.digest == digest_of(behind->header));
  }
}

TEST_CASE("a block that would change the members and is abandoned ends nothing") {
  changing at;
  at.want(admit{newcomer(4)});
  const auto changes = at.make_block(at.at(0).held);
  for (std::size_t who = 0; who < at.size(); ++who) {
    at.notarized(who, changes);
  }
  at.run();
  CHECK(at.closes(changes));
  const auto other = at.make_block({});
  at.make_final(other);
  CHECK_FALSE(at.closes(other));
  at.make_final(at.make_block({}));
  CHECK(at.epoch_of(0) == 0);
  INFO("what it listed is listed again");
  at.order();
  at.make_final(at.make_block({}));
  CHECK(at.epoch_of(0) == 1);
}

TEST_CASE("two directives of one block make one epoch") {
  changing at{2};
  at.want(admit{newcomer(4)});
  for (const std::size_t who : {0U, 1U}) {
    at.say(who, group_operation::ask, kick{key_of(3).id()});
  }
  at.run();
  at.make_final(at.make_block(at.at(0).held));
  CHECK(at.closes(at.blocks.back()));
  at.make_final(at.make_block({}));
  CHECK(at.epoch_of(0) == 1);
  CHECK(at.voters().size() == 5);
}

TEST_CASE("a restart knows the epoch, before and behind the block that ended it") {
  changing at;
  const auto changes = at.change(admit{newcomer(4)});
  const auto who = GENERATE(0U, 3U, 4U);
  at.restart(who);
  CHECK(at.epoch_of(who) == 0);
  CHECK(at.at(who).tip->closes);
  at.make_final(at.make_block({}));
  REQUIRE(at.epoch_of(who) == 1);
  at.restart(who);
  CHECK(at.epoch_of(who) == 1);
  CHECK_FALSE(at.at(who).tip->closes);
  CHECK(at.at(who).tip->header.epoch == epoch{});
  CHECK(at.at(who).tip->closed_by.has_value());
  const auto tag = at.propose(who, "score", "add", {"2"});
  at.order();
  CHECK(at.receipt_for(who, tag)->applied());
  at.restart(who);
  CHECK(at.epoch_of(who) == 1);
  CHECK(at.at(who).tip->header.epoch == epoch{1});
  CHECK(at.at(who).tip->room == nullptr);
}

TEST_CASE("a crash between what ended an epoch and its last block ends it again, once") {
  changing at;
  at.change(admit{newcomer(4)});
  at.make_final(at.make_block({}));
  auto& kept = at.at(2).kept;
  REQUIRE(kept.closings.size() == 1);
  kept.ledger.pop_back(); // it was not durable yet
  at.restart(2);
  CHECK(at.epoch_of(2) == 0);
  CHECK(at.at(2).tip->closes);
  at.finalized(2, at.blocks.back());
  at.run();
  CHECK(at.epoch_of(2) == 1);
  CHECK(kept.closings.size() == 1);
}

TEST_CASE("a folder whose ledger is in an epoch that epochs.log does not know of does not start") {
  changing at;
  at.change(admit{newcomer(4)});
  at.make_final(at.make_block({}));
  at.at(2).kept.closings.clear();
  at.start(2);
  REQUIRE_FALSE(at.at(2).judged);
  CHECK(at.at(2).judged.error().code == errc::folder_contradicts);
  CHECK_THAT(at.at(2).judged.error().detail, Catch::Contains("epochs.log"));
}

TEST_CASE("a network in which nothing was asked for keeps the roots of before there were epochs") {
  group at{small_genesis(4), 0};
  at.propose(0, "score", "add", {"3"});
  at.order();
  state_tree none{2};
  CHECK(read_group(none, first_book(at.from())) == first_book(at.from()));
  CHECK(at.at(0).roots.at(digest_of(at.blocks.back()->header)).closes == false);
}

TEST_CASE("what ended an epoch shows the next one's members to who knows those of this one") {
  changing at;
  at.change(admit{newcomer(4)});
  const bool is_behind = GENERATE(false, true);
  at.make_final(at.make_block({}), !is_behind);
  if (is_behind) {
    at.make_final(at.make_block({}));
  }
  REQUIRE(at.at(0).kept.closings.size() == 1);
  const auto good = at.at(0).kept.closings.front();
  const auto voters = committee_of(at.from());
  const auto shown = [&](const closing& what) {
    return verify_closing(what, voters, at.from().group, at.network(), verify);
  };
  REQUIRE(shown(good));
  CHECK(shown(good)->in_epoch() == epoch{1});
  CHECK(shown(good)->size() == 5);
  CHECK(decode<closing>(encode(good)) == good);
  const std::vector<std::pair<const char*, void (*)(closing&)>> lies{
    {"another epoch", [](closing& what) { what.last.epoch = epoch{1}; }},
    {"another group", [](closing& what) { what.last.group = group_id{9}; }},
    {"other members", [](closing& what) { what.members.back() ^= std::byte{1}; }},
    {"another state", [](closing& what) { what.last.state_root.raw[0] ^= std::byte{1}; }},
    {"a signature", [](closing& what) { what.finalization.signatures[0].raw[0] ^= std::byte{1}; }},
    {"too few signers",
     [](closing& what) {
       what.finalization.signers &= what.finalization.signers - 1;
       what.finalization.signatures.erase(what.finalization.signatures.begin());
     }},
    {"a notarization", [](closing& what) { what.finalization.subject.kind = vote_kind::notarize; }},
    {"another height", [](closing& what) { what.last.height = what.last.height.next(); }},
    {"a block behind that is none", [](closing& what) { what.behind.push_back(what.last); }},
    {"no proof", [](closing& what) { what.proof = {}; }},
  };
  for (const auto& [name, spoil] : lies) {
    INFO(name);
    auto bad = good;
    spoil(bad);
    CHECK_FALSE(shown(bad));
  }
  const committee others{
    first_epoch,
    {voters.members()[1], voters.members()[0], voters.members()[2], voters.members()[3]}};
  CHECK_FALSE(verify_closing(good, others, at.from().group, at.network(), verify));
}

TEST_CASE("a page of the chain ends where an epoch does, with what ended it") {
  changing at;
  at.change(admit{newcomer(4)});
  at.make_final(at.make_block({}), false);
  at.make_final(at.make_block({}));
  const auto last = at.at(0).kept.ledger.back()->block->header.height;
  at.order();
  at.at(0).actions.clear();
  at.step(0,
          notary_in::peer_asked{at.link_to(1), key_of(1).id(), 7, chain_request{height{1}, 2'048}});
  std::optional<chain_page> page;
  for (int turns = 0; turns < 10 && !page; ++turns) {
    auto& n = at.at(0);
    n.core->finish_turn({at.now, {}, n.actions});
    for (auto& one : std::exchange(n.actions, {})) {
      if (auto* const load = std::get_if<notary_out::load>(&one)) {
        std::vector<shared_final> blocks;
        for (const auto& each : n.kept.ledger) {
          if (each->block->header.height >= load->first && blocks.size() < load->count_max) {
            blocks.push_back(each);
          }
        }
        at.step(0, notary_in::loaded{load->token, blocks});
      } else if (const auto* const said = std::get_if<notary_out::respond>(&one)) {
        page = std::get<chain_page>(said->response);
      }
    }
  }
  REQUIRE(page);
  REQUIRE(page->finalization);
  REQUIRE(page->blocks.size() == last.value() + 1); // and the one behind it that is certified
  CHECK(page->blocks.back().header.epoch == epoch{});
  CHECK(page->finalization->subject.digest == digest_of(page->blocks.back().header));
}

TEST_CASE("what is read in a later epoch holds for whoever knows the genesis and how the ones "
          "before ended") {
  changing at;
  at.change(admit{newcomer(4)});
  at.make_final(at.make_block({}));
  REQUIRE(at.epoch_of(0) == 1);
  at.propose(4, "score", "add", {"3"});
  at.order();
  const auto tag = at.get(0, "score", {}, false, true);
  at.run();
  const auto all = at.answers<get_answer>(0, tag);
  REQUIRE(all.size() == 1);
  REQUIRE(all.front().answer);
  REQUIRE(all.front().fresh != nullptr);
  const auto& got = **all.front().answer;
  const auto& fresh = *all.front().fresh;
  CHECK(got.header.epoch == epoch{1});
  CHECK(fresh.epoch == epoch{1});
  CHECK(fresh.attestations.size() >= 4); // of five
  CHECK(verify_answer(at.from(), committees{at.from()}, at.network(), got, verify).error().code
        == errc::wrong_epoch);
  std::vector<closing> ends;
  for (const auto& one : all.front().history->ends) {
    ends.push_back(*one);
  }
  const auto learned = [&](const committees& start) {
    return follow_closings(start, ends, at.from().group, at.network(), verify);
  };
  const auto known = learned(committees{at.from()});
  REQUIRE(known);
  CHECK(known->voters.newest().size() == 5);
  const auto holds = [&](const committees& voters) {
    return verify_answer(at.from(), voters, at.network(), got, verify)
           && verify_freshness(at.from(), voters, at.network(), got.header, fresh, verify);
  };
  CHECK(holds(known->voters));
  INFO("from a checkpoint the same, though an end from before it is there");
  const committees later{known->voters.share(epoch{1})};
  REQUIRE(learned(later));
  CHECK(learned(later)->ends.empty());
  CHECK(holds(learned(later)->voters));
  INFO("the word of the former members is none for this epoch");
  auto former = fresh;
  former.epoch = first_epoch;
  CHECK_FALSE(verify_freshness(at.from(), known->voters, at.network(), got.header, former, verify));
  INFO("an end that was altered shows nobody");
  ends.front().finalization.signatures.front().raw[0] ^= std::byte{1};
  CHECK(learned(committees{at.from()}).error().code == errc::bad_certificate);
  INFO("none may be left out");
  ends.front().last.epoch = epoch{1};
  CHECK(learned(committees{at.from()}).error().code == errc::wrong_epoch);
}

TEST_CASE(
  "what a group announces is told once, with the block in which it passed, then and later") {
  notary_config config;
  config.recent_blocks = 3;
  group g{small_genesis(), 0, {}, config};
  const announce words{"season 2"};
  const auto told = [&](request_tag tag) {
    std::vector<std::pair<height, std::string>> out;
    for (const auto& one : g.answers<committed_answer>(1, tag)) {
      for (const auto& text : one.block->announcements) {
        CHECK_FALSE(one.block->more);
        out.emplace_back(one.block->height, text);
      }
    }
    return out;
  };
  g.step(1, notary_in::asked{0, subscribe_request{1'001, height{1}}});
  for (const std::size_t who : {0U, 1U}) {
    g.say(who, group_operation::ask, words);
  }
  g.order();
  for (const std::size_t who : {0U, 1U}) {
    g.say(who, group_operation::agree, words);
  }
  g.order();
  CHECK(told(1'001).empty());
  g.say(2, group_operation::agree, words);
  g.run();
  const auto passing = g.make_block(g.at(0).held);
  g.make_final(passing);
  g.order();
  const std::vector<std::pair<height, std::string>> once{{passing->header.height, "season 2"}};
  CHECK(told(1'001) == once);
  for (int i = 0; i < 5; ++i) {
    g.propose(0, "score", "add", {"1"});
    g.order();
  }
  g.step(1, notary_in::asked{0, subscribe_request{1'002, height{1}}}); // from the ledger
  g.run();
  CHECK(told(1'002) == once);
  CHECK(told(1'001) == once);
  // Whoever has been told all of the block is told the next.
  g.step(1, notary_in::asked{0, subscribe_request{1'003, passing->header.height, 1'000}});
  g.run();
  CHECK(told(1'003).empty());
  CHECK(g.answers<committed_answer>(1, 1'003).size() == 5);
  // So it lies in the ledger, behind all that is shown to others.
  const auto& kept = *g.at(1).kept.ledger.at(passing->header.height.value() - 1);
  REQUIRE(kept.announced == std::vector<announce>{words});
  const auto raw = encode_final(kept);
  const auto back = decode_final(raw);
  REQUIRE(back);
  CHECK((*back)->announced == kept.announced);
  CHECK(encode_final(**back) == raw);
  auto bare = kept;
  bare.announced.clear();
  auto empty = encode_final(bare);
  CHECK(raw.size() == empty.size() + 4 + 4 + words.text.size());
  empty.insert(empty.end(), 4, std::byte{0}); // none, said aloud
  CHECK_FALSE(decode_final(empty));
  // A ledger of a program that did not write them down is the same ledger.
  g.at(1).kept.ledger.at(passing->header.height.value() - 1) =
    std::make_shared<const final_block>(bare);
  g.restart(1);
  CHECK(g.at(1).judged);
}

TEST_CASE("an announcement that passes in a block without mutations is told too") {
  final_block of;
  auto listed = std::make_shared<block>();
  listed->header.group = group_id{1};
  listed->header.height = height{5};
  listed->header.payload = payload_digest({});
  of.block = listed;
  of.id = digest_of(listed->header);
  of.announced = {announce{"a"}, announce{"b"}};
  const auto part = to_committed(of, 0, 1);
  CHECK(part->height == height{5});
  CHECK(part->mutations.empty());
  CHECK_FALSE(part->more);
  CHECK(part->announcements == std::vector<std::string>{"a", "b"});
  CHECK(committed_size(*part) > committed_size(committed_block{}));
  const auto back = decode_final(encode_final(of));
  REQUIRE(back);
  CHECK((*back)->announced == of.announced);
}

TEST_CASE("a proof of a lie names who had that place in its epoch") {
  changing at{2};
  at.change(replace{key_of(1).id(), newcomer(4)});
  at.make_final(at.make_block({}));
  REQUIRE(at.epoch_of(0) == 1);
  const auto lie_in = [](epoch in) {
    return conflicting_votes{
      {{vote_kind::notarize, in, view{9}, {}}, member_index{1}, {}},
      {{vote_kind::notarize, in, view{9}, digest{{std::byte{1}}}}, member_index{1}, {}}};
  };
  at.step(0, to_notary{evidence_found{lie_in(first_epoch)}});
  at.step(0, to_notary{evidence_found{lie_in(epoch{1})}});
  at.step(0, notary_in::asked{0, evidence_request{77, 0}});
  at.run();
  const auto page = at.answers<evidence_answer>(0, 77);
  REQUIRE(page.size() == 1);
  REQUIRE(page.front().accusations.size() == 2);
  CHECK(page.front().accusations[0].peer == key_of(1).id());
  CHECK(page.front().accusations[0].member == "m1");
  CHECK(page.front().accusations[0].epoch == first_epoch);
  const auto second = at.voters().find(member_index{1})->peer;
  CHECK(second != key_of(1).id());
  CHECK(page.front().accusations[1].peer == second);
}

TEST_CASE("an actor is told how the group is at once, and then when that is another") {
  changing at;
  const auto told = [&] { return at.answers<group_told>(0, 55); };
  at.step(0, notary_in::asked{0, group_request{55}});
  at.run();
  REQUIRE(told().size() == 1);
  CHECK(told()[0].voters->size() == 4);
  CHECK(told()[0].book->open.empty());
  at.propose(0, "score", "add", {"1"});
  at.order();
  CHECK(told().size() == 2); // a state is certified in this epoch
  CHECK(told().back().certified->epoch == first_epoch);
  at.propose(0, "score", "add", {"1"});
  at.order();
  CHECK(told().size() == 2); // nothing that concerns it
  at.want(admit{newcomer(4)});
  const auto asked = told().size();
  CHECK(asked > 2);
  CHECK(told().back().book->open.size() == 1);
  at.make_final(at.make_block(at.at(0).held));
  at.make_final(at.make_block({}));
  CHECK(told().back().voters->size() == 5);
  CHECK(told().back().history->ends.size() == 1);
  at.step(0, to_notary{evidence_found{conflicting_votes{
               {{vote_kind::nullify, first_epoch, view{9}, {}}, member_index{1}, {}},
               {{vote_kind::finalize, first_epoch, view{9}, digest{}}, member_index{1}, {}}}}});
  at.run();
  CHECK(told().back().evidence_count == 1);
}

TEST_CASE("who is barred is told what became of what it asked before, and takes nothing new") {
  changing at{2};
  at.propose(5, "load", "post", {"early"}, "mine");
  at.order();
  const auto before = at.propose(5, "load", "post", {"early"}, "mine");
  at.run();
  REQUIRE(at.receipt_for(5, before));
  at.change(bar{key_of(5).id(), 0});
  const auto again = at.propose(5, "load", "post", {"early"}, "mine");
  at.run();
  REQUIRE(at.receipt_for(5, again));
  CHECK(*at.receipt_for(5, again) == *at.receipt_for(5, before));
  const auto fresh = at.propose(5, "load", "post", {"late"}, "other");
  at.run();
  CHECK(at.receipt_for(5, fresh).error().code == errc::not_a_writer);
}

TEST_CASE("what is listed while its author is barred is over, and asked anew once that ends") {
  changing at{2};
  at.want(bar{key_of(5).id(), 5});
  const auto agreed = at.at(0).held;
  const auto tag = at.propose(5, "load", "post", {"text"}, "mine");
  at.run();
  at.make_final(at.make_block(agreed));
  REQUIRE(at.at(0).core->is_out(key_of(5).id()));
  const auto listed = at.at(0).held;
  at.make_final(at.make_block(listed));               // its time is that in which the bar ends
  for (std::size_t who = 0; who < at.size(); ++who) { // what a block has listed no later one lists
    std::erase_if(at.at(who).held, [&listed](const digest& one) {
      return std::find(listed.begin(), listed.end(), one) != listed.end();
    });
  }
  CHECK_FALSE(at.receipt_for(5, tag));
  REQUIRE_FALSE(at.at(0).core->is_out(key_of(5).id()));
  at.order();
  at.order();
  REQUIRE(at.receipt_for(5, tag));
  CHECK(at.receipt_for(5, tag)->applied());
}

TEST_CASE("junk in front of it hides no member's proof of a lie, and costs no more than it may") {
  group g{small_genesis(4), 2};
  const auto rules = compile_rules(g.from()).value();
  const state_tree state{rules->variable_count()};
  const auto lie_in = [](view in) {
    return conflicting_votes{
      {{vote_kind::notarize, first_epoch, in, {}}, member_index{3}, {}},
      {{vote_kind::notarize, first_epoch, in, digest{{std::byte{1}}}}, member_index{3}, {}}};
  };
  const auto proofs_of = [&](std::size_t who, std::size_t junk, bool good) {
    std::vector<bytes> all;
    for (std::size_t i = 0; i < junk; ++i) {
      all.push_back(encode(to_prove(key_of(3).id(), lie_in(view{1}))));
    }
    if (good) {
      all.push_back(encode(to_prove(key_of(3).id(), lie_in(view{9}))));
    }
    return g.signed_batch(who, key_of(who).id(), batch_number{1}, all);
  };
  std::size_t checks = 0;
  const std::function<bool(const peer_id&, const evidence&)> proves =
    [&checks](const peer_id&, const evidence& what) {
      ++checks;
      return std::get<conflicting_votes>(what).first.subject.view == view{9};
    };
  auto on = genesis_base(*rules, state);
  on.proves = &proves;
  const auto header = g.make_block({})->header;
  const auto is_kicked = [](const execution& made) {
    return std::any_of(made.group->open.begin(), made.group->open.end(),
                       [](const petition& one) { return one.due; });
  };
  CHECK(is_kicked(
    execute(*rules, on, header, std::vector{proofs_of(4, 40, false), proofs_of(0, 0, true)})));
  CHECK(checks == proofs_per_block_max + 1);
  checks = 0;
  CHECK_FALSE(is_kicked(
    execute(*rules, on, header, std::vector{proofs_of(0, 40, true), proofs_of(1, 40, false)})));
  CHECK(checks == 2 * proofs_per_member_max);
}

} // namespace caucus
