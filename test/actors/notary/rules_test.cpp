#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <vector>

using namespace caucus;
using namespace caucus::testing;

// Each limit of the rules alone: what is just allowed is applied, and one more is refused.

namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

argument text(const std::string& what) {
  const auto raw = as_bytes(what);
  return bytes{raw.begin(), raw.end()};
}

/// One variable in a state of its own.
struct one_variable {
  std::shared_ptr<const compiled_rules> rules;
  state_tree state;
  mutation_view read{}; ///< one for all, as a block's are read

  explicit one_variable(const variable_declaration& of)
      : rules{compile_rules(with(of)).value()}, state{rules->variable_count()} {}

  static genesis with(const variable_declaration& of) {
    auto out = small_genesis();
    out.variables = {of};
    return out;
  }
  /// Member 0's, or another key's, mutation.
  outcome apply(std::uint8_t operation, std::vector<argument> arguments, std::size_t who = 0,
                std::uint16_t variable = 1) {
    state_writer on{state};
    auto out = apply_on(on, operation, std::move(arguments), who, variable);
    on.finish();
    return out;
  }
  /// One of several of a block.
  outcome apply_on(state_writer& on, std::uint8_t operation, std::vector<argument> arguments,
                   std::size_t who = 0, std::uint16_t variable = 1) {
    const auto raw =
      encode(mutation{variable_id{variable}, operation_id{operation}, std::move(arguments)});
    REQUIRE_FALSE(read_mutation(raw, read));
    const auto author = key_of(who).id();
    return rules->apply(read, rules->view_of(author, *rules->first_voters()), height{1}, wall_ms{1},
                        on);
  }
};

variable_declaration small(variable_kind kind, writers who = writers::members) {
  auto out = declared("v", kind, who);
  out.key_size = 4;
  out.value_size = 3;
  out.entries = 2;
  return out;
}

} // namespace

TEST_CASE("a set and a map take keys of one byte to their limit, and as many as they may hold") {
  for (const auto kind : {variable_kind::set, variable_kind::map}) {
    one_variable at{small(kind)};
    const auto put = [&](const std::string& key) {
      std::vector<argument> given{text(key)};
      if (kind == variable_kind::map) {
        given.push_back(text("v"));
      }
      return at.apply(0, given);
    };
    CHECK(put("").code == errc::out_of_bounds);
    CHECK(put("").reason == "the key is empty");
    CHECK(put("abcde").code == errc::out_of_bounds);
    CHECK(put("abcde").reason == "the key has 5 bytes, allowed are 4");
    CHECK(put("abcd").applied());
    CHECK(put("a").applied());
    CHECK(put("b").reason == "it is full: 2 entries");
    INFO("one that is there takes no new place");
    CHECK(put("a").applied());
    INFO("an erased one leaves its place, and one that was not there none");
    CHECK(at.apply(1, {text("")}).code == errc::out_of_bounds);
    CHECK(at.apply(1, {text("abcde")}).code == errc::out_of_bounds);
    CHECK(at.apply(1, {text("none")}).applied());
    CHECK(put("b").code == errc::out_of_bounds);
    CHECK(at.apply(1, {text("a")}).applied());
    CHECK(put("b").applied());
    CHECK(put("c").code == errc::out_of_bounds);
    const auto count = at.state.get(path_of(variable_id{1}, {}));
    REQUIRE(count);
    CHECK(read_stored_number(*count).value() == 2);
  }
}

TEST_CASE(
  "an operation is judged by its own arguments, and not by those that were read before it") {
  one_variable at{small(variable_kind::map)};
  CHECK(at.apply(0, {text("k"), text("four")}).reason == "the value has 4 bytes, allowed are 3");
  CHECK(at.apply(1, {text("k")}).applied());
}

TEST_CASE("what changes nothing leaves the state as it was, the count of nothing too") {
  one_variable at{small(variable_kind::set)};
  const auto before = at.state.root();
  CHECK(at.apply(1, {text("none")}).applied());
  CHECK(at.state.root() == before);
  CHECK(at.state.entry_count() == 0);
  INFO("nor does what a block puts and takes away again");
  state_writer on{at.state};
  CHECK(at.apply_on(on, 0, {text("a")}).applied());
  CHECK(at.apply_on(on, 1, {text("a")}).applied());
  on.finish();
  CHECK(at.state.root() == before);
  CHECK(at.state.entry_count() == 0);
}

