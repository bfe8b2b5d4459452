#include "runtime/base/overloaded.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"
#include "test/catch.hpp"

#include <set>
#include <string>
#include <vector>

namespace caucus::test {

namespace {

/// "put(bytes bytes) remove(bytes)": in the order of their operation_id.
std::string operations_text(const kind_definition& kind) {
  std::string out;
  for (const auto& one : kind.operations) {
    out += (out.empty() ? "" : " ") + std::string{one.name} + "(";
    for (const auto argument : one.arguments) {
      out += out.back() == '(' ? "" : " ";
      out += argument == argument_kind::integer ? "integer" : "bytes";
    }
    out += ")";
  }
  return out;
}

std::string fields_text(const kind_definition& kind) {
  std::string out;
  for (const auto field : kind.fields) {
    out += (out.empty() ? "" : " ") + std::string{field};
  }
  return out;
}

std::string shown(const kind_definition& kind, const std::string& key, const bytes& value) {
  return std::visit(
    overloaded{[](bool there) { return std::string{there ? "there" : "not"}; },
               [](std::int64_t number) { return std::to_string(number); },
               [](bytes_view raw) {
                 return std::string{reinterpret_cast<const char*>(raw.data()), raw.size()};
               }},
    kind.show(as_bytes(key), value));
}

bytes raw(std::string_view text) {
  const auto from = as_bytes(text);
  return {from.begin(), from.end()};
}

variable_declaration of_kind(const char* word) {
  variable_declaration out;
  out.name = "v";
  out.kind = kind_named(word);
  return out;
}

} // namespace

// What travels and lies in ledgers: numbers, words, the order of operations.
TEST_CASE("each kind has the number, word, operations and fields that it always had") {
  struct row {
    unsigned number;
    const char* word;
    const char* operations;
    const char* fields;
    kind_head head;
    bool bare;
    bool own;
  };
  const std::vector<row> rows{
    {1, "register", "set(bytes)", "value_size", kind_head::value, false, false},
    {2, "counter", "add(integer)", "min max step_max initial", kind_head::number, false, false},
    {3, "set", "insert(bytes) erase(bytes)", "key_size entries", kind_head::count, true, true},
    {4, "map", "put(bytes bytes) remove(bytes)", "value_size key_size entries", kind_head::count,
     false, true},
    {5, "opaque", "post(bytes)", "value_size", kind_head::nothing, false, false},
    {6, "custom", "", "operations", kind_head::count, false, false}};
  REQUIRE(all_kinds().size() == rows.size());
  for (const auto& one : rows) {
    INFO(one.word);
    const auto& kind = kind_of(static_cast<variable_kind>(one.number));
    CHECK(static_cast<unsigned>(kind.number) == one.number);
    CHECK(kind.word == one.word);
    CHECK(operations_text(kind) == one.operations);
    CHECK(fields_text(kind) == one.fields);
    CHECK(kind.head == one.head);
    CHECK(kind.bare_entries == one.bare);
    CHECK(kind.own_entries == one.own);
    CHECK(find_kind(one.word) == &kind);
    CHECK(all_kinds()[one.number - 1] == &kind);
  }
  CHECK(find_kind("Counter") == nullptr);
  CHECK(find_kind("") == nullptr);
}

TEST_CASE("a declaration has its kind's operations, or its own where the kind has none") {
  auto board = of_kind("custom");
  board.operations = {{"mark", {argument_kind::integer}}};
  CHECK(operations_of(board) == board.operations);
  auto table = of_kind("map");
  table.operations = board.operations; // no field of a map
  CHECK(operations_of(table)
        == std::vector<operation_declaration>{
          {"put", {argument_kind::byte_string, argument_kind::byte_string}},
          {"remove", {argument_kind::byte_string}}});
}

TEST_CASE("numbers and counts are shown as integers, elements as there, all else as bytes") {
  const auto five = stored_number(5);
  const auto minus = stored_number(static_cast<std::uint64_t>(-2));
  CHECK(shown(*find_kind("counter"), "", minus) == "-2");
  CHECK(shown(*find_kind("set"), "", five) == "5");
  CHECK(shown(*find_kind("map"), "", five) == "5");
  CHECK(shown(*find_kind("custom"), "", five) == "5");
  CHECK(shown(*find_kind("set"), "blue", {}) == "there");
  CHECK(shown(*find_kind("map"), "k", raw("12345678")) == "12345678");
  CHECK(shown(*find_kind("custom"), "k", raw("v")) == "v");
  CHECK(shown(*find_kind("register"), "", raw("12345678")) == "12345678");
  INFO("what is no number is shown as it is");
  CHECK(shown(*find_kind("counter"), "", raw("seven")) == "seven");
  CHECK(shown(*find_kind("set"), "", raw("seven")) == "seven");
}

TEST_CASE("what no state has under the empty key is named") {
  const auto misfit = [](const variable_declaration& of, const bytes& value) {
    return kind_of(of.kind).misfit(of, value);
  };
  auto motto = of_kind("register");
  motto.value_size = 3;
  CHECK(misfit(motto, raw("abc")).empty());
  CHECK(misfit(motto, raw("abcd")) == "a value of that size");
  auto score = of_kind("counter");
  score.min = 1;
  score.max = 9;
  CHECK(misfit(score, stored_number(1)).empty());
  CHECK(misfit(score, stored_number(9)).empty());
  CHECK(misfit(score, stored_number(0)) == "a value of 0");
  CHECK(misfit(score, stored_number(10)) == "a value of 10");
  CHECK(misfit(score, raw("1")) == "that under no key");
  for (const auto* const word : {"set", "map", "custom"}) {
    INFO(word);
    auto tags = of_kind(word);
    tags.entries = 2;
    CHECK(misfit(tags, stored_number(2)).empty());
    CHECK(misfit(tags, stored_number(3)) == "so many entries");
    CHECK(misfit(tags, raw("2")) == "that under no key");
  }
  CHECK(misfit(of_kind("opaque"), {}) == "that under no key");
}

} // namespace caucus::test
