#include "actors/notary/executor.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// The form of what comes from others and of what is kept, to the byte and the entry: bodies of batches, the
// books of quotas, answers.

namespace caucus::testing {
namespace {

// -- bodies --------------------------------------------------------------------------------------

/// Of one mutation, encoded in so many bytes.
bytes mutation_of(std::size_t size) {
  const auto made = [](std::size_t text) {
    return encode(mutation{variable_id{1}, operation_id{0}, {bytes(text)}});
  };
  return made(size - made(0).size());
}

bool is_taken(const bytes& body, std::size_t count) {
  batch_header header;
  header.number = batch_number{1};
  header.mutation_count = static_cast<std::uint32_t>(count);
  header.body_size = static_cast<std::uint32_t>(body.size());
  return check_body(header, body).has_value();
}

TEST_CASE("a body has so many mutations and bytes, and no more") {
  const auto least = encode(mutation{variable_id{1}, operation_id{0}, {}});
  bytes many;
  for (std::size_t i = 0; i < mutations_per_batch_max; ++i) {
    append_mutation(many, least);
  }
  CHECK(is_taken(many, mutations_per_batch_max));
  append_mutation(many, least);
  REQUIRE(many.size() < batch_body_size_max);
  CHECK_FALSE(is_taken(many, mutations_per_batch_max + 1));

  constexpr std::size_t share = batch_body_size_max / 8;
  for (const std::size_t more : {0U, 1U}) {
    bytes large;
    for (std::size_t i = 0; i < 8; ++i) {
      append_mutation(large, mutation_of(share - 4 + (i == 0 ? more : 0)));
    }
    REQUIRE(large.size() == batch_body_size_max + more);
    CHECK(is_taken(large, 8) == (more == 0));
  }
}

TEST_CASE("a body of nothing, and one whose parts are no mutations, is none") {
  CHECK_FALSE(is_taken({}, 0));
  bytes body;
  append_mutation(body, mutation_of(30));
  CHECK(is_taken(body, 1));
  append_mutation(body, as_bytes("of some bytes, which say nothing"));
  CHECK_FALSE(is_taken(body, 2));
}

// -- the books of quotas -------------------------------------------------------------------------

TEST_CASE(
  "a mutation of the group has a mark that no other has, and programs of before cannot read") {
  const mutation plain{variable_id{0}, operation_id{1}, {bytes{std::byte{7}}}};
  auto marked = plain;
  marked.of_group = true;
  const auto old = encode(plain);
  const auto raw = encode(marked);
  CHECK(raw.size() == old.size() + 4);
  CHECK(std::equal(raw.begin() + 3, raw.begin() + 7, bytes(4, std::byte{0xFF}).begin()));
  mutation_view read;
  REQUIRE_FALSE(read_mutation(raw, read));
  CHECK(read.of_group);
  CHECK(to_mutation(read) == marked);
  CHECK(decode<mutation>(raw) == marked);
  REQUIRE_FALSE(read_mutation(old, read)); // unknown_variable, as it always was
  CHECK_FALSE(read.of_group);
  CHECK(decode<mutation>(old) == plain);
  INFO("of variable 0 alone, and once");
  auto other = raw;
  other[0] = std::byte{1};
  CHECK(read_mutation(other, read) == errc::out_of_range);
  CHECK(decode<mutation>(other).error().code == errc::out_of_range);
  auto twice = raw;
  twice.insert(twice.begin() + 3, 4, std::byte{0xFF});
  CHECK(read_mutation(twice, read) == errc::too_long);
  CHECK(decode<mutation>(twice).error().code == errc::too_long);
  const bytes cut(raw.begin(), raw.begin() + 9);
  CHECK(read_mutation(cut, read) == errc::truncated);
  marked.variable = variable_id{3};
  CHECK_FALSE(try_encode(marked));
}

TEST_CASE("the books of a quota are 16 bytes, and of those who have written") {
  auto from = small_genesis();
  from.limits = quotas{{9'000, 1}, {5'000, 1}};
  const auto rules = compile_rules(from).value();
  const auto author = key_of(1).id();
  bytes books(16);
  books[0] = std::byte{7};
  books[8] = std::byte{3};
  const quota_level level{7, wall_ms{3}};
  for (const std::size_t size : {15U, 16U, 17U}) {
    INFO(size);
    books.resize(size);
    state_tree state{rules->variable_count()};
    const auto put = [&](const bytes& key, const bytes& value) {
      state.put(path_of(bookkeeping, key), key, value);
    };
    auto key = bytes{author.raw.begin(), author.raw.end()};
    put(key, stored_number(5));
    key.push_back(std::byte{'q'});
    put(key, books);
    put({std::byte{'q'}}, books);
    const auto room = quota_room_of(*rules, *rules->first_voters(), state, wall_ms{9});
    REQUIRE(room);
    CHECK(room->strangers == (size == 16 ? level : quota_level{}));
    REQUIRE(room->authors.size() == 1);
    CHECK(room->authors.at(author).last == batch_number{5});
    CHECK(room->authors.at(author).level == (size == 16 ? level : quota_level{}));
  }
}

// -- answers -------------------------------------------------------------------------------------

/// An answer that a quorum signed, of a state with these entries of the variable of this number.
answer signed_answer(const group& g, std::uint16_t variable,
                     const std::vector<std::pair<bytes, bytes>>& entries) {
  const variable_id id{variable};
  state_tree state{g.from().variables.size() + 1};
  for (const auto& [key, value] : entries) {
    state.put(path_of(id, key), key, value);
  }
  answer out;
  out.variable = g.from().variables[variable - 1U].name;
  out.header = g.blocks.back()->header;
  out.header.state_root = state.root();
  out.finalization = g.finalization_of(out.header);
  for (const auto& [key, value] : entries) {
    out.entries.push_back({key, value, state.prove(path_of(id, key)).value()});
  }
  return out;
}

errc judged(const group& g, const answer& what) {
  const auto good = g.verified(what);
  return good ? errc{} : good.error().code;
}

TEST_CASE("an answer has at most so many entries, and all of a variable that has no more") {
  group g;
  g.order();
  for (const std::size_t count : {entries_per_answer_max, entries_per_answer_max + 1}) {
    INFO(count);
    std::vector<std::pair<bytes, bytes>> entries{{bytes{}, stored_number(count)}};
    for (std::size_t i = 0; i < count; ++i) {
      entries.emplace_back(stored_number(i), bytes{});
    }
    const auto what = signed_answer(g, 3, entries);
    CHECK(judged(g, what) == (count == entries_per_answer_max ? errc{} : errc::bad_proof));
  }
}

TEST_CASE("what no rules let a state hold is no answer, though a quorum signed it") {
  auto from = small_genesis();
  from.variables[0].max = 9; // of score; it has min 0
  from.variables[2].entries = 2;
  for (auto& one : from.variables) {
    one.value_size = 4;
    one.key_size = 64;
  }
  group g{from};
  g.order();
  struct row {
    const char* name;
    std::uint16_t variable;
    bytes key;
    bytes value;
    bool good;
  };
  const row rows[] = {
    {"a counter's least", 1, {}, stored_number(0), true},
    {"a counter's most", 1, {}, stored_number(9), true},
    {"a counter above it", 1, {}, stored_number(10), false},
    {"a counter below it", 1, {}, stored_number(~std::uint64_t{0}), false},
    {"a counter of seven bytes", 1, {}, bytes(7), false},
    {"a register's longest value", 2, {}, bytes(4), true},
    {"a longer one", 2, {}, bytes(5), false},
    {"a set's element of the longest key", 3, bytes(64), {}, true},
    {"one of a longer key", 3, bytes(65), {}, false},
    {"an element with a value", 3, bytes(1), bytes(1), false},
    {"more elements than a set may have", 3, {}, stored_number(3), false},
    {"a map's longest value", 4, bytes(1), bytes(4), true},
    {"a longer one of a map", 4, bytes(1), bytes(5), false},
    {"what an opaque one never has", 5, {}, stored_number(0), false},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    CHECK(judged(g, signed_answer(g, one.variable, {{one.key, one.value}}))
          == (one.good ? errc{} : errc::bad_proof));
  }
}

} // namespace
} // namespace caucus::testing
