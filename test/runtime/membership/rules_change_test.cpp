#include "runtime/membership/rules_change.hpp"

#include "runtime/membership/membership_rules.hpp"
#include "runtime/variables/variable_kinds.hpp"
#include "test/catch.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

// What of a group's variables may change by its vote, and what is kept for ever.

namespace caucus {
namespace {

variable_declaration declared(const char* name, const char* kind) {
  variable_declaration out;
  out.name = name;
  out.kind = kind_named(kind);
  return out;
}

/// A counter, a map, and one that was removed.
declarations three() {
  auto score = declared("score", "counter");
  score.max = 100;
  return {{{score, false}, {declared("tags", "map"), false}, {declared("old", "register"), true}}};
}

std::string refusal(const change_rules& what, const declarations& now = three()) {
  const auto said = changed(now, what);
  REQUIRE_FALSE(said);
  CHECK(said.error().code == errc::refused_by_rule);
  return said.error().detail;
}

peer_id peer(std::size_t which) {
  peer_id out;
  out.raw[0] = static_cast<std::byte>(which + 1);
  return out;
}

/// Four members, of whom all agree.
struct voting {
  group_book book;
  committee now;

  voting() {
    genesis from;
    for (std::size_t i = 0; i < 4; ++i) {
      from.members.push_back({peer(i), "m" + std::to_string(i), {}});
    }
    from.variables = {three().variables[0].declared, three().variables[1].declared};
    book = first_book(from);
    now = committee_of(book.next);
  }
  group_editor edit() { return {now, book, wall_ms{1'000}}; }
  static void say(group_editor& at, const change_rules& what) {
    for (std::size_t i = 0; i < 2; ++i) {
      REQUIRE(at.ask(peer(i), what));
    }
    for (std::size_t i = 0; i < 3; ++i) {
      REQUIRE(at.agree(peer(i), what));
    }
  }
};

change_rules one_more(const char* name) {
  return {{declared(name, "set")}, {}};
}

} // namespace

TEST_CASE("limits and writers change, numbers stay, new variables stand behind") {
  auto wider = three().variables[0].declared;
  wider.max = 1'000;
  wider.writers = writers::anyone;
  const auto next = changed(three(), {{wider, declared("chat", "opaque")}, {"tags"}});
  REQUIRE(next);
  REQUIRE(next->variables.size() == 4);
  CHECK(next->variables[0] == declared_variable{wider, false});
  CHECK(next->variables[1].removed);
  CHECK(next->variables[1].declared == three().variables[1].declared); // old blocks have its words
  CHECK(next->variables[2] == three().variables[2]);
  CHECK(next->variables[3] == declared_variable{declared("chat", "opaque"), false});
}

TEST_CASE("what old blocks and answers are read by never changes") {
  const auto score = three().variables[0].declared;
  const auto altered = [&score](const std::function<void(variable_declaration&)>& how) {
    auto out = score;
    how(out);
    return change_rules{{out}, {}};
  };
  CHECK_THAT(refusal(altered([](auto& one) {
               one.kind = kind_named("register");
               one.max.reset();
             })),
             Catch::Contains("\"score\" is a counter"));
  CHECK_THAT(refusal(altered([](auto& one) { one.initial = 7; })), Catch::Contains("began with 0"));
  auto tags = three().variables[1].declared;
  tags.writers = writers::own_entries;
  CHECK_THAT(refusal({{tags}, {}}), Catch::Contains("an owner in front never changes"));
  tags.name = "mine";
  const auto mine = changed(three(), {{tags}, {}}).value();
  tags.writers = writers::anyone;
  CHECK_THAT(refusal({{tags}, {}}, mine), Catch::Contains("an owner in front never changes"));
  CHECK_THAT(refusal(altered([](auto&) {})), Catch::Contains("declared so already"));
  CHECK_THAT(refusal({{declared("old", "register")}, {}}), Catch::Contains("was removed"));
  CHECK_THAT(refusal({{}, {"old"}}), Catch::Contains("no variable \"old\" to remove"));
  CHECK_THAT(refusal({{}, {"none"}}), Catch::Contains("no variable \"none\" to remove"));
  CHECK_THAT(refusal({}), Catch::Contains("changes nothing"));
  CHECK_THAT(refusal({{}, {"tags", "tags"}}), Catch::Contains("there twice"));
  CHECK_THAT(refusal({{declared("a", "set"), declared("a", "set")}, {}}),
             Catch::Contains("there twice"));
  CHECK_THAT(refusal({{declared("tags", "map")}, {"tags"}}), Catch::Contains("there twice"));
}

TEST_CASE("what C++ rules do is theirs to change") {
  auto board = declared("board", "custom");
  board.operations = {{"mark", {argument_kind::integer}}};
  CHECK_THAT(refusal({{board}, {}}), Catch::Contains("C++ rules"));
  const declarations now{{{board, false}}};
  auto more = board;
  more.operations.push_back({"wipe", {}});
  CHECK_THAT(refusal({{more}, {}}, now), Catch::Contains("C++ rules"));
  auto open = board;
  open.writers = writers::anyone;
  CHECK(changed(now, {{open}, {}}));

  INFO("other rules may add operations and variables, and take none away");
  const auto by_other = [](std::vector<variable_declaration> what) {
    change_rules out{std::move(what), {}};
    out.code = rules_id{"game", 2};
    return out;
  };
  CHECK(changed(now, by_other({})).value().code == rules_id{"game", 2});
  CHECK(changed(now, by_other({more})));
  auto cards = more;
  cards.name = "cards";
  CHECK(changed(now, by_other({cards})));
  auto fewer = board;
  fewer.operations.clear();
  CHECK_THAT(refusal(by_other({fewer}), now), Catch::Contains("never go or change"));
  auto other = more;
  other.operations.front().name = "set";
  CHECK_THAT(refusal(by_other({other}), now), Catch::Contains("never go or change"));
  const declarations later{{{more, false}}, rules_id{"game", 2}};
  CHECK_THAT(refusal(by_other({}), later), Catch::Contains("are game:2 already"));
  auto nameless = by_other({});
  nameless.code->name = "two words";
  CHECK_THAT(refusal(nameless, now), Catch::Contains("NAME:VERSION"));
}

TEST_CASE("who has not the rules is left out by name, no more than may fail") {
  voting at;
  const auto left_out = [](std::vector<peer_id> who) {
    change_rules out;
    out.code = rules_id{"game", 2};
    out.without = std::move(who);
    return out;
  };
  const auto refused = [&](const change_rules& what) {
    auto edit = at.edit();
    const auto said = edit.ask(peer(0), what);
    REQUIRE_FALSE(said);
    return said.error().detail;
  };
  CHECK_THAT(refused(left_out({peer(1), peer(2)})), Catch::Contains("at most 1 can be left out"));
  CHECK_THAT(refused(left_out({peer(7)})), Catch::Contains("each must be one"));
  CHECK_THAT(refused(left_out({peer(1), peer(1)})), Catch::Contains("each once"));
  auto of_variables = one_more("new");
  of_variables.without = {peer(1)};
  CHECK_THAT(refused(of_variables), Catch::Contains("no program must change"));

  const auto what = left_out({peer(3)});
  CHECK(agrees_wanted(at.now, what) == 3);
  CHECK(agrees_wanted(at.now, left_out({})) == 4);
  CHECK(agrees_wanted(at.now, one_more("new")) == 3);
  CHECK(text_of(what).find("use game:2; without ") != std::string::npos);
  auto edit = at.edit();
  at.say(edit, what);
  edit.finish([](const peer_id&) { return batch_number{}; });
  CHECK(edit.closes());
  CHECK(at.book.declared->code == rules_id{"game", 2});
}

TEST_CASE("a change of variables leaves the C++ rules, and their count has a bound") {
  auto now = three();
  now.code = rules_id{"game", 2};
  CHECK(changed(now, one_more("new")).value().code == now.code);
  declarations full{{}, std::nullopt};
  for (std::size_t i = 0; i < variables_max; ++i) {
    full.variables.push_back({declared(("v" + std::to_string(i)).c_str(), "set"), false});
  }
  CHECK_THAT(refusal(one_more("new"), full), Catch::Contains("1024 variables at most"));
  auto wider = full.variables[3].declared;
  wider.entries = 7;
  CHECK(changed(full, {{wider}, {}}));
  full.variables.pop_back();
  CHECK(changed(full, one_more("new")));
  CHECK_FALSE(changed(full, {{declared("new", "set"), declared("newer", "set")}, {}}));
}

TEST_CASE("other C++ rules pass when all members agree, or all that are not left out") {
  voting at;
  change_rules what;
  what.code = rules_id{"game", 2};
  const std::size_t left_out = GENERATE(0U, 1U); // none, or the last
  if (left_out == 1) {
    what.without = {peer(3)};
  }
  const std::size_t agree = GENERATE(3U, 4U);
  auto edit = at.edit();
  for (std::size_t i = 0; i < 2; ++i) {
    REQUIRE(edit.ask(peer(i), what));
  }
  for (std::size_t i = 0; i < agree; ++i) {
    REQUIRE(edit.agree(peer(i), what));
  }
  edit.finish([](const peer_id&) { return batch_number{}; });
  CHECK(edit.closes() == (agree + left_out >= 4));
}

TEST_CASE("who cannot judge rules that were taken agrees with no others") {
  voting at;
  const auto other = [](const char* name, std::size_t left_out) {
    change_rules out;
    out.code = rules_id{name, 2};
    out.without = {peer(left_out)};
    return out;
  };
  const auto first = other("game", 3);
  const auto second = other("chess", 2);
  const bool is_taken = GENERATE(true, false);
  const auto last_number = [](const peer_id&) { return batch_number{}; };
  {
    auto edit = at.edit();
    for (const auto& one : {first, second}) {
      REQUIRE(edit.ask(peer(0), one));
      REQUIRE(edit.ask(peer(1), one));
    }
    for (const std::size_t who : {0U, 1U, 2U}) {
      REQUIRE(edit.agree(peer(who), first));
    }
    for (const std::size_t who : {0U, 1U, 3U}) {
      REQUIRE(edit.agree(peer(who), second));
    }
    edit.finish(last_number, [is_taken](const declarations&) {
      return is_taken ? result<void>{} : fail(errc::refused_by_rule, "not so");
    });
  }
  CHECK(at.book.declared->code.has_value() == is_taken);
  CHECK(at.book.refused.has_value() != is_taken);
  REQUIRE(at.book.open.size() == 1);
  CHECK(at.book.open[0].directive == group_directive{second});
  CHECK(at.book.open[0].agreed.empty());
  CHECK(at.book.open[0].askers.size() == 2);
}

TEST_CASE("where other C++ rules are taken nobody comes or goes in that block") {
  voting at;
  change_rules code;
  code.code = rules_id{"game", 2};
  const replace exchange{peer(3), {peer(7), "heir", {}}};
  const admit entry{{peer(8), "eva", {}}};
  const auto decide = [&](const std::vector<group_directive>& all) {
    auto edit = at.edit();
    for (std::size_t which = 0; which < all.size(); ++which) {
      const auto& one = all[which];
      for (std::size_t i = 0; i < 2; ++i) { // each is opened by another, as two are the most
        REQUIRE(edit.ask(peer(which + i), one));
      }
      for (std::size_t i = 0; i < 4; ++i) {
        REQUIRE(edit.agree(peer(i), one));
      }
    }
    edit.finish([](const peer_id&) { return batch_number{}; });
  };
  SECTION("they come first") {
    decide({code, exchange, entry});
    CHECK(at.book.declared->code == code.code);
    CHECK(at.book.next.seats.size() == 4);
    CHECK(at.book.next.seats[3].member.peer == peer(3));
    CHECK(at.book.open.size() == 2); // in the next epoch
  }
  SECTION("another comes first") {
    decide({exchange, code});
    CHECK_FALSE(at.book.declared->code);
    CHECK(at.book.next.seats[3].member.peer == peer(7));
    CHECK(at.book.open.size() == 1);
  }
  SECTION("the state refuses them, and who is left out stands still all the same") {
    at.book.next.standbys = {{{peer(8), "eva", {}}, false}};
    auto edit = at.edit();
    for (std::size_t i = 0; i < 2; ++i) {
      REQUIRE(edit.ask(peer(i), code));
    }
    for (std::size_t i = 0; i < 4; ++i) {
      REQUIRE(edit.agree(peer(i), code));
    }
    edit.finish([](const peer_id&) { return batch_number{}; },
                [](const declarations&) { return fail(errc::refused_by_rule, "not so"); });
    CHECK(at.book.next.seats.size() == 4); // it has its place in the next block
    CHECK_FALSE(at.book.next.standbys[0].reserve);
  }
  SECTION("who waits for a place is looked at again when it is called") {
    at.book.next.standbys = {{{peer(8), "eva", {}}, false}};
    decide({code});
    CHECK(at.book.next.seats.size() == 4);
    REQUIRE(at.book.next.standbys.size() == 1);
    CHECK(at.book.next.standbys[0].reserve);
  }
}

TEST_CASE("a change that names who has left meanwhile is over, and that is told") {
  voting at;
  change_rules code;
  code.code = rules_id{"game", 2};
  code.without = {peer(7)};
  at.book.open.push_back(
    {code, wall_ms{900}, {peer(0), peer(1)}, {peer(0), peer(1), peer(2), peer(3)}, false});
  auto edit = at.edit();
  edit.finish([](const peer_id&) { return batch_number{}; });
  CHECK_FALSE(edit.closes());
  CHECK(at.book.open.empty());
  REQUIRE(at.book.refused);
  CHECK_THAT(at.book.refused->reason, Catch::Contains("each must be one"));
}

TEST_CASE("a change says what a genesis file could, and no more than has room in a petition") {
  const auto made = [](const std::function<void(variable_declaration&)>& how) {
    auto out = declared("tags2", "map");
    how(out);
    return change_rules{{out}, {}};
  };
  CHECK(changed(three(), made([](auto&) {})));
  const std::vector<std::function<void(variable_declaration&)>> bad{
    [](auto& one) { one.name = "Tags"; },
    [](auto& one) { one.name = ""; },
    [](auto& one) { one.key_size = 0; },
    [](auto& one) { one.key_size = key_size_max + 1; },
    [](auto& one) { one.value_size = value_size_max + 1; },
    [](auto& one) { one.entries = 0; },
    [](auto& one) { one.entries = std::uint64_t{1} << 63U; },
    [](auto& one) { one.min = 1; }, // of counters
    [](auto& one) { one.initial = 1; },
    [](auto& one) { one.writers = writers::listed; },
    [](auto& one) { one.listed = {peer(1)}; },
    [](auto& one) {
      one.writers = writers::listed;
      one.listed = {peer(2), peer(1)};
    },
    [](auto& one) {
      one.operations = {{"put", {}}};
    },
    [](auto& one) {
      one.writers = writers::own_entries;
      one.key_size = 53;
    }};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    INFO(i);
    CHECK_FALSE(refusal(made(bad[i])).empty());
  }
  change_rules large;
  for (int i = 0; i < 200; ++i) {
    large.declared.push_back(declared(("v" + std::to_string(i)).c_str(), "map"));
  }
  CHECK_THAT(refusal(large), Catch::Contains("4096 bytes at most"));
  declarations full;
  full.variables.resize(variables_max, {declared("x", "set"), true});
  CHECK_THAT(refusal(one_more("y"), full), Catch::Contains("1024 variables at most"));
}

TEST_CASE("from the variables that are wanted comes the change that leads to them") {
  auto tags = three().variables[1].declared;
  tags.entries = 5;
  const auto what = change_to(three(), {declared("chat", "opaque"), tags});
  CHECK(what == change_rules{{tags, declared("chat", "opaque")}, {"score"}});
  CHECK(change_to(three(), {three().variables[0].declared, three().variables[1].declared})
        == change_rules{});
  INFO("what was removed is refused by its name, not passed over");
  const auto again =
    change_to(three(), {three().variables[0].declared, three().variables[1].declared,
                        declared("old", "register")});
  CHECK_THAT(refusal(again), Catch::Contains("\"old\" was removed"));
}

TEST_CASE("a change of the rules that passes ends the epoch, the members stay") {
  voting at;
  const auto before = at.book.declared;
  auto block = at.edit();
  voting::say(block, one_more("chat"));
  block.finish([](const peer_id&) { return batch_number{}; });
  CHECK(block.closes());
  CHECK(block.changes_rules());
  CHECK(at.book.next.epoch == epoch{1});
  CHECK(at.book.next.seats.size() == 4);
  REQUIRE(at.book.declared->variables.size() == before->variables.size() + 1);
  CHECK(at.book.open.empty());
  CHECK_FALSE(at.book.refused);
}

TEST_CASE("what the state does not keep to is refused, and is told") {
  voting at;
  const auto before = at.book.declared;
  auto block = at.edit();
  voting::say(block, one_more("chat"));
  declarations asked;
  block.finish([](const peer_id&) { return batch_number{}; },
               [&](const declarations& next) -> result<void> {
                 asked = next;
                 return fail(errc::refused_by_rule, "tags has 6 entries");
               });
  CHECK(asked.variables.size() == 3);
  CHECK_FALSE(block.closes());
  CHECK(at.book.declared == before);
  CHECK(at.book.open.empty());
  REQUIRE(at.book.refused);
  CHECK(at.book.refused->reason == "tags has 6 entries");
  CHECK(at.book.refused->change == "change the rules: declare chat");
  CHECK(at.book.refused->time == wall_ms{1'000});
  INFO("until one is taken");
  auto next = at.edit();
  voting::say(next, one_more("chat"));
  next.finish([](const peer_id&) { return batch_number{}; });
  CHECK_FALSE(at.book.refused);
}

TEST_CASE(
  "of two changes that pass in one block the second is judged in the next, of what is then") {
  voting at;
  auto block = at.edit();
  voting::say(block, one_more("chat"));
  for (std::size_t i = 1; i < 3; ++i) {
    REQUIRE(block.ask(peer(i), one_more("news")));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(block.agree(peer(i), one_more("news")));
  }
  std::size_t judged = 0;
  const auto judge = [&judged](const declarations&) {
    ++judged;
    return result<void>{};
  };
  block.finish([](const peer_id&) { return batch_number{}; }, judge);
  CHECK(judged == 1);
  REQUIRE(at.book.declared->variables.size() == 3);
  REQUIRE(at.book.open.size() == 1);
  at.now = committee_of(at.book.next);
  auto next = at.edit();
  next.finish([](const peer_id&) { return batch_number{}; }, judge);
  CHECK(judged == 2);
  CHECK(next.closes());
  REQUIRE(at.book.declared->variables.size() == 4);
  CHECK(at.book.declared->variables[2].declared.name == "chat");
  CHECK(at.book.declared->variables[3].declared.name == "news");
}

TEST_CASE("what can pass no more, as another change has, is over, and is told") {
  voting at;
  auto other = declared("chat", "counter");
  {
    auto block = at.edit();
    REQUIRE(block.ask(peer(3), change_rules{{other}, {}}));
    REQUIRE(block.ask(peer(3), change_rules{{declared("news", "set")}, {}}));
    voting::say(block, one_more("chat"));
    block.finish([](const peer_id&) { return batch_number{}; });
    CHECK(block.changes_rules());
  }
  REQUIRE(at.book.open.size() == 1); // `news` may still be
  CHECK(at.book.open[0].directive == group_directive{change_rules{{declared("news", "set")}, {}}});
  REQUIRE(at.book.refused);
  CHECK_THAT(at.book.refused->reason, Catch::Contains("\"chat\" is a set"));
  at.now = committee_of(at.book.next);
  auto next = at.edit();
  CHECK(next.ask(peer(3), announce{"another"}));
}

} // namespace caucus
