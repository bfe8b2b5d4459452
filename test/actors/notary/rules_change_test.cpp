#include "actors/notary/answer_check.hpp"
#include "actors/notary/declared_state.hpp"
#include "actors/notary/executor.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/rule_set.hpp"
#include "runtime/base/text.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "runtime/membership/rules_change.hpp"
#include "test/actors/notary/changing.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Rules that change by vote: what the state forbids, when they hold, what a restart and a reader
// know of them.

namespace caucus {
namespace {

using testing::changing;
using testing::declared;
using testing::key_of;
using testing::small_genesis;

variable_declaration of_genesis(const char* name) {
  const auto from = small_genesis();
  const catalog names{from};
  return *names.at(names.find(name).value());
}

/// The state of a group of which node 0 proposed these.
struct holding : changing {
  explicit holding(genesis from = small_genesis(4)) : changing{1, std::move(from)} {
    propose(0, "score", "add", {"7"});
    propose(0, "motto", "set", {"all for one"});
    for (const auto* const tag : {"red", "green", "blue"}) {
      propose(0, "tags", "insert", {tag});
    }
    propose(0, "profile", "put", {"name", "ada"});
    order();
  }
  /// Passed and the epoch over, or refused.
  void decide(const change_rules& what) {
    change(what);
    make_final(make_block({}));
  }
  std::string refused(const char* name, const std::function<void(variable_declaration&)>& how) {
    auto one = of_genesis(name);
    how(one);
    const auto before = epoch_of(0);
    decide({{one}, {}});
    CHECK(epoch_of(0) == before);
    const auto book = read_group(state(), first_book(from()));
    return book.refused ? book.refused->reason : std::string{};
  }
  [[nodiscard]] state_tree state() { return stored().state; }
  /// What the ledger leads to.
  [[nodiscard]] tip_state stored() {
    tip_state out = first_tip(from(), rules());
    for (const auto& one : at(0).kept.ledger) {
      out = replay(out, *one, nullptr).value().tip;
    }
    return out;
  }
  [[nodiscard]] shared_rules rules() const { return compile_rules(from()).value(); }
  /// What became of one mutation.
  receipt becomes(std::size_t who, const char* variable, const char* operation,
                  std::vector<std::string> arguments) {
    const auto tag = propose(who, variable, operation, std::move(arguments));
    order();
    return receipt_for(who, tag).value();
  }
  [[nodiscard]] answer read(std::size_t who, const char* variable, std::string key = {},
                            bool whole = false) {
    const auto tag = get(who, variable, std::move(key), whole);
    run();
    return *answer_for(who, tag).value();
  }
  [[nodiscard]] result<verified_answer> shown(const answer& what) {
    const auto history = at(0).core->history();
    return verify_answer(from(), history->voters, network(), what, verify);
  }
};

} // namespace

TEST_CASE("new variables, wider limits and other writers hold from the next epoch on") {
  holding at;
  CHECK(at.becomes(0, "score", "add", {"11"}).code == errc::out_of_bounds);
  auto score = of_genesis("score");
  score.step_max = 100;
  score.writers = writers::anyone;
  const auto changes = at.change({change_rules{{score, declared("news", variable_kind::map)}, {}}});
  CHECK(at.closes(changes));
  CHECK(at.epoch_of(0) == 0);
  at.make_final(at.make_block({}));
  REQUIRE(at.epoch_of(0) == 1);
  CHECK(at.becomes(4, "score", "add", {"50"}).applied()); // no member
  CHECK(at.becomes(1, "news", "put", {"today", "sun"}).applied());
  CHECK(at.becomes(4, "news", "put", {"today", "rain"}).code == errc::not_a_writer);
}

TEST_CASE("what waits while the epoch ends is judged by the next one's rules") {
  holding at;
  at.change(change_rules{{declared("news", variable_kind::map)}, {}});
  REQUIRE(at.epoch_of(0) == 0);
  const auto tag = at.propose(1, "news", "put", {"today", "sun"}); // its name is told already
  at.run();
  at.make_final(at.make_block({}));
  at.order();
  REQUIRE(at.receipt_for(1, tag));
  CHECK(at.receipt_for(1, tag)->applied());
}

TEST_CASE("limits that the state does not keep to are refused, and what does not is named") {
  holding at;
  CHECK_THAT(at.refused("score", [](auto& one) { one.max = 6; }),
             Catch::Contains("score has a value of 7"));
  CHECK_THAT(at.refused("motto", [](auto& one) { one.value_size = 10; }),
             Catch::Contains("motto has a value"));
  CHECK_THAT(at.refused("tags", [](auto& one) { one.entries = 2; }),
             Catch::Contains("tags has 3 entries; entries would be 2"));
  CHECK_THAT(at.refused("tags", [](auto& one) { one.key_size = 4; }),
             Catch::Contains("\"green\"; key_size would be 4"));
  CHECK_THAT(at.refused("profile", [](auto& one) { one.value_size = 2; }),
             Catch::Contains("value_size would be 2"));
  INFO("what just fits is taken");
  auto tags = of_genesis("tags");
  tags.entries = 3;
  tags.key_size = 5;
  at.decide(change_rules{{tags}, {}});
  CHECK(at.epoch_of(0) == 1);
  CHECK(at.becomes(0, "tags", "insert", {"white"}).code == errc::out_of_bounds);
}

TEST_CASE("a block's own mutations count before its change of the rules") {
  holding at;
  auto tags = of_genesis("tags");
  tags.entries = 3;
  at.want(change_rules{{tags}, {}});
  at.propose(3, "tags", "insert", {"white"}); // in the same block
  at.run();
  at.make_final(at.make_block(at.at(0).held));
  at.make_final(at.make_block({}));
  CHECK(at.epoch_of(0) == 0);
}

TEST_CASE("a variable that is removed leaves nothing behind, and its name to nobody") {
  holding at;
  const auto before = at.stored();
  at.decide(change_rules{{}, {"tags", "motto"}});
  REQUIRE(at.epoch_of(0) == 1);
  const auto tip = at.stored();
  for (const auto id : {2U, 3U}) {
    std::size_t left = 0;
    tip.state.each(variable_id{static_cast<std::uint16_t>(id)}, [&left](const entry_view&) {
      ++left;
      return true;
    });
    INFO(id);
    CHECK(left == 0);
  }
  CHECK(to_hex(*tip.state.get(variable_id{1}, {}))
        == to_hex(*before.state.get(variable_id{1}, {})));
  INFO("whoever still writes it is refused");
  const auto raw = encode(mutation{variable_id{3}, operation_id{0}, {bytes{std::byte{'x'}}}});
  at.step(0, notary_in::asked{0, propose_request{4'000, {}, raw, duration{5'000'000}}});
  at.run();
  CHECK(at.receipt_for(0, 4'000).error().code == errc::unknown_variable);
  CHECK_FALSE(at.answer_for(0, at.get(0, "tags")));
  at.want(change_rules{{declared("tags", variable_kind::set)}, {}});
  CHECK(at.epoch_of(0) == 1);
}

TEST_CASE("a restart knows the rules: at the block that changed them, behind it, from a state") {
  holding at;
  const bool stores = GENERATE(false, true);
  auto score = of_genesis("score");
  score.step_max = 100;
  at.change(change_rules{{score, declared("news", variable_kind::map)}, {"motto"}});
  if (stores) {
    at.tick(std::chrono::minutes{10});
  }
  at.restart(0);
  REQUIRE(at.at(0).named);
  CHECK(at.at(0).named->variables.size() == 6);
  CHECK(at.epoch_of(0) == 0);
  at.make_final(at.make_block({}));
  REQUIRE(at.epoch_of(0) == 1);
  CHECK(at.becomes(0, "news", "put", {"today", "sun"}).applied());
  if (stores) {
    at.tick(std::chrono::minutes{10});
  }
  at.restart(0);
  CHECK(at.becomes(0, "score", "add", {"50"}).applied());
  CHECK(at.becomes(0, "news", "put", {"tomorrow", "rain"}).applied());
  CHECK(at.at(0).roots.at(digest_of(at.blocks.back()->header)).state_root
        == at.at(1).roots.at(digest_of(at.blocks.back()->header)).state_root);
}

TEST_CASE("an answer shows how its variable is declared, where the genesis does not say so") {
  holding at;
  CHECK_FALSE(at.read(0, "score").declared);
  auto tags = of_genesis("tags");
  tags.key_size = 200;
  at.decide(change_rules{{tags, declared("news", variable_kind::map)}, {}});
  const std::string longer(190, 'x');
  REQUIRE(at.becomes(0, "tags", "insert", {longer}).applied());
  REQUIRE(at.becomes(0, "news", "put", {"today", "sun"}).applied());
  INFO("one that did not change says nothing");
  CHECK_FALSE(at.read(1, "score").declared);
  CHECK(at.shown(at.read(1, "score")));
  INFO("a new one, and one with wider limits");
  const auto news = at.read(1, "news", "today");
  REQUIRE(news.declared);
  REQUIRE(at.shown(news));
  CHECK(at.shown(news)->kind == variable_kind::map);
  const auto wide = at.read(1, "tags", longer);
  REQUIRE(at.shown(wide));
  CHECK(decode<answer>(encode(news)) == news);
  CHECK(decode<read_response>(encode(read_response{news, {}})) == read_response{news, {}});
  const std::vector<std::pair<const char*, std::function<void(answer&)>>> lies{
    {"none", [](answer& what) { what.declared.reset(); }},
    {"another number", [](answer& what) { what.declared->id = variable_id{3}; }},
    {"another's", [&](answer& what) { what.declared = at.read(1, "tags", longer).declared; }},
    {"a changed one", [](answer& what) { what.declared->declared.back() ^= std::byte{1}; }},
    {"no proof", [](answer& what) { what.declared->proof = {}; }},
    {"of another name", [](answer& what) { what.variable = "tags"; }},
  };
  for (const auto& [name, spoil] : lies) {
    INFO(name);
    auto bad = news;
    spoil(bad);
    CHECK_FALSE(at.shown(bad));
  }
  INFO("without its proof an answer is judged by the genesis' limits, and says nothing else");
  auto bare = wide;
  bare.declared.reset();
  CHECK_FALSE(at.shown(bare));
}

TEST_CASE("a group that never changed its rules has no entry of them") {
  changing at;
  at.change(admit{{key_of(4).id(), "m4", "localhost:1"}});
  at.make_final(at.make_block({}));
  tip_state tip = first_tip(at.from(), compile_rules(at.from()).value());
  for (const auto& one : at.at(0).kept.ledger) {
    tip = replay(tip, *one, nullptr).value().tip;
  }
  tip.state.each(bookkeeping, [](const entry_view& one) {
    const std::string key{reinterpret_cast<const char*>(one.key.data()), one.key.size()};
    CHECK(key.find("group/variable") == std::string::npos);
    CHECK(key != refused_key);
    return true;
  });
  CHECK(tip.group->declared == tip.rules->first_group()->declared);
}

TEST_CASE("more entries than a block may look at are refused, whatever they are") {
  auto from = small_genesis();
  const auto rules = compile_rules(from).value();
  auto tree = state_tree{rules->variable_count()};
  const variable_id tags{3};
  tree.put(path_of(tags, {}), {}, stored_number(entries_looked_at_max + 1));
  const auto& now = *rules->declared();
  const auto with = [&](const std::function<void(declared_variable&)>& how) {
    auto next = now;
    how(next.variables[2]);
    return keeps_to(tree, now, next);
  };
  CHECK_FALSE(with([](auto& one) { one.removed = true; }));
  CHECK_FALSE(with([](auto& one) { one.declared.key_size = 10; }));
  INFO("the entries of all variables count together");
  tree.put(path_of(tags, {}), {}, stored_number(entries_looked_at_max - 3));
  CHECK(with([](auto& one) { one.removed = true; }));
  tree.put(path_of(variable_id{4}, {}), {}, stored_number(4));
  auto both = now;
  both.variables[2].removed = true;
  both.variables[3].removed = true;
  const auto said = keeps_to(tree, now, both);
  REQUIRE_FALSE(said);
  CHECK_THAT(said.error().detail, Catch::Contains("profile has 4 entries to look at"));
  tree.put(path_of(tags, {}), {}, stored_number(entries_looked_at_max + 1));
  INFO("wider ones need no look");
  CHECK(with([](auto& one) {
    one.declared.key_size = 200;
    one.declared.entries = 2'000'000;
  }));
}

TEST_CASE("whoever reads while the epoch ends is told what there is, by its new name too") {
  holding at;
  constexpr std::size_t who = 4; // it has no receipts that its reads would wait for
  at.change(change_rules{{declared("news", variable_kind::map)}, {"motto"}});
  const bool is_over = GENERATE(false, true);
  const bool restarts = GENERATE(false, true);
  if (is_over) {
    at.make_final(at.make_block({}));
  }
  if (restarts) {
    at.restart(who);
  }
  const auto single = at.get(who, "news", "today");
  const auto whole = at.get(who, "news", {}, true);
  const auto gone = at.get(who, "motto");
  at.run();
  INFO("of H's header's state it is none, of that of its child it is empty");
  for (const auto tag : {single, whole}) {
    const auto got = at.answer_for(who, tag);
    REQUIRE(got.has_value() == is_over);
    if (got) {
      CHECK(at.shown(**got));
      CHECK_FALSE((*got)->entries.front().value);
    }
  }
  CHECK(at.answer_for(who, gone).has_value() != is_over);
}

TEST_CASE("a change is tried on the newest state, also between two epochs") {
  holding at;
  request_tag tag = 5'000;
  const auto try_it = [&](const change_rules& what) {
    const auto now = at.stored().group->declared;
    const auto next = std::make_shared<const declarations>(changed(*now, what).value());
    at.step(0, notary_in::asked{0, rules_request{++tag, next}});
    at.run();
    const auto said = at.answers<rules_answer>(0, tag);
    REQUIRE(said.size() == 1);
    return said.front().misfit;
  };
  auto tags = of_genesis("tags");
  tags.entries = 2;
  const auto why = try_it({{tags}, {}});
  REQUIRE(why);
  CHECK(why->detail == "tags has 3 entries; entries would be 2");
  tags.entries = 4;
  CHECK_FALSE(try_it({{tags}, {}}));
  at.change(change_rules{{declared("news", variable_kind::map)}, {}});
  auto news = declared("news", variable_kind::map);
  news.entries = 1;
  CHECK_FALSE(try_it({{news}, {}})); // H is final, its child is not
  CHECK_FALSE(try_it({{}, {"news"}}));
  INFO("what was made before another change is not judged by it");
  const auto stale = std::make_shared<const declarations>(declarations_of(at.from()));
  at.step(0, notary_in::asked{0, rules_request{++tag, stale}});
  at.run();
  REQUIRE(at.answers<rules_answer>(0, tag).size() == 1);
  CHECK(at.answers<rules_answer>(0, tag).front().misfit);
}

TEST_CASE("an answer that shows a removed variable is refused") {
  holding at;
  at.decide(change_rules{{declared("news", variable_kind::map)}, {"motto"}});
  REQUIRE(at.becomes(0, "news", "put", {"today", "sun"}).applied());
  auto lie = at.read(1, "news", "today");
  const auto tip = at.stored();
  const auto path = path_of_group(declared_key(variable_id{2}));
  const auto tombstone = tip.state.get(path);
  REQUIRE(tombstone);
  INFO("its entry is there, and proven");
  lie.variable = "motto";
  lie.header.state_root = tip.state_root;
  lie.declared = proven_declaration{
    variable_id{2}, {tombstone->begin(), tombstone->end()}, tip.state.prove(path).value()};
  const auto said = variable_shown(at.from(), lie);
  REQUIRE_FALSE(said);
  CHECK_THAT(said.error().detail, Catch::Contains("another variable"));
}

TEST_CASE("who is named by a change has a quota of its own from then on, also after a restart") {
  auto from = small_genesis(4);
  from.limits = quotas_default;
  holding at{std::move(from)};
  const auto stranger = key_of(4).id();
  auto score = of_genesis("score");
  score.writers = writers::listed;
  score.listed = {key_of(0).id(), stranger};
  std::sort(score.listed.begin(), score.listed.end());
  at.decide(change_rules{{score}, {}});
  REQUIRE(at.epoch_of(0) == 1);
  CHECK(at.becomes(4, "score", "add", {"1"}).applied());
  CHECK(at.becomes(1, "score", "add", {"1"}).code == errc::not_a_writer);
  at.restart(0);
  CHECK(at.becomes(4, "score", "add", {"1"}).applied());
  const auto level_at = [&](std::size_t who) {
    const auto& made = at.at(who).roots.at(digest_of(at.blocks.back()->header));
    REQUIRE(made.room != nullptr);
    REQUIRE(made.room->authors.contains(stranger));
    return made.room->authors.at(stranger).level.milli_bytes;
  };
  CHECK(level_at(0) > 0);
  CHECK(level_at(0) == level_at(1));
}

TEST_CASE("strangers have no room where the last variable that was open to them is removed") {
  holding at;
  CHECK(at.becomes(4, "load", "post", {"x"}).applied());
  at.decide(change_rules{{}, {"load", "profile"}});
  REQUIRE(at.epoch_of(0) == 1);
  CHECK_FALSE(at.stored().rules->open_to_strangers());
  CHECK(at.rules()->open_to_strangers());
}

} // namespace caucus
