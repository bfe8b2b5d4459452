#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include "actors/notary/executor.hpp"
#include "actors/notary/record_codec.hpp"
#include "actors/notary/rules_name.hpp"
#include "runtime/base/text.hpp"
#include "runtime/variables/rules_text.hpp"

#include <rapidcheck.h>

#include <map>

using namespace caucus;
using namespace caucus::testing;

namespace {

bytes bytes_of(std::string_view text) {
  const auto raw = as_bytes(text);
  return {raw.begin(), raw.end()};
}

using model = std::map<std::pair<std::uint16_t, std::string>, std::string>;

digest rebuilt(const model& of) {
  state_tree fresh{4};
  for (const auto& [key, value] : of) {
    fresh.put(path_of(variable_id{key.first}, as_bytes(key.second)), as_bytes(key.second),
              as_bytes(value));
  }
  return fresh.root();
}

/// Flips every bit of the answer's bytes in turn; how many of the results still verify as an answer
/// to what was asked. (The proof that a key is absent may be one for another absent key too.)
std::size_t tampered_that_pass(const group& g, const answer& honest) {
  auto raw = encode(honest);
  std::size_t passed = 0;
  for (std::size_t i = 0; i < raw.size() * 8; ++i) {
    raw[i / 8] ^= static_cast<std::byte>(1U << i % 8);
    if (const auto lie = decode<answer>(raw); lie && !lie->entries.empty()) {
      const bool asked = lie->entries.front().key == honest.entries.front().key;
      passed += g.verified(*lie).has_value() && asked ? 1 : 0;
    }
    raw[i / 8] ^= static_cast<std::byte>(1U << i % 8);
  }
  return passed;
}

} // namespace

