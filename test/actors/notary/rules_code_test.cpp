#include "actors/notary/executor.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/rules_migration.hpp"
#include "actors/notary/rules_name.hpp"
#include "messages/try.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/text.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "runtime/membership/rules_change.hpp"
#include "test/actors/notary/playing.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Rules in C++ that change by vote: when the new ones judge, what they make of the state, who stops
// before them.

namespace caucus {
namespace {

using testing::board_id;
using testing::board_with_wipe;
using testing::changing;
using testing::declared;
using testing::first;
using testing::key_of;
using testing::playing;
using testing::second;
using testing::small_genesis;
using testing::to_second;
using testing::with_board;

} // namespace

TEST_CASE("other C++ rules judge from the next epoch on, and add operations") {
  playing at;
  at.decide(to_second());
  REQUIRE(at.epoch_of(0) == 1);
  CHECK(at.becomes(0, "board", "mark", {"dddd"}).code == errc::refused_by_rule);
  CHECK(at.becomes(0, "board", "mark", {"d"}).applied());
  CHECK(at.becomes(4, "board", "wipe", {}).applied());
  CHECK(at.cell("d") == "two");
  CHECK(at.cell("a") == "none");
  CHECK(at.cell("bbbb") == "one");
  CHECK(at.all_have_one_state());
}

TEST_CASE("the rules of before judge to the end of their epoch") {
  playing at;
  at.want(to_second(), 4);
  const auto tag = at.propose(4, "board", "mark", {"dddd"}); // in the block that changes them
  at.run();
  at.make_final(at.make_block(at.at(0).held));
  at.make_final(at.make_block({}));
  REQUIRE(at.epoch_of(0) == 1);
  CHECK(at.receipt_for(4, tag).value().applied());
  CHECK(at.cell("dddd") == "one");
}

TEST_CASE("every member must have the rules, but for those that are left out") {
  playing at;
  at.want(to_second(), 3);
  at.make_final(at.make_block(at.at(0).held));
  at.make_final(at.make_block({}));
  CHECK(at.epoch_of(0) == 0); // a quorum agreed, and not all
  SECTION("the last one agrees") {
    at.say(3, group_operation::agree, to_second());
    at.run();
    at.make_final(at.make_block(at.at(0).held));
    at.make_final(at.make_block({}));
    CHECK(at.epoch_of(0) == 1);
  }
  SECTION("the last one is left out") {
    auto what = to_second();
    what.without = {key_of(3).id()};
    at.want(what, 3);
    at.make_final(at.make_block(at.at(0).held));
    at.make_final(at.make_block({}));
    CHECK(at.epoch_of(0) == 1);
  }
  SECTION("another one is left out, who agrees, and the last one is still needed") {
    auto what = to_second();
    what.without = {key_of(0).id()};
    at.want(what, 3);
    at.make_final(at.make_block(at.at(0).held));
    at.make_final(at.make_block({}));
    CHECK(at.epoch_of(0) == 0);
  }
}

TEST_CASE("what a migration makes of the state is the block's, on all replicas and in a replay") {
  std::vector<std::string> seen;
  std::optional<rules_id> before;
  playing at{[&](state_migration& state) -> result<void> {
    seen.clear();
    before = state.before();
    CHECK(state.number("score") == 7);
    CHECK(state.number("tags") == 1);
    CHECK_FALSE(state.text("motto"));
    state.each("board", [&](std::string_view key, std::string_view value) {
      seen.emplace_back(key);
      state.put("board", key, std::string{value} + "!");
      return true;
    });
    CHECK(state.text("board", "a") == "one!");
    state.erase("board", "bbbb");
    state.erase("board", "never there");
    state.put("board", "new", "made");
    state.put("tags", "blue", "");
    state.erase("tags", "red");
    state.set("motto", "all change");
    state.set_number("score", 3);
    CHECK(state.number("board") == 2);
    return permit();
  }};
  at.with = second([&](state_migration& state) -> result<void> { // as the one above
    state.put("board", "a", "one!");
    state.erase("board", "bbbb");
    state.put("board", "new", "made");
    state.put("tags", "blue", "");
    state.erase("tags", "red");
    state.set("motto", "all change");
    state.set_number("score", 3);
    return permit();
  });
  at.decide(to_second());
  REQUIRE(at.epoch_of(0) == 1);
  CHECK(before == rules_id{"game", 1});
  CHECK(seen.size() == 2);
  CHECK(at.all_have_one_state());
  CHECK(at.cell("a") == "one!");
  CHECK(at.cell("bbbb") == "none");
  CHECK(at.cell("new") == "made");
  const auto tip = at.replayed(at.with).value();
  CHECK(to_hex(*tip.state.get(board_id, {})) == to_hex(stored_number(2)));
  CHECK(to_hex(*tip.state.get(variable_id{1}, {})) == to_hex(stored_number(3)));
  CHECK(to_hex(*tip.state.get(variable_id{3}, {})) == to_hex(stored_number(1)));
  INFO("a restart from a stored state has what was migrated");
  at.tick(std::chrono::minutes{10});
  at.restart(1);
  CHECK(at.becomes(1, "board", "mark", {"e"}).applied());
  CHECK(at.all_have_one_state());
}

TEST_CASE("a migration begins with what its own block's mutations made, which it leaves alone") {
  std::size_t seen = 0;
  playing at{[&seen](state_migration& state) -> result<void> {
    seen = 0;
    state.each("board", [&](std::string_view key, std::string_view value) {
      ++seen;
      key.size() == 2 ? state.erase("board", key)
                      : state.put("board", key, std::string{value} + "!");
      return true;
    });
    return permit();
  }};
  at.want(to_second(), 4);
  for (int i = 10; i < 60; ++i) { // in the block that changes the rules: not hashed yet
    at.propose(4, "board", "mark", {std::to_string(i)});
    at.propose(4, "board", "mark", {"c" + std::to_string(i)});
  }
  at.run();
  at.make_final(at.make_block(at.at(0).held));
  at.make_final(at.make_block({}));
  REQUIRE(at.epoch_of(0) == 1);
  CHECK(seen == 102);
  const auto total = at.at(0).core->final_height().value();
  CHECK(total == at.blocks.size());
  CHECK(at.becomes(0, "board", "mark", {"x"}).applied());
  CHECK(at.all_have_one_state());
}

TEST_CASE("a migration makes room for limits that the state does not keep to") {
  const bool migrates = GENERATE(false, true);
  playing at{[migrates](state_migration& state) -> result<void> {
    if (migrates) {
      state.set_number("score", 5);
    }
    return permit();
  }};
  auto what = to_second();
  auto score = with_board().variables.front();
  score.max = 5;
  what.declared.insert(what.declared.begin(), score);
  at.decide(what);
  CHECK(at.epoch_of(0) == (migrates ? 1 : 0));
}

TEST_CASE("a migration that refuses, throws or breaks a limit changes nothing, and says why") {
  struct row {
    const char* name;
    migration migrate;
    const char* why;
  };
  const std::string huge(5'000, 'x');
  const std::vector<row> rows{
    {"refuses",
     [](state_migration& state) -> result<void> {
       state.put("board", "a", "lost");
       return refuse("not in this season");
     },
     "not in this season"},
    {"throws",
     [](state_migration& state) -> result<void> {
       state.put("board", "a", "lost");
       throw std::runtime_error{"boom"};
     },
     "the migration threw"},
    {"throws something", [](state_migration&) -> result<void> { throw 7; }, "the migration threw"},
    {"an unknown variable",
     [](state_migration& state) -> result<void> {
       state.put("none", "a", "b");
       return permit();
     },
     "is no variable after the change"},
    {"a removed variable",
     [](state_migration& state) -> result<void> {
       CHECK(state.number("tags") == 1); // may be read
       state.put("tags", "a", "");
       return permit();
     },
     "is no variable after the change"},
    {"a value too large",
     [huge](state_migration& state) -> result<void> {
       state.put("board", "a", huge);
       return permit();
     },
     "puts a value into board"},
    {"a key too large",
     [huge](state_migration& state) -> result<void> {
       state.put("board", huge, "a");
       return permit();
     },
     "puts a key into board"},
    {"no key",
     [](state_migration& state) -> result<void> {
       state.put("board", "", "a");
       return permit();
     },
     "puts a key into board"},
    {"no key to erase",
     [](state_migration& state) -> result<void> {
       state.erase("board", "");
       return permit();
     },
     "no such entries"},
    {"a key of nobody's",
     [](state_migration& state) -> result<void> {
       state.put("profile", "name", "ada");
       return permit();
     },
     "puts a key into profile"},
    {"another kind",
     [](state_migration& state) -> result<void> {
       state.set("score", "12345678");
       return permit();
     },
     "is of another kind"},
    {"a number out of its range",
     [](state_migration& state) -> result<void> {
       state.set_number("score", -1);
       return permit();
     },
     "leaves score with a value of -1"},
    {"a text too long",
     [](state_migration& state) -> result<void> {
       state.set("motto", std::string(65'000, 'x'));
       return permit();
     },
     "leaves motto with"},
    {"entries of a counter",
     [](state_migration& state) -> result<void> {
       state.put("score", "a", "b");
       return permit();
     },
     "puts a key into score"},
    {"too many bytes",
     [](state_migration& state) -> result<void> {
       const std::string value(4'096, 'x');
       for (std::size_t i = 0; i < migration_size_max / 4'096 + 1; ++i) {
         state.put("board", "same", value);
       }
       return permit();
     },
     "256 * 1024"},
  };
  for (const auto& one : rows) {
    DYNAMIC_SECTION(one.name) {
      playing at{one.migrate};
      at.with = second(one.migrate);
      auto what = to_second();
      what.removed = {"tags"};
      at.decide(what);
      CHECK(at.epoch_of(0) == 0);
      const std::string why = one.why == std::string{"256 * 1024"}
                                ? std::to_string(migration_size_max) + " bytes"
                                : one.why;
      CHECK_THAT(at.refusal(), Catch::Contains(why));
      CHECK(at.cell("a") == "one");
      CHECK(at.becomes(0, "board", "mark", {"dddd"}).applied()); // the rules of before
      CHECK(at.all_have_one_state());
    }
  }
}

TEST_CASE(
  "a program that has not the rules stops before them, says so, and goes on with one that has") {
  playing at;
  const auto old = compile_rules(at.from(), first()).value();
  at.at(3).rules = old;
  at.restart(3);
  const auto reads = at.get(3, "score", {}, false, false, height{1'000});
  at.step(3, notary_in::asked{0, subscribe_request{4'000, height{1}}});
  at.run();
  auto what = to_second();
  what.without = {key_of(3).id()};
  at.want(what, 3);
  at.make_final(at.make_block(at.at(0).held));
  const auto changing_height = at.blocks.size();
  at.make_final(at.make_block({}));
  CHECK(at.epoch_of(0) == 1);
  CHECK(at.epoch_of(3) == 0);
  CHECK_THAT(at.at(3).diverged, Catch::Contains("it takes the C++ rules game:2, and this program "
                                                "brings game:1"));
  CHECK(at.at(3).kept.ledger.size() == changing_height - 1);
  const auto tag = at.propose(3, "board", "mark", {"x"});
  at.run();
  CHECK(at.receipt_for(3, tag).error().code == errc::rules_missing);
  INFO("who waited is told");
  CHECK(at.answer_for(3, reads).error().code == errc::rules_missing);
  const auto over = at.answers<subscription_ended>(3, 4'000);
  REQUIRE(over.size() == 1);
  CHECK(over[0].code == errc::rules_missing);
  INFO("the others go on");
  CHECK(at.becomes(0, "board", "mark", {"d"}).applied());
  INFO("the same program stops there again");
  at.at(3).diverged.clear();
  at.restart(3);
  CHECK(at.at(3).diverged.empty());
  const auto hear = [&](std::size_t from) {
    for (auto i = from; i < at.blocks.size() && at.at(3).diverged.empty(); ++i) {
      at.finalized(3, at.blocks[i]);
      at.run();
    }
  };
  hear(changing_height - 1);
  CHECK_FALSE(at.at(3).diverged.empty());
  INFO("one that has them");
  at.at(3).rules = compile_rules(at.from(), second()).value();
  at.at(3).diverged.clear();
  at.restart(3);
  hear(changing_height - 1);
  at.tick(std::chrono::seconds{5}); // who asked it in vain asks others
  CHECK(at.at(3).diverged.empty());
  CHECK(at.epoch_of(3) == 1);
  CHECK(at.all_have_one_state());
  CHECK(at.becomes(3, "board", "mark", {"e"}).applied());
}

TEST_CASE("a new folder that stops before the rules keeps what its ledger shows of former lives") {
  playing at;
  REQUIRE(at.becomes(3, "board", "mark", {"older"}).applied());
  auto what = to_second();
  what.without = {key_of(3).id()};
  at.want(what, 3);
  const auto changing = at.at(0).held;
  at.propose(3, "board", "mark", {"own"});
  at.run();
  auto own = at.at(0).held;
  std::erase_if(own, [&](const digest& one) {
    return std::find(changing.begin(), changing.end(), one) != changing.end();
  });
  REQUIRE(own.size() == 1);
  at.make_final(at.make_block(own)); // just before
  at.make_final(at.make_block(changing));
  const auto until = at.blocks.size();
  at.at(3).kept = {}; // its disk is lost, and its program is the former one
  at.at(3).rules = compile_rules(at.from(), first()).value();
  at.knows_height = false; // it is not told where its numbers begin
  at.restart(3);
  for (std::size_t i = 0; i + 2 < until; ++i) {
    at.finalized(3, at.blocks[i]);
  }
  at.run();
  const auto& last = *at.at(0).kept.ledger[until - 2];
  REQUIRE(last.batches.size() == 1);
  at.finalized(3, at.blocks[until - 2]);
  at.finalized(3, at.blocks[until - 1]);
  for (const auto& from : {last.batches, at.at(0).kept.ledger[until - 1]->batches}) {
    for (const auto& one : from) { // each checked, all in one turn
      at.step(3, notary_in::batch_arrived{at.link_to(0), key_of(0).id(), one});
    }
  }
  at.run();
  CHECK_FALSE(at.at(3).diverged.empty());
  REQUIRE(at.at(3).kept.ledger.size() == until - 1);
  batch_number known; // by the journal
  for (const auto& one : at.at(3).kept.journal) {
    const auto* const up_to = std::get_if<ceiling_record>(&one);
    known = up_to == nullptr ? known : std::max(known, up_to->number);
  }
  CHECK(known >= last.batches.front()->header.number);
}

TEST_CASE("what a migration is shown, and how much it may do") {
  const auto run = [](migration what) {
    const auto compiled = compile_rules(with_board(), second(std::move(what))).value();
    state_tree state{compiled->variable_count()};
    for (const auto* const key : {"a", "b"}) {
      state.put(path_of(board_id, as_bytes(key)), as_bytes(key), as_bytes("1"));
    }
    state.put(path_of(board_id, {}), {}, stored_number(2));
    static_cast<void>(state.root());
    auto change = to_second();
    auto fresh = declared("fresh", variable_kind::counter);
    fresh.initial = 3;
    change.declared.push_back(declared("news", variable_kind::map));
    change.declared.push_back(fresh);
    const auto& now = *compiled->declared();
    const auto said = moved_to(*compiled, state, now, changed(now, change).value());
    return said ? std::string{} : said.error().detail;
  };
  CHECK(run([](state_migration& state) -> result<void> {
          CHECK(state.number("board") == 2);
          CHECK(state.number("fresh") == 3); // as it begins
          CHECK(state.number("news") == 0);
          CHECK_FALSE(state.number("motto"));
          CHECK_FALSE(state.number("none"));
          CHECK_FALSE(state.text("board", "")); // there lies the count
          CHECK_FALSE(state.text("score"));
          for (const auto* const name : {"news", "fresh", "none"}) {
            state.each(name, [](std::string_view, std::string_view) {
              CHECK(false);
              return true;
            });
          }
          state.put("news", "today", "sun");
          state.set_number("fresh", 4);
          std::size_t visited = 0;
          state.each("board", [&visited](std::string_view, std::string_view) {
            ++visited;
            return false;
          });
          CHECK(visited == 1);
          return permit();
        }).empty());
  CHECK_THAT(run([](state_migration& state) -> result<void> {
               for (std::uint64_t i = 0; i <= migration_entries_max / 2; ++i) {
                 state.each("board", [](std::string_view, std::string_view) { return true; });
               }
               return permit();
             }),
             Catch::Contains("looks at more than 1000000"));
  CHECK_THAT(run([](state_migration& state) -> result<void> {
               for (std::uint64_t i = 0; i <= migration_edits_max; ++i) {
                 state.erase("board", "c");
               }
               return permit();
             }),
             Catch::Contains("more than 1000000 edits"));
  CHECK_THAT(run([](state_migration& state) -> result<void> {
               state.put("tags", "red", "a value");
               return permit();
             }),
             Catch::Contains("puts a value into tags"));
  CHECK_THAT(run([](state_migration& state) -> result<void> {
               state.erase("score", "a");
               return permit();
             }),
             Catch::Contains("no such entries"));
}

TEST_CASE("versions come in a chain, and variables go on changing under the newest") {
  const auto third = rules{"game", 3}.after(second());
  REQUIRE(third.former().size() == 2);
  CHECK(third.former()[0].id() == rules_id{"game", 1});
  CHECK(third.former()[1].id() == rules_id{"game", 2});
  CHECK(third.former()[1].former().empty());
  CHECK(third.find(rules_id{"game", 2}) == &third.former()[1]);
  CHECK(third.find(rules_id{"game", 4}) == nullptr);

  bool is_over = false;
  playing at{[&is_over](state_migration&) -> result<void> {
    CHECK_FALSE(is_over); // a change of variables alone migrates nothing
    return permit();
  }};
  at.decide(to_second());
  is_over = true;
  at.decide(change_rules{{declared("news", variable_kind::map)}, {}});
  REQUIRE(at.epoch_of(0) == 2);
  CHECK(at.becomes(0, "board", "mark", {"dddd"}).code == errc::refused_by_rule);
  CHECK(at.becomes(0, "news", "put", {"a", "b"}).applied());
  INFO("the variable of the rules goes, and they stay");
  at.decide(change_rules{{}, {"board"}});
  REQUIRE(at.epoch_of(0) == 3);
  at.tick(std::chrono::minutes{10});
  at.restart(1);
  CHECK(at.becomes(1, "news", "put", {"c", "d"}).applied());
  CHECK(at.all_have_one_state());
  CHECK(at.replayed(second()));
}

TEST_CASE("a ledger and a stored state need the rules that they came about by") {
  playing at;
  at.decide(to_second());
  REQUIRE(at.becomes(0, "board", "mark", {"d"}).applied());
  CHECK(at.replayed(second()));
  const auto without = at.replayed(first());
  REQUIRE_FALSE(without);
  CHECK(without.error().code == errc::rules_missing);
  CHECK_THAT(without.error().detail, Catch::Contains("block 5")); // the one in which it passed
  auto bare = second();
  const auto alone = rules{"game", 2}
                       .on("board", "mark", bare.entries()[0].rule)
                       .on("board", "wipe", bare.entries()[1].rule);
  CHECK(compile_rules(at.from(), alone).error().code == errc::unknown_operation); // of version 1's

  const auto tip = at.replayed(second()).value();
  std::vector<state_entry> entries;
  for (std::uint16_t i = 0; i < tip.state.variable_count(); ++i) {
    tip.state.each(variable_id{i}, [&](const entry_view& one) {
      entries.push_back({path_of(variable_id{i}, one.key),
                         {one.key.begin(), one.key.end()},
                         bytes{one.value.begin(), one.value.end()}});
      return true;
    });
  }
  const auto& last = *at.at(0).kept.ledger.back();
  const auto from_state = [&](const rules& with) {
    return stored_tip(last, entries, compile_rules(at.from(), with).value(),
                      *at.at(0).core->history());
  };
  REQUIRE(from_state(second()));
  CHECK(from_state(second())->rules->declared()->code == rules_id{"game", 2});
  INFO("what a state that is fetched needs is known before it is taken");
  CHECK(code_in(entries) == rules_id{"game", 2});
  const auto path = path_of_group(code_key);
  auto others = entries;
  std::erase_if(others, [&path](const state_entry& one) { return one.path == path; });
  REQUIRE(others.size() + 1 == entries.size());
  CHECK_FALSE(code_in(others));
  CHECK_FALSE(code_in({}));
  others.push_back({path, {}, std::nullopt});
  CHECK_FALSE(code_in(others));
  others.back().value = bytes{std::byte{7}};
  CHECK_FALSE(code_in(others));
  CHECK(from_state(first()).error().code == errc::rules_missing);
}

TEST_CASE("entries of the group that none has are known for what they are") {
  const auto book = first_book(with_board());
  const auto reads = [&book](std::string_view key) {
    state_tree state{8};
    if (!key.empty()) {
      state.put(path_of_group(key), as_bytes(key), as_bytes("?"));
    }
    return is_readable(state, book);
  };
  CHECK(reads(""));
  for (const auto key : {members_key, petitions_key, barred_key, refused_key, code_key}) {
    INFO(key);
    CHECK_FALSE(reads(key));
  }
  CHECK_FALSE(reads(declared_key(variable_id{2})));
}

TEST_CASE("rules that do not fit the variables are refused by all, and nobody stops") {
  playing at;
  change_rules what; // version 2 wipes too, which is not declared
  what.code = rules_id{"game", 2};
  at.decide(what);
  CHECK(at.epoch_of(0) == 0);
  CHECK_THAT(at.refusal(), Catch::Contains("board wipe"));
  for (std::size_t i = 0; i < at.size(); ++i) {
    CHECK(at.at(i).diverged.empty());
  }
  at.decide(to_second());
  CHECK(at.epoch_of(0) == 1);
}

TEST_CASE("a group without C++ rules takes some, for a new variable") {
  changing at{1, small_genesis(4), {}, second().after(rules{})};
  change_rules what{{board_with_wipe()}, {}};
  what.code = rules_id{"game", 2};
  CHECK(at.network() == network_of(at.from()));
  at.want(what, 4);
  at.make_final(at.make_block(at.at(0).held));
  at.make_final(at.make_block({}));
  REQUIRE(at.epoch_of(0) == 1);
  const auto tag = at.propose(4, "board", "mark", {"d"});
  at.order();
  CHECK(at.receipt_for(4, tag).value().applied());
}

TEST_CASE("which rules a network began with: the genesis says, else the newest that fit") {
  auto from = with_board();
  const auto both = second();
  CHECK(compile_rules(from, both).value()->declared()->code == rules_id{"game", 1});
  CHECK(network_id_of(from, both) == network_id_of(from, first()));
  from.variables.back() = board_with_wipe();
  CHECK(compile_rules(from, both).value()->declared()->code == rules_id{"game", 2});
  from = with_board();
  from.rules = rules_id{"game", 3};
  CHECK(compile_rules(from, both).error().code == errc::rules_missing);
  CHECK_THAT(
    compile_rules(from, both).error().detail,
    Catch::Contains("it takes the C++ rules game:3, and this program brings game:2, game:1"));
  from.rules = rules_id{"game", 1};
  CHECK(network_id_of(from, {}) == network_id_with(from, {"game", 1}));
  CHECK(network_id_of(from, both) == network_id_with(from, {"game", 1}));
  INFO("the genesis' hash is what it was");
  auto silent = from;
  silent.rules.reset();
  CHECK(network_of(from) == network_of(silent));
}

} // namespace caucus
