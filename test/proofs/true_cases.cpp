#include "test/proofs/maker.hpp"

#include "actors/notary/proof_json.hpp"
#include "runtime/variables/catalog.hpp"

#include <nlohmann/json.hpp>

namespace caucus::testing {

void add_true_cases(std::vector<proof_case>& to) {
  const auto plain = plain_group();
  const auto ruled = ruled_group();
  const auto add = [&to](const known_group& of, const std::string& name, const std::string& claim,
                         const answer& what) {
    to.push_back({name, of.genesis_name, of.rules, "", claim, answer_json(of.from, what)});
  };
  const auto own = own_prefix(known_key(0).id());
  add(plain, "counter", "score is -7", plain.one("score"));
  add(plain, "wide_counter", "wide is 2^53, as text", plain.one("wide"));
  add(plain, "unwritten_counter", "nobody wrote it, so it is its initial value",
      plain.one("unwritten"));
  add(plain, "register", "motto is a text", plain.one("motto"));
  add(plain, "register_of_bytes", "note is no UTF-8", plain.one("note"));
  add(plain, "opaque", "an opaque variable has no state", plain.one("talk"));
  add(plain, "set", "all elements of tags", plain.all("tags"));
  add(plain, "set_never_written", "no_tags has no elements, and no count", plain.all("no_tags"));
  add(plain, "set_emptied", "emptied has no elements, and a count", plain.all("emptied"));
  add(plain, "set_odd", "an element that is no UTF-8, and text that looks like it",
      plain.all("odd_tags"));
  add(plain, "element", "blue is in tags", plain.one("tags", "blue"));
  add(plain, "element_absent", "red is not in tags", plain.one("tags", "red"));
  add(plain, "element_of_none", "nothing is in no_tags", plain.one("no_tags", "red"));
  add(plain, "element_odd", "ff is in odd_tags", plain.one("odd_tags", "\xff"));
  add(plain, "map", "all of squares", plain.all("squares"));
  add(plain, "map_of_own_entries", "all of cards", plain.all("cards"));
  add(plain, "map_odd", "keys that are no UTF-8 make a list of pairs", plain.all("odd_map"));
  add(plain, "map_full", "as many entries as an answer has", plain.all("full"));
  add(plain, "map_entry", "squares 12 is 144", plain.one("squares", "12"));
  add(plain, "map_entry_empty", "the value has no bytes", plain.one("squares", "empty"));
  add(plain, "map_entry_own", "node0's card", plain.one("cards", own + "name"));
  for (int i = 0; i < 4; ++i) {
    const auto key = "absent" + std::to_string(i);
    add(plain, "map_" + key, "no entry " + key, plain.one("squares", key));
  }
  add(plain, "map_entry_odd", "a value that is no UTF-8", plain.one("odd_map", "text"));
  add(ruled, "custom", "all of board", ruled.all("board"));
  add(ruled, "custom_entry", "cell 5 is X", ruled.one("board", "5"));
  add(ruled, "custom_absent", "cell 1 is free", ruled.one("board", "1"));
  const auto named = named_group();
  add(named, "custom_of_named_rules", "the genesis names the rules", named.one("board", "5"));
  const auto continued = continued_group();
  const auto limited = limited_group();
  add(continued, "continued", "of a network that goes on from another", continued.one("score"));
  add(limited, "continued_with_quota", "the same, with a quota", limited.one("score"));
  auto more = plain.one("score");
  more.finalization = plain.finalization(15);
  add(plain, "all_members_signed", "more than a quorum", more);
  more.finalization = plain.finalization(14);
  add(plain, "another_quorum", "any quorum will do", more);
  // The same file in other words.
  const auto map = answer_json(plain.from, plain.all("squares"));
  to.push_back({"members_sorted", plain.genesis_name, "", "", "the order of members means nothing",
                nlohmann::json::parse(map).dump()});
  to.push_back({"members_indented", plain.genesis_name, "", "", "nor do blanks",
                nlohmann::ordered_json::parse(map).dump(2) + "\n"});
  auto escaped = answer_json(plain.from, plain.one("motto"));
  escaped.replace(escaped.find("one for all"), 11, "\\u006fne for all");
  to.push_back(
    {"text_escaped", plain.genesis_name, "", "", "nor does how text is escaped", escaped});
}

} // namespace caucus::testing
