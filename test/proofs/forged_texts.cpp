#include "test/proofs/maker.hpp"

#include "actors/notary/proof_json.hpp"
#include "runtime/variables/catalog.hpp"

#include <nlohmann/json.hpp>

/// The answer is true, and what stands beside it is not.

namespace caucus::testing {

namespace {

using json = nlohmann::ordered_json;

std::string replaced(std::string in, const std::string& from, const std::string& to) {
  in.replace(in.find(from), from.size(), to);
  return in;
}

} // namespace

void add_forged_texts(std::vector<proof_case>& to) {
  const auto plain = plain_group();
  const auto text = answer_json(plain.from, plain.one("score"));
  const auto add = [&](const std::string& name, const char* code, const std::string& reason,
                       std::string forged) {
    to.push_back({name, plain.genesis_name, "", code, reason, std::move(forged)});
  };
  const auto value = [&](const std::string& name, const std::string& written,
                         const std::string& reason) {
    add("value_" + name, "bad_proof", reason,
        replaced(text, "\"value\":-7", "\"value\":" + written));
  };
  value("other", "-8", "it is -7");
  value("positive", "7", "it is -7");
  value("unsigned", "18446744073709551609", "the same 64 bits, another number");
  value("text", "\"-7\"", "an integer within 2^53 - 1 is a number");
  value("fraction", "-7.0", "an integer has no fraction");
  value("exponent", "-7e0", "an integer has no exponent");
  value("null", "null", "it is present");
  value("true", "true", "it is an integer");
  value("list", "[-7]", "it is an integer");
  value("object", "{\"hex\":\"f9ffffffffffffff\"}", "a counter is an integer");
  const auto wide = answer_json(plain.from, plain.one("wide"));
  add("value_wide_number", "bad_proof", "an integer beyond 2^53 - 1 is a text",
      replaced(wide, "\"9007199254740992\"", "9007199254740992"));
  add("value_wide_sign", "bad_proof", "decimal digits have no plus",
      replaced(wide, "\"9007199254740992\"", "\"+9007199254740992\""));
  add("value_wide_zeros", "bad_proof", "decimal digits have no leading zeros",
      replaced(wide, "\"9007199254740992\"", "\"09007199254740992\""));
  const auto emptied = answer_json(plain.from, plain.all("emptied"));
  add("count_minus_zero", "bad_proof", "zero has no sign",
      replaced(emptied, "\"count\":0", "\"count\":-0"));
  add("count_null", "bad_proof", "the count is there, and 0",
      replaced(emptied, "\"count\":0", "\"count\":null"));

  const auto whole = json::parse(text);
  for (const auto& [name, was] : whole.items()) {
    auto lacking = whole;
    lacking.erase(name);
    const bool proof = name == "answer";
    add("without_" + name, proof ? "file_malformed" : "bad_proof", name + " is missing",
        lacking.dump());
    add("twice_" + name, "file_malformed", name + " is named twice, with one value",
        text.substr(0, text.size() - 1) + ",\"" + name + "\":" + was.dump() + "}");
    add("renamed_" + name, proof ? "file_malformed" : "bad_proof",
        "no member " + name + "_, and " + name + " is missing",
        replaced(text, "\"" + name + "\":", "\"" + name + "_\":"));
  }
  const std::vector<std::pair<std::string, json>> others{
    {"variable", "wide"}, {"kind", "register"},
    {"height", 42},       {"time_ms", 1'735'689'612'346},
    {"signers", 4},       {"state_root", std::string(64, '0')},
    {"height", "41"},     {"signers", true}};
  int number = 0;
  for (const auto& [name, other] : others) {
    auto altered = whole;
    altered[name] = other;
    add("other_" + name + "_" + std::to_string(++number), "bad_proof",
        name + " is not what was certified", altered.dump());
  }
  auto more = whole;
  more["verified"] = true;
  add("one_more_member", "bad_proof", "a claim that nothing proves", more.dump());
  more = whole;
  more["key"] = nullptr;
  add("one_more_key", "bad_proof", "a counter has no key", more.dump());

  auto listing = json::parse(answer_json(plain.from, plain.all("tags")));
  const auto list = [&](const std::string& name, const std::string& reason, const json& shown) {
    auto altered = listing;
    altered["value"] = shown;
    add("listing_" + name, "bad_proof", reason, altered.dump());
  };
  auto tags = listing["value"];
  list("empty", "it has three elements", json::array());
  list("object", "a set is a list", json::object());
  list("one_more", "red is no element", [&] {
    auto out = tags;
    out.push_back("red");
    return out;
  }());
  list("one_less", "an element is left out", [&] {
    auto out = tags;
    out.erase(std::size_t{0});
    return out;
  }());
  list("doubled", "an element is shown twice", json::array({tags[0], tags[0], tags[2]}));
  list("turned", "a list is in the order of the answer", json::array({tags[2], tags[1], tags[0]}));
  const auto squares = json::parse(answer_json(plain.from, plain.all("squares")));
  const auto map = [&](const std::string& name, const std::string& reason, const json& shown) {
    auto altered = squares;
    altered["value"] = shown;
    add("map_" + name, "bad_proof", reason, altered.dump());
  };
  map("empty", "it has 41 entries", json::object());
  map("changed", "12 is 144", [&] {
    auto out = squares["value"];
    out["12"] = "145";
    return out;
  }());
  map("moved", "13 has another value", [&] {
    auto out = squares["value"];
    std::swap(out["12"], out["13"]);
    return out;
  }());
  map("less", "an entry is left out", [&] {
    auto out = squares["value"];
    out.erase("12");
    return out;
  }());
  map("more", "an entry is made up", [&] {
    auto out = squares["value"];
    out["x"] = "1";
    return out;
  }());
  map("pairs", "where all keys are text it is an object", [&] {
    auto out = json::array();
    for (const auto& [key, one] : squares["value"].items()) {
      out.push_back(json::array({key, one}));
    }
    return out;
  }());
  auto inner = squares.dump();
  add("map_key_twice", "file_malformed", "a key of the map is named twice",
      replaced(inner, "\"12\":\"144\"", "\"12\":\"145\",\"12\":\"144\""));
  const auto bytes_text = answer_json(plain.from, plain.one("note"));
  add("bytes_as_text", "bad_proof", "text that reads like bytes is not bytes",
      replaced(bytes_text, R"({"hex":"eda08000"})", R"("hex:eda08000")"));
  add("bytes_replaced", "bad_proof", "U+FFFD is another text",
      replaced(bytes_text, R"({"hex":"eda08000"})", "\"\xef\xbf\xbd\""));
  add("bytes_upper_case", "bad_proof", "hex is in lower case",
      replaced(bytes_text, "eda08000", "EDA08000"));
  const auto motto = answer_json(plain.from, plain.one("motto"));
  add("text_as_bytes", "bad_proof", "what is UTF-8 is shown as text",
      replaced(motto, "\"one for all\"", R"({"hex":"6f6e6520666f7220616c6c"})"));
  const auto absent = answer_json(plain.from, plain.one("tags", "red"));
  add("absent_as_text", "bad_proof", "absence is null",
      replaced(absent, "\"value\":null", "\"value\":\"(absent)\""));
  add("absent_as_false", "bad_proof", "absence is null",
      replaced(absent, "\"value\":null", "\"value\":false"));
  add("absent_other_key", "bad_proof", "proven is that red is absent",
      replaced(absent, "\"key\":\"red\"", "\"key\":\"blue\""));

  add("no_json", "file_malformed", "it ends too early", text.substr(0, text.size() - 1));
  add("two_documents", "file_malformed", "one answer a file", text + text);
  add("list_of_one", "file_malformed", "an answer is an object", "[" + text + "]");
  add("nothing", "file_malformed", "an empty file", "");
  add("byte_order_mark", "file_malformed", "JSON begins with JSON", "\xef\xbb\xbf" + text);
  add("comment", "file_malformed", "JSON has no comments", "// true\n" + text);
  add("trailing_comma", "file_malformed", "JSON has no trailing comma",
      text.substr(0, text.size() - 1) + ",}");
  add("not_a_number", "file_malformed", "JSON has no NaN",
      replaced(text, "\"value\":-7", "\"value\":NaN"));
  add("half_a_pair", "file_malformed", "a surrogate alone is no character",
      replaced(motto, "one for all", "\\ud800"));
  add("leading_zero", "file_malformed", "a number has no leading zeros",
      replaced(text, "\"value\":-7", "\"value\":-07"));
  const auto hex = whole["answer"].get<std::string>();
  const auto digits = [&](const std::string& name, const std::string& reason, const json& shown) {
    auto altered = whole;
    altered["answer"] = shown;
    add("answer_" + name, "file_malformed", reason, altered.dump());
  };
  digits("number", "it is text", 0);
  digits("null", "it is text", nullptr);
  digits("odd", "two digits a byte", hex.substr(1));
  digits("blank", "nothing but digits", " " + hex);
  digits("prefixed", "nothing but digits", "0x" + hex);
  auto upper = hex;
  for (auto& c : upper) {
    c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  digits("upper_case", "hex is in lower case", upper);
  std::string deep = text.substr(0, text.size() - 1) + ",\"x\":";
  deep += std::string(16, '[') + std::string(16, ']') + "}";
  add("too_deep", "file_malformed", "deeper than 16", deep);
}

} // namespace caucus::testing