TEST_CASE("a place's hash is that of its entries alone, or of its two halves") {
  rc::check([] {
    state_tree tree{4};
    const auto count = *rc::gen::inRange(0, 60);
    for (int i = 0; i < count; ++i) {
      const variable_id in{*rc::gen::inRange<std::uint16_t>(0, 4)};
      const auto key = "k" + std::to_string(*rc::gen::inRange(0, 1'000));
      tree.put(path_of(in, as_bytes(key)), as_bytes(key), as_bytes("v" + std::to_string(i)));
    }
    static_cast<void>(tree.root());
    std::vector<state_place> open{state_place{}};
    while (!open.empty()) {
      const auto at = open.back();
      open.pop_back();
      state_tree alone{4};
      std::uint64_t below = 0;
      const bool all = tree.each_at(at, [&](variable_id in, const entry_view& one) {
        const auto path = path_of(in, one.key);
        RC_ASSERT(is_in(at, path));
        alone.put(path, one.key, one.value);
        return ++below < 1'000;
      });
      RC_ASSERT(all && is_well_formed(at));
      static_cast<void>(alone.root());
      RC_ASSERT(alone.hash_at(at) == tree.hash_at(at));
      RC_ASSERT((tree.hash_at(at).is_zero()) == (below == 0));
      if (below > 1) {
        const auto left = half_of(at, false);
        const auto right = half_of(at, true);
        RC_ASSERT(digest_of_halves(tree.hash_at(left), tree.hash_at(right)) == tree.hash_at(at));
        open.push_back(left);
        open.push_back(right);
      } else if (below == 1 && at.depth < path_bits) { // a lone leaf is in one of the halves
        RC_ASSERT((tree.hash_at(half_of(at, false)) == tree.hash_at(at))
                  != (tree.hash_at(half_of(at, true)) == tree.hash_at(at)));
      }
    }
    RC_ASSERT(tree.hash_at({}) == tree.root());
  });
}

TEST_CASE("what is below a place can be erased, and nothing else") {
  rc::check([] {
    state_tree tree{4};
    const auto count = *rc::gen::inRange(1, 60);
    for (int i = 0; i < count; ++i) {
      const variable_id in{*rc::gen::inRange<std::uint16_t>(0, 4)};
      const auto key = "k" + std::to_string(*rc::gen::inRange(0, 1'000));
      tree.put(path_of(in, as_bytes(key)), as_bytes(key), as_bytes("v"));
    }
    state_place at;
    for (auto depth = *rc::gen::inRange(0, 24); depth > 0; --depth) {
      at = half_of(at, *rc::gen::arbitrary<bool>());
    }
    state_tree rest{4};
    static_cast<void>(tree.each_at({}, [&](variable_id in, const entry_view& one) {
      if (const auto path = path_of(in, one.key); !is_in(at, path)) {
        rest.put(path, one.key, one.value);
      }
      return true;
    }));
    tree.clear_at(at);
    RC_ASSERT(tree.root() == rest.root());
    RC_ASSERT(tree.entry_count() == rest.entry_count());
    RC_ASSERT(tree.size() == rest.size());
  });
}

TEST_CASE("a place has no bits behind its depth") {
  state_place at = half_of(half_of({}, true), false);
  CHECK(is_well_formed(at));
  at.path.raw[31] = std::byte{1};
  CHECK_FALSE(is_well_formed(at));
  at = {};
  at.depth = path_bits + 1;
  CHECK_FALSE(is_well_formed(at));
  state_tree few{2};
  static_cast<void>(few.root());
  const auto beyond = half_of(half_of({}, true), true); // variables that there are none of
  CHECK(few.hash_at(beyond).is_zero());
  at = beyond;
  while (at.depth < 20) {
    at = half_of(at, true);
  }
  CHECK(few.hash_at(at).is_zero());
  CHECK(few.each_at(at, [](variable_id, const entry_view&) { return false; }));
}

TEST_CASE("the incremental tree has the root of one built anew, on every branch") {
  rc::check([] {
    std::vector<std::pair<state_tree, model>> versions{{state_tree{4}, {}}};
    const auto steps = *rc::gen::inRange(1, 40);
    for (int i = 0; i < steps; ++i) {
      const auto from = *rc::gen::inRange<std::size_t>(0, versions.size());
      auto [tree, entries] = versions[from]; // a branch of any earlier version
      const auto changes = *rc::gen::inRange(1, 20);
      for (int j = 0; j < changes; ++j) {
        const auto variable = *rc::gen::inRange<std::uint16_t>(0, 4);
        const auto key = std::to_string(*rc::gen::inRange(0, 30));
        const auto path = path_of(variable_id{variable}, as_bytes(key));
        if (*rc::gen::inRange(0, 3) == 0) {
          RC_ASSERT(tree.erase(path) == (entries.erase({variable, key}) == 1));
        } else {
          const auto value = std::to_string(*rc::gen::inRange(0, 1000));
          tree.put(path, as_bytes(key), as_bytes(value));
          entries[{variable, key}] = value;
        }
      }
      RC_ASSERT(tree.root() == rebuilt(entries));
      RC_ASSERT(tree.entry_count() == entries.size());
      versions.emplace_back(tree, entries);
    }
    for (const auto& [tree, entries] : versions) { // nobody changed another's
      RC_ASSERT(tree.sealed_root() == rebuilt(entries));
    }
  });
}

TEST_CASE("every key is proven present with its value, or absent, and nothing else is") {
  rc::check([] {
    state_tree tree{4};
    model entries;
    for (int i = 0, count = *rc::gen::inRange(0, 60); i < count; ++i) {
      const auto variable = *rc::gen::inRange<std::uint16_t>(0, 4);
      const auto key = std::to_string(*rc::gen::inRange(0, 40));
      entries[{variable, key}] = key + "!";
      tree.put(path_of(variable_id{variable}, as_bytes(key)), as_bytes(key),
               as_bytes(entries[{variable, key}]));
    }
    const auto root = tree.root();
    for (std::uint16_t variable = 0; variable < 4; ++variable) {
      for (int i = 0; i < 40; ++i) {
        const auto key = std::to_string(i);
        const auto proof = tree.prove(path_of(variable_id{variable}, as_bytes(key)));
        RC_ASSERT(proof.has_value());
        const auto found = entries.find({variable, key});
        const auto is =
          found == entries.end() ? std::nullopt : std::optional{as_bytes(found->second)};
        const auto other = is ? std::nullopt : std::optional{as_bytes("forged")};
        RC_ASSERT(check_proof(root, variable_id{variable}, as_bytes(key), is, *proof));
        RC_ASSERT(!check_proof(root, variable_id{variable}, as_bytes(key), other, *proof));
        RC_ASSERT(
          !check_proof(root, variable_id{variable}, as_bytes(key), as_bytes("forged"), *proof));
      }
    }
  });
}

TEST_CASE("golden: the state root of known entries") {
  state_tree tree{3};
  CHECK(tree.root() == digest{});
  const auto put = [&](std::uint16_t variable, std::string_view key, std::string_view value) {
    tree.put(path_of(variable_id{variable}, as_bytes(key)), as_bytes(key), as_bytes(value));
  };
  put(1, "", "alone");
  const auto alone = tree.root();
  CHECK(to_hex(alone.view()) == "e46e2a418f2a93ffad2cef326ad7034c22ed3f005444dc27436ccd8c0a2a4f6f");
  put(1, "a", "1");
  put(2, "", "two");
  put(2, "b", "");
  CHECK(to_hex(tree.root().view())
        == "057b85a002a9884021e4d46fe4c179e50089f7a0b872d0cca710c3de43a3be8b");
  for (const auto* key : {"a"}) {
    CHECK(tree.erase(path_of(variable_id{1}, as_bytes(key))));
  }
  CHECK(tree.erase(path_of(variable_id{2}, as_bytes(""))));
  CHECK(tree.erase(path_of(variable_id{2}, as_bytes("b"))));
  CHECK(tree.root() == alone);
}

TEST_CASE("a flipped bit anywhere in an answer fails its verification") {
  group g;
  static_cast<void>(g.propose(0, "tags", "insert", {"a"}));
  static_cast<void>(g.propose(0, "tags", "insert", {"b"}));
  static_cast<void>(g.propose(0, "motto", "set", {"x"}));
  g.order();
  const auto whole = g.get(0, "tags", {}, true);
  const auto absent = g.get(0, "tags", "nobody");
  g.run();
  CHECK(tampered_that_pass(g, **g.answer_for(0, whole)) == 0);
  CHECK(tampered_that_pass(g, **g.answer_for(0, absent)) == 0);
}

TEST_CASE("anyone can be shown one receipt under the next header's receipts root") {
  group g;
  for (int i = 0; i < 7; ++i) {
    static_cast<void>(g.propose(0, "score", "add", {std::to_string(i * 2)}));
  }
  g.order();
  const auto& block = *g.at(0).kept.ledger.at(0);
  const auto root = g.at(0).kept.ledger.at(1)->block->header.receipts_root;
  REQUIRE(block.mutation_count == 7);
  for (std::uint32_t i = 0; i < 7; ++i) {
    const auto became = receipt_of(block, i);
    CHECK((became.status == receipt_status::refused) == (i * 2 > 10));
    CHECK(check_leaf(root, receipt_digest(became), prove_receipt(block, i)));
    auto forged = became;
    forged.index = 99;
    CHECK_FALSE(check_leaf(root, receipt_digest(forged), prove_receipt(block, i)));
    CHECK(receipt_digest(became) == merkle_leaf(encode(became)));
  }
}

TEST_CASE("the mutation reader takes exactly what the archive takes, and reads the same") {
  rc::check([] {
    mutation one{variable_id{*rc::gen::arbitrary<std::uint16_t>()},
                 operation_id{*rc::gen::arbitrary<std::uint8_t>()},
                 {}};
    for (int i = 0, count = *rc::gen::inRange(0, 9); i < count; ++i) {
      if (*rc::gen::arbitrary<bool>()) {
        one.arguments.emplace_back(*rc::gen::arbitrary<std::int64_t>());
      } else {
        one.arguments.emplace_back(bytes(*rc::gen::inRange<std::size_t>(0, 20)));
      }
    }
    auto raw = encode(one);
    mutation_view read;
    RC_ASSERT(!read_mutation(raw, read));
    RC_ASSERT(to_mutation(read) == one);
    raw[*rc::gen::inRange<std::size_t>(0, raw.size())] ^= std::byte{1};
    const auto whole = decode<mutation>(raw);
    const auto failure = read_mutation(raw, read);
    RC_ASSERT(whole.has_value() == !failure.has_value());
    RC_ASSERT(!whole || to_mutation(read) == *whole);
  });
}

TEST_CASE("a custom rule decides, keeps nothing of what it refuses, and may throw") {
  auto from = small_genesis();
  auto board = declared("board", variable_kind::custom);
  board.operations = {{"mark", {argument_kind::byte_string}}};
  board.entries = 2;
  from.variables.push_back(board);
  rules mine{"test", 1};
  mine.on("board", "mark", [](state_edit& on, const call& by) -> result<void> {
    const auto cell = by.arguments[0].text();
    on.put("last", cell);
    on.put(cell, "X");
    if (cell == "throw") {
      throw std::runtime_error{"oops"};
    }
    if (cell == "throw 7") {
      throw 7; // NOLINT(hicpp-exception-baseclass): a mistake that users make
    }
    return cell == "bad" ? refuse("not there") : permit();
  });
  CHECK(compile_rules(from).error().code == errc::unknown_operation);
  CHECK(network_id_of(from, mine) != network_id_of(from, {}));
  CHECK(has_own_rules(from));
  CHECK_FALSE(has_own_rules(small_genesis()));
  CHECK(network_id_with(from, *rules_id_from_text("test:1")) == network_id_of(from, mine));
  CHECK(network_id_with(from, *rules_id_from_text("test:2")) != network_id_of(from, mine));
  group g{from, 0, mine};
  const auto good = g.propose(0, "board", "mark", {"a1"});
  const auto bad = g.propose(0, "board", "mark", {"bad"});
  const auto thrown = g.propose(0, "board", "mark", {"throw"});
  const auto number = g.propose(0, "board", "mark", {"throw 7"});
  const auto full = g.propose(0, "board", "mark", {"b2"});
  g.order();
  CHECK(g.receipt_for(0, good)->status == receipt_status::applied);
  CHECK(g.receipt_for(0, bad)->reason == "not there");
  CHECK(g.receipt_for(0, thrown)->code == errc::refused_by_rule);
  CHECK(g.receipt_for(0, number)->code == errc::refused_by_rule);
  CHECK(g.receipt_for(0, full)->code == errc::out_of_bounds);
  const auto tag = g.get(2, "board", "last");
  const auto whole = g.get(2, "board", {}, true);
  g.run();
  CHECK(g.value_for(2, tag) == "a1");
  CHECK(g.verified(**g.answer_for(2, whole))->entries.size() == 3);
}

TEST_CASE("a custom rule reads every variable as its mutation finds it, and the committee's size") {
  auto from = small_genesis();
  auto board = declared("board", variable_kind::custom);
  board.operations = {{"look", {argument_kind::byte_string}}};
  from.variables.push_back(board);
  rules mine{"test", 1};
  mine.on("board", "look", [](state_edit& on, const call& by) -> result<void> {
    const auto shown = [](const std::optional<std::string_view>& what) {
      return what ? std::string{*what} : std::string{"-"};
    };
    const auto number = [&by](const char* of) {
      const auto told = by.state.number(of);
      return told ? std::to_string(*told) : std::string{"-"};
    };
    on.put("mine", "new");
    on.put(by.arguments[0].text(),
           number("score") + " " + shown(by.state.text("motto")) + " " + number("tags") + " "
             + shown(by.state.text("tags", "blue")) + shown(by.state.text("tags", "red")) + " "
             + number("board") + " " + shown(by.state.text("board", "mine")) + " "
             + std::to_string(by.members) + " " + number("motto") + shown(by.state.text("score"))
             + number("nothing") + shown(by.state.text("tags", "")));
    return permit();
  });
  group g{from, 0, mine};
  static_cast<void>(g.propose(0, "board", "look", {"first"}));
  static_cast<void>(g.propose(0, "score", "add", {"5"}));
  static_cast<void>(g.propose(0, "motto", "set", {"slow"}));
  static_cast<void>(g.propose(0, "tags", "insert", {"blue"}));
  const auto last = g.propose(0, "board", "look", {"second"}); // in the same block
  g.order();
  CHECK(g.receipt_for(0, last)->status == receipt_status::applied);
  for (const std::size_t node : {0U, 1U, 2U}) { // and on each alike
    const auto first = g.get(node, "board", "first");
    const auto second = g.get(node, "board", "second");
    g.run();
    CHECK(g.value_for(node, first) == "0 - 0 -- 0 - 4 ----");
    CHECK(g.value_for(node, second) == "5 slow 1 - 2 new 4 ----");
  }
}

TEST_CASE(
  "a journal record begins with its kind's number of before, and other numbers are refused") {
  struct row {
    const char* name;
    notary_record record;
    std::uint8_t kind;
  };
  const auto some = std::make_shared<const batch>();
  const row rows[]{{"held", held_record{some}, 1},      {"own", own_record{some, {}}, 2},
                   {"settled", settled_record{}, 3},    {"receipt", receipt_record{}, 4},
                   {"ceiling", ceiling_record{}, 5},    {"evidence", evidence_record{}, 6},
                   {"overtaken", overtaken_record{}, 7}};
  for (const auto& one : rows) {
    INFO(one.name);
    const auto raw = encode_notary_record(one.record);
    REQUIRE_FALSE(raw.empty());
    CHECK(std::to_integer<unsigned>(raw.front()) == one.kind);
  }
  for (const auto kind : {0U, 8U, 255U}) {
    const auto back = decode_notary_record(bytes{static_cast<std::byte>(kind)});
    REQUIRE_FALSE(back);
    CHECK(back.error().code == errc::file_malformed);
  }
}

TEST_CASE("journal records and final blocks come back as they were written") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"1"}, "id"));
  static_cast<void>(g.propose(0, "score", "add", {"99"}));
  static_cast<void>(g.propose(1, "score", "add", {"2"}));
  g.order();
  for (const auto& one : g.at(0).kept.journal) {
    const auto raw = encode_notary_record(one);
    const auto back = decode_notary_record(raw);
    REQUIRE(back);
    CHECK(back->index() == one.index());
    CHECK(encode_notary_record(*back) == raw);
    CHECK_FALSE(decode_notary_record(bytes_view{raw}.first(raw.size() - 1)));
  }
  for (const auto& one : g.at(0).kept.ledger) {
    const auto raw = encode_final(*one);
    const auto back = decode_final(raw);
    REQUIRE(back);
    CHECK((*back)->id == one->id);
    CHECK((*back)->refused == one->refused);
    CHECK((*back)->state_root == one->state_root);
    CHECK(encode_final(**back) == raw);
    CHECK_FALSE(decode_final(bytes_view{raw}.first(raw.size() - 1)));
  }
}