TEST_CASE("a value has its limit in a map, a register and an opaque variable") {
  one_variable map{small(variable_kind::map)};
  CHECK(map.apply(0, {text("k"), text("123")}).applied());
  CHECK(map.apply(0, {text("k"), text("1234")}).reason == "the value has 4 bytes, allowed are 3");
  for (const auto kind : {variable_kind::reg, variable_kind::opaque}) {
    one_variable at{small(kind)};
    CHECK(at.apply(0, {text("1234")}).code == errc::out_of_bounds);
    CHECK(at.apply(0, {text("123")}).applied());
    const auto stored = at.state.get(path_of(variable_id{1}, {}));
    CHECK(stored.has_value() == (kind == variable_kind::reg));
  }
}

TEST_CASE(
  "a fresh variable takes the mutation that its kind gives as an example, or there is none") {
  struct row {
    const char* name;
    variable_declaration declared;
    const char* example;
  };
  auto bounded = [](std::int64_t min, std::int64_t max) {
    auto out = declared("v", variable_kind::counter);
    out.min = min;
    out.max = max;
    return out;
  };
  auto roomy = small(variable_kind::map, writers::own_entries);
  roomy.key_size = own_prefix_size + 4;
  auto tight = roomy;
  --tight.key_size;
  auto wide = declared("v", variable_kind::reg);
  auto of_five = wide;
  of_five.value_size = 5;
  auto of_four = wide;
  of_four.value_size = 4;
  auto narrow = small(variable_kind::set);
  narrow.key_size = 3;
  auto slow = declared("v", variable_kind::counter);
  slow.step_max = 4;
  auto swift = slow;
  swift.step_max = 5;
  auto at_end = declared("v", variable_kind::counter);
  at_end.initial = highest;
  const std::vector<row> rows{{"a register", wide, "set hello"},
                              {"a register of five bytes", of_five, "set hello"},
                              {"a register of four bytes", of_four, "set x"},
                              {"a register of short values", small(variable_kind::reg), "set x"},
                              {"opaque", small(variable_kind::opaque), "post x"},
                              {"a set", small(variable_kind::set), "insert blue"},
                              {"a set of short elements", narrow, ""},
                              {"a map", small(variable_kind::map), "put name x"},
                              {"a map with owners", roomy, "put name x"},
                              {"a map with owners and no room", tight, ""},
                              {"a counter", declared("v", variable_kind::counter), "add 5"},
                              {"a counter with short steps", slow, "add 1"},
                              {"a counter with steps of five", swift, "add 5"},
                              {"a counter with room for five", bounded(0, 5), "add 5"},
                              {"a counter with room for one", bounded(0, 1), "add 1"},
                              {"a counter at the end of 64 bits", at_end, "add -5"},
                              {"a counter that is full", bounded(-9, 0), "add -5"},
                              {"a counter with little room below", bounded(-1, 0), "add -1"},
                              {"a counter that never moves", bounded(0, 0), ""}};
  for (const auto& one : rows) {
    INFO(one.name);
    const auto example = kind_of(one.declared.kind).example(one.declared);
    CHECK(example == one.example);
    if (example.empty()) {
      continue;
    }
    std::vector<std::string> words;
    std::istringstream from{example};
    for (std::string word; from >> word;) {
      words.push_back(word);
    }
    one_variable at{one.declared};
    const auto parsed = parse_mutation(at.rules->names(), key_of(0).id(), "v", words.front(),
                                       std::span{words}.subspan(1));
    REQUIRE(parsed);
    CHECK(at.apply(parsed->operation.value(), parsed->arguments).applied());
  }
}

