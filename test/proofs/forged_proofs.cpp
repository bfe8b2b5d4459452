#include "test/proofs/maker.hpp"

#include "actors/notary/proof_json.hpp"
#include "runtime/variables/catalog.hpp"

#include <functional>
#include <string>
#include <utility>

/// Answers that say what they show, under a true header, with proofs that do not lead there.

namespace caucus::testing {

namespace {

std::uint64_t& filled_at(state_proof& of, unsigned depth) {
  return depth < 64 ? of.filled_upper : of.filled_lower;
}

} // namespace

void add_forged_proofs(std::vector<proof_case>& to) {
  const auto plain = plain_group();
  const auto ruled = ruled_group();
  const auto add_to = [&to](const known_group& of, const std::string& name,
                            const std::string& reason, answer forged,
                            const std::function<void(answer&)>& how, const char* code) {
    how(forged);
    to.push_back({name, of.genesis_name, of.rules, code, reason, answer_json(of.from, forged)});
  };
  const auto add = [&](const std::string& name, const std::string& reason, const answer& of,
                       const std::function<void(answer&)>& how, const char* code = "bad_proof") {
    add_to(plain, name, reason, of, how, code);
  };
  const auto score = plain.one("score");
  const auto proof = [&](const std::string& name, const std::string& reason,
                         const std::function<void(state_proof&)>& how) {
    add("proof_" + name, reason, score, [&](answer& what) { how(what.entries[0].proof); });
  };
  add("proven_other_value", "the leaf has another value", score,
      [](answer& what) { what.entries[0].value = stored_number(8); });
  add("proven_other_leaf", "the leaf's value fits, and leads elsewhere", score, [](answer& what) {
    what.entries[0].value = stored_number(8);
    what.entries[0].proof.leaf->value = value_digest(*what.entries[0].value);
  });
  add("proven_absent", "it is present", score, [](answer& what) { what.entries[0].value.reset(); });
  add("proven_nothing_there", "its place is not empty", score, [](answer& what) {
    what.entries[0].value.reset();
    what.entries[0].proof.leaf.reset();
  });
  add("proven_present", "red is not in tags", plain.one("tags", "red"),
      [](answer& what) { what.entries[0].value = bytes{}; });
  add("proof_of_another", "the leaf of another variable", score,
      [&](answer& what) { what.entries[0].proof = plain.prove("wide", "").proof; });
  add("absence_by_another", "another's leaf, which is not on the key's way",
      plain.one("tags", "red"),
      [&](answer& what) { what.entries[0].proof = plain.prove("squares", "12").proof; });
  proof("no_leaf", "nothing stands there", [](auto& p) { p.leaf.reset(); });
  proof("deeper", "the place is one bit higher", [](auto& p) { ++p.depth; });
  proof("higher", "a sibling is left over", [](auto& p) { --p.depth; });
  proof("at_the_root", "siblings are left over", [](auto& p) { p.depth = 0; });
  proof("moved", "the leaf stands under a sibling that is empty", [](auto& p) {
    filled_at(p, p.depth - 1U) &= ~(std::uint64_t{1} << ((p.depth - 1U) % 64U));
    p.filled_lower |= std::uint64_t{1} << 63U;
  });
  proof("sibling_altered", "another sibling",
        [](auto& p) { p.siblings[0].raw[0] ^= std::byte{1}; });
  proof("last_sibling_altered", "another sibling",
        [](auto& p) { p.siblings.back().raw[31] ^= std::byte{0x80}; });
  proof("sibling_of_zeros", "what is empty is not a sibling",
        [](auto& p) { p.siblings[0] = digest{}; });
  proof("siblings_turned", "siblings come from the place up",
        [](auto& p) { std::swap(p.siblings.front(), p.siblings.back()); });
  proof("below_the_place", "filled below the place", [](auto& p) {
    p.filled_lower |= 1U;
    p.siblings.push_back(digest{});
  });
  proof("empty_below", "a leaf that is alone stands as high as it can", [](auto& p) {
    p.depth = static_cast<std::uint8_t>(p.depth + 1); // and its empty sibling is not filled
  });
  proof("path_of_another", "the leaf is another key's",
        [](auto& p) { p.leaf->key.raw[31] ^= std::byte{1}; });
  proof("value_of_another", "the leaf has another value",
        [](auto& p) { p.leaf->value.raw[0] ^= std::byte{1}; });
  add("counter_with_key", "a counter has no keys", score,
      [&](answer& what) { what.entries[0] = plain.prove("score", "x"); });
  add("register_with_key", "a register has no keys", plain.one("motto"),
      [&](answer& what) { what.entries[0] = plain.prove("motto", "x"); });
  add("opaque_with_key", "an opaque variable has no keys", plain.one("talk"),
      [&](answer& what) { what.entries[0] = plain.prove("talk", "x"); });
  add("counter_twice", "one entry", score,
      [&](answer& what) { what.entries.push_back(what.entries[0]); });
  add("entry_and_more", "one key, one entry", plain.one("tags", "blue"),
      [&](answer& what) { what.entries.push_back(plain.prove("tags", "green")); });
  add("no_entry", "one entry at least", score, [](answer& what) { what.entries.clear(); });
  add("of_another_variable", "proven for wide, said of score", score,
      [&](answer& what) { what.entries = plain.one("wide").entries; });
  add(
    "of_an_unknown_variable", "the genesis declares none of that name", score,
    [](answer& what) { what.variable = "scores"; }, "unknown_variable");

  const auto listing = [&](const std::string& name, const std::string& reason,
                           const std::string& variable, const std::function<void(answer&)>& how) {
    add("listing_" + name, reason, plain.all(variable), how);
  };
  for (const auto* const variable : {"tags", "squares", "full", "cards"}) {
    listing(std::string{"stripped_"} + variable, "every entry is left out, and the count kept",
            variable, [](answer& what) { what.entries.resize(1); });
  }
  add_to(
    ruled, "listing_stripped_board", "every entry is left out, and the count kept",
    ruled.all("board"), [](answer& what) { what.entries.resize(1); }, "bad_proof");
  add_to(
    ruled, "listing_shorter_board", "an entry is left out", ruled.all("board"),
    [](answer& what) { what.entries.pop_back(); }, "bad_proof");
  listing("shorter", "the last entry is left out", "squares",
          [](answer& what) { what.entries.pop_back(); });
  listing("without_first", "the first entry is left out", "squares",
          [](answer& what) { what.entries.erase(what.entries.begin() + 1); });
  listing("one_of_many", "one entry of 41", "squares",
          [](answer& what) { what.entries.resize(2); });
  listing("entry_doubled", "one entry stands for another", "squares",
          [](answer& what) { what.entries[1] = what.entries[2]; });
  listing("one_too_many", "an entry twice", "tags",
          [](answer& what) { what.entries.push_back(what.entries[1]); });
  listing("with_absent", "an entry that is absent", "tags",
          [&](answer& what) { what.entries.push_back(plain.prove("tags", "red")); });
  listing("absent_for_present", "an absent entry stands for one", "tags",
          [&](answer& what) { what.entries[1] = plain.prove("tags", "red"); });
  listing("with_count", "the count stands for an entry", "tags",
          [](answer& what) { what.entries[1] = what.entries[0]; });
  listing("count_behind", "the count comes first", "tags",
          [](answer& what) { std::swap(what.entries[0], what.entries[1]); });
  listing("other_count", "a count that fits, and is not certified", "tags", [](answer& what) {
    what.entries.resize(3);
    what.entries[0].value = stored_number(2);
  });
  listing("count_absent", "no count, and entries", "tags", [&](answer& what) {
    what.entries[0].value.reset();
    what.entries[0].proof = plain.prove("no_tags", "").proof;
  });
  listing("of_no_count", "entries of a variable that nobody wrote", "no_tags",
          [&](answer& what) { what.entries.push_back(plain.prove("tags", "blue")); });
  listing("of_another", "entries of another variable", "emptied", [&](answer& what) {
    what.entries[0] = plain.prove("tags", "");
    what.entries.push_back(plain.prove("tags", "blue"));
  });
  listing("other_value", "an entry has another value", "squares",
          [](answer& what) { what.entries[5].value = bytes_of("0"); });
  listing("other_key", "an entry has another key", "squares",
          [](answer& what) { what.entries[5].key = bytes_of("x"); });
  // As it was once accepted: an empty listing stands beside the count.
  for (const auto& [variable, empty] :
       {std::pair{"tags", ",\"value\":[]"}, std::pair{"squares", ",\"value\":{}"}}) {
    auto stripped = plain.all(variable);
    stripped.entries.resize(1);
    auto text = answer_json(plain.from, stripped);
    text.insert(text.size() - 1, empty);
    to.push_back({std::string{"listing_shown_empty_"} + variable, plain.genesis_name, "",
                  "bad_proof", "every entry is left out, and shown as none", text});
  }
}

} // namespace caucus::testing