TEST_CASE(
  "a final block that lists nothing takes little more than its certificate, and comes back whole") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  g.make_final(g.make_block({}));
  for (std::size_t i = 1; i < 3; ++i) { // the first certifies receipts, the second none
    const auto& one = *g.at(0).kept.ledger.at(i);
    REQUIRE(one.batches.empty());
    const auto raw = encode_final(one);
    CHECK(raw.size() == 113 + (i == 1 ? 32 : 0) + 8 + 3 * 64);
    const auto back = decode_final(raw);
    REQUIRE(back);
    CHECK((*back)->id == one.id);
    CHECK(*(*back)->block == *one.block);
    CHECK((*back)->finalization == one.finalization);
    CHECK((*back)->state_root == one.state_root);
    CHECK((*back)->receipts_root == one.receipts_root);
    CHECK((*back)->mutations_so_far == one.mutations_so_far);
    for (std::size_t cut = 0; cut < raw.size(); ++cut) {
      CHECK_FALSE(decode_final(bytes_view{raw}.first(cut)));
    }
    auto bare = one;
    bare.finalization.reset();
    CHECK(encode_final(bare).size() == 113 + (i == 1 ? 32 : 0));
    CHECK_FALSE(decode_final(encode_final(bare)).value()->finalization);
    auto other = one; // whatever does not follow from its header is written at length
    other.finalization->subject.view = view{77};
    CHECK(encode_final(other).size() > 500);
    CHECK(decode_final(encode_final(other)).value()->finalization == other.finalization);
  }
}