TEST_CASE("a counter stays within its bounds, its steps, and 64 bits") {
  auto bounded = declared("v", variable_kind::counter);
  bounded.min = -2;
  bounded.max = 5;
  bounded.step_max = 4;
  bounded.initial = 1;
  one_variable at{bounded};
  const auto now = [&at] {
    const auto stored = at.state.get(path_of(variable_id{1}, {}));
    return stored ? static_cast<std::int64_t>(read_stored_number(*stored).value()) : 1;
  };
  CHECK(at.apply(0, {std::int64_t{5}}).code == errc::out_of_bounds);
  CHECK(at.apply(0, {std::int64_t{-5}}).code == errc::out_of_bounds);
  CHECK(at.apply(0, {lowest}).code == errc::out_of_bounds);
  CHECK(now() == 1);
  CHECK(at.apply(0, {std::int64_t{4}}).applied());
  CHECK(now() == 5);
  CHECK(at.apply(0, {std::int64_t{1}}).reason == "6 is above the most, 5");
  CHECK(at.apply(0, {std::int64_t{-4}}).applied());
  CHECK(at.apply(0, {std::int64_t{-3}}).applied());
  CHECK(now() == -2);
  CHECK(at.apply(0, {std::int64_t{-1}}).reason == "-3 is below the least, -2");
  CHECK(now() == -2);
  auto in_steps = declared("v", variable_kind::counter);
  in_steps.step_max = 4;
  one_variable steps{in_steps};
  CHECK(steps.apply(0, {lowest}).code == errc::out_of_bounds);
  CHECK(steps.apply(0, {highest}).code == errc::out_of_bounds);
  one_variable free{declared("v", variable_kind::counter)};
  CHECK(free.apply(0, {highest}).applied());
  CHECK(free.apply(0, {std::int64_t{1}}).reason == "more than 64 bits");
  CHECK(free.apply(0, {lowest}).applied());
  CHECK(free.apply(0, {lowest}).reason == "more than 64 bits");
}

TEST_CASE("who may write what: members, those listed, anyone, and each below his own name") {
  one_variable members{small(variable_kind::reg)};
  CHECK(members.apply(0, {text("x")}, 0).applied());
  CHECK(members.apply(0, {text("x")}, 9).code == errc::not_a_writer);
  auto some = small(variable_kind::reg, writers::listed);
  some.listed = {key_of(9).id()};
  one_variable listed{some};
  CHECK(listed.apply(0, {text("x")}, 9).applied());
  CHECK(listed.apply(0, {text("x")}, 0).code == errc::not_a_writer);
  one_variable anyone{small(variable_kind::reg, writers::anyone)};
  CHECK(anyone.apply(0, {text("x")}, 9).applied());
  auto own = small(variable_kind::map, writers::own_entries);
  own.key_size = 100;
  one_variable each{own};
  const auto mine = own_prefix(key_of(9).id());
  CHECK(each.apply(0, {text(mine + "k"), text("v")}, 9).applied());
  CHECK(each.apply(0, {text(mine), text("v")}, 9).code == errc::not_a_writer);
  CHECK(each.apply(0, {text(mine + "k"), text("v")}, 8).code == errc::not_a_writer);
  CHECK(each.apply(1, {text(mine + "k")}, 8).code == errc::not_a_writer);
  CHECK(each.apply(0, {text("k"), text("v")}, 9).code == errc::not_a_writer);
  CHECK(each.apply(1, {text(mine + "k")}, 9).applied());
}

TEST_CASE("a mutation of no variable, no operation, or with other arguments is refused") {
  one_variable at{small(variable_kind::map)};
  CHECK(at.apply(0, {text("k"), text("v")}, 0, 0).code == errc::unknown_variable);
  CHECK(at.apply(0, {text("k"), text("v")}, 0, 2).code == errc::unknown_variable);
  CHECK(at.apply(2, {text("k")}).code == errc::unknown_operation);
  CHECK(at.apply(0, {text("k")}).code == errc::wrong_arguments);
  CHECK(at.apply(0, {text("k"), text("v"), text("v")}).code == errc::wrong_arguments);
  CHECK(at.apply(0, {text("k"), std::int64_t{1}}).code == errc::wrong_arguments);
}

