#include "test/proofs/maker.hpp"

#include "actors/notary/proof_json.hpp"
#include "runtime/variables/catalog.hpp"

#include <functional>

/// Truly certified, and still no state that the rules let come about: whoever shows it would show what
/// the variable's kind has no form for.

namespace caucus::testing {

void add_forged_states(std::vector<proof_case>& to) {
  const auto add = [&to](known_group in, const std::string& name, const std::string& reason,
                         const std::string& variable, const std::string& key, bool whole,
                         const std::function<void(known_group&)>& how) {
    how(in);
    in.seal(41);
    const auto forged = whole ? in.all(variable) : in.one(variable, key);
    to.push_back({"state_" + name, in.genesis_name, in.rules, "bad_proof", reason,
                  answer_json(in.from, forged)});
  };
  const auto head = [&](const std::string& name, const std::string& reason,
                        const std::string& variable, const bytes& value) {
    add(plain_group(), name, reason, variable, "", false,
        [&](known_group& g) { g.put(variable, "", value); });
  };
  const auto count = [&](const std::string& name, const std::string& reason,
                         const std::string& variable, const bytes& value) {
    add(plain_group(), name, reason, variable, "", true,
        [&](known_group& g) { g.put(variable, "", value); });
  };
  const auto entry = [&](const std::string& name, const std::string& reason,
                         const std::string& variable, const std::string& key,
                         const std::string& value) {
    add(plain_group(), name, reason, variable, key, false,
        [&](known_group& g) { g.put(variable, key, value); });
  };
  const auto number = [](std::int64_t of) { return stored_number(static_cast<std::uint64_t>(of)); };
  head("counter_of_no_bytes", "a counter has 8 bytes", "wide", {});
  head("counter_of_7_bytes", "a counter has 8 bytes", "wide", bytes(7));
  head("counter_of_9_bytes", "a counter has 8 bytes", "wide", bytes(9));
  head("counter_of_text", "a counter has 8 bytes", "wide", bytes_of("7"));
  head("counter_above_max", "at most 100", "score", number(101));
  head("counter_below_min", "at least -100", "score", number(-101));
  head("register_too_long", "at most 8 bytes", "note", bytes(9));
  head("opaque", "an opaque variable has no state", "talk", bytes_of("hello"));
  head("opaque_empty", "an opaque variable has no state", "talk", {});
  count("count_of_no_bytes", "a count has 8 bytes", "tags", {});
  count("count_of_7_bytes", "a count has 8 bytes", "tags", bytes(7));
  count("count_of_text", "a count has 8 bytes", "emptied", bytes_of("0"));
  count("count_below", "fewer than there are", "tags", number(2));
  count("count_above", "more than there are", "tags", number(4));
  count("count_zero", "there are three", "tags", number(0));
  count("count_too_many", "at most 100", "tags", number(101));
  count("count_negative", "more than there can be", "tags", number(-1));
  entry("element_with_value", "an element has no value", "tags", "blue", "x");
  entry("element_too_long", "at most 16 bytes", "tags", std::string(17, 'x'), "");
  entry("key_too_long", "at most 128 bytes", "odd_map", std::string(129, 'x'), "");
  entry("value_too_long", "at most 32 bytes", "squares", "12", std::string(33, 'x'));
  add(plain_group(), "listing_element_with_value", "an element has no value", "tags", "", true,
      [](known_group& g) { g.put("tags", "blue", "x"); });
  add(plain_group(), "listing_value_too_long", "at most 32 bytes", "squares", "", true,
      [](known_group& g) { g.put("squares", "12", std::string(33, 'x')); });
  add(plain_group(), "listing_key_too_long", "at most 16 bytes", "tags", "", true,
      [](known_group& g) {
        g.put("tags", std::string(17, 'x'), "");
        g.put("tags", "", stored_number(4));
      });
  add(ruled_group(), "custom_count_of_7_bytes", "a count has 8 bytes", "board", "", true,
      [](known_group& g) { g.put("board", "", bytes(7)); });
  add(ruled_group(), "custom_key_too_long", "at most 128 bytes", "board", std::string(129, 'x'),
      false, [](known_group& g) { g.put("board", std::string(129, 'x'), ""); });
  add(ruled_group(), "custom_value_too_long", "at most 4096 bytes", "board", "5", false,
      [](known_group& g) { g.put("board", "5", std::string(4'097, 'x')); });
}

} // namespace caucus::testing