TEST_CASE("the form in which former versions wrote a block that lists nothing is still read") {
  group g;
  g.make_final(g.make_block({}));
  const auto& one = *g.at(0).kept.ledger.at(0);
  bytes former = encode(*one.block);
  for (const auto& part :
       {bytes{std::byte{1}}, encode(*one.finalization), bytes(4), bytes(4), bytes(8),
        bytes{one.state_root.raw.begin(), one.state_root.raw.end()}, bytes(32)}) {
    former.insert(former.end(), part.begin(), part.end());
  }
  const auto back = decode_final(former);
  REQUIRE(back);
  CHECK((*back)->id == one.id);
  CHECK((*back)->finalization == one.finalization);
}

TEST_CASE("names: what is wrong is named with what is allowed") {
  const catalog names{small_genesis()};
  const auto who = key_of(0).id();
  const auto parsed = [&](const char* variable, const char* operation,
                          std::vector<std::string> arguments) {
    return parse_mutation(names, who, variable, operation, arguments);
  };
  CHECK_THAT(parsed("scroe", "add", {"1"}).error().detail, Catch::Contains("\"score\""));
  CHECK_THAT(parsed("score", "ad", {"1"}).error().detail, Catch::Contains("\"add\""));
  CHECK_THAT(parsed("score", "add", {"one"}).error().detail, Catch::Contains("\"one\""));
  CHECK_THAT(parsed("score", "add", {}).error().detail, Catch::Contains("takes 1"));
  CHECK(parsed("score", "add", {"-5"})->arguments.at(0) == argument{std::int64_t{-5}});
  CHECK(own_prefix(who) == to_text(who) + "/");
  const auto own = parsed("profile", "put", {"k", "v"})->arguments.at(0);
  CHECK(shown_bytes(std::get<bytes>(own)) == to_text(who) + "/k");
}

TEST_CASE("what is put without an owner, or with what is none, is read under the same key") {
  auto of = small_genesis();
  const catalog names{of};
  const auto who = key_of(0).id();
  const auto other = to_text(key_of(1).id());
  struct row {
    std::string given;
    bool owned;
  };
  const std::vector<row> table{
    {"name", false},
    {other + "/x", true},
    {other + "/", true},
    {to_text(who) + "/x", true},
    {std::string(52, 'z') + "/x", false}, // spare bits that are not zero: nobody's id
    {std::string(52, 'A') + "/x", false},
    {std::string(52, '1') + "/x", false},
    {other + "x/", false},
    {"/" + other, false},
  };
  for (const auto& row : table) {
    INFO(row.given);
    const auto put =
      parse_mutation(names, who, "profile", "put", std::vector<std::string>{row.given, "v"});
    REQUIRE(put);
    const auto read = stored_key(names, who, "profile", row.given);
    CHECK(std::get<bytes>(put->arguments.at(0)) == bytes_of(read));
    CHECK(read == (row.owned ? "" : own_prefix(who)) + row.given);
    CHECK(stored_key(names, who, "tags", row.given) == row.given);
  }
  CHECK(stored_key(names, who, "profile", "").empty());
}