TEST_CASE("a declaration that makes no sense does not compile, and its limits do") {
  struct row {
    const char* name;
    bool compiles;
    void (*change)(variable_declaration&);
  };
  const row rows[] = {
    {"no value", false, [](auto& of) { of.value_size = 0; }},
    {"the largest value", true, [](auto& of) { of.value_size = value_size_max; }},
    {"a larger one", false, [](auto& of) { of.value_size = value_size_max + 1; }},
    {"no key", false, [](auto& of) { of.key_size = 0; }},
    {"the largest key", true, [](auto& of) { of.key_size = key_size_max; }},
    {"a larger one", false, [](auto& of) { of.key_size = key_size_max + 1; }},
    {"no entries", false, [](auto& of) { of.entries = 0; }},
    {"own entries", true,
     [](auto& of) {
       of.writers = writers::own_entries;
       of.key_size = 54;
     }},
    {"own entries without room behind the name", false,
     [](auto& of) {
       of.writers = writers::own_entries;
       of.key_size = 53;
     }},
    {"own entries of a set", true,
     [](auto& of) {
       of.writers = writers::own_entries;
       of.kind = variable_kind::set;
       of.key_size = 54;
     }},
    {"own entries of a register", false,
     [](auto& of) {
       of.writers = writers::own_entries;
       of.kind = variable_kind::reg;
       of.key_size = 100;
     }},
    {"a counter that begins at its least and most", true,
     [](auto& of) {
       of.kind = variable_kind::counter;
       of.min = 0;
       of.max = 0;
     }},
    {"below its least", false,
     [](auto& of) {
       of.kind = variable_kind::counter;
       of.min = 1;
     }},
    {"above its most", false,
     [](auto& of) {
       of.kind = variable_kind::counter;
       of.max = -1;
     }},
    {"no step", false,
     [](auto& of) {
       of.kind = variable_kind::counter;
       of.step_max = 0;
     }},
    {"the least step", true,
     [](auto& of) {
       of.kind = variable_kind::counter;
       of.step_max = 1;
     }},
    {"an operation of its own without a rule", false,
     [](auto& of) {
       of.kind = variable_kind::custom;
       of.operations = {{"mark", {argument_kind::byte_string}}};
     }},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    auto of = small(variable_kind::map);
    one.change(of);
    CHECK(compile_rules(one_variable::with(of)).has_value() == one.compiles);
  }
}

TEST_CASE("a rule is placed once, at a custom operation that the genesis declares") {
  auto board = declared("board", variable_kind::custom);
  board.operations = {{"mark", {argument_kind::byte_string}}, {"wipe", {}}};
  auto from = one_variable::with(board);
  from.variables.push_back(declared("motto", variable_kind::reg));
  const rule fine = [](state_edit&, const call&) { return permit(); };
  const auto compiled = [&](const std::vector<std::pair<const char*, const char*>>& places) {
    rules mine{"test", 1};
    for (const auto& [variable, operation] : places) {
      mine.on(variable, operation, fine);
    }
    return compile_rules(from, mine);
  };
  CHECK(compiled({{"board", "mark"}, {"board", "wipe"}}));
  const auto refused = [&](const std::vector<std::pair<const char*, const char*>>& places,
                           errc code, const char* why) {
    const auto how = compiled(places);
    REQUIRE_FALSE(how);
    CHECK(how.error().code == code);
    CHECK_THAT(how.error().detail, Catch::Contains(why));
  };
  refused({}, errc::unknown_operation, "\"board mark\" is custom and has no rule");
  refused({{"board", "mark"}}, errc::unknown_operation, "\"board wipe\" is custom and has no rule");
  refused({{"board", "mark"}, {"board", "mark"}}, errc::unknown_operation, "has two rules");
  refused({{"board", "none"}}, errc::unknown_operation, "no custom \"board none\" is declared");
  refused({{"motto", "set"}}, errc::unknown_operation, "no custom \"motto set\" is declared");
  refused({{"nothing", "set"}}, errc::unknown_variable, "");
  CHECK(network_id_of(from, {}) == network_of(from));
  auto odd = from;
  odd.variables[1].operations = {{"set", {argument_kind::byte_string}}};
  rules on_motto{"test", 1};
  on_motto.on("motto", "set", fine);
  CHECK(compile_rules(odd, on_motto).error().code == errc::unknown_operation);
  rules empty{"test", 1};
  empty.on("board", "mark", rule{});
  CHECK_THAT(compile_rules(from, empty).error().detail, Catch::Contains("has an empty rule"));
}
