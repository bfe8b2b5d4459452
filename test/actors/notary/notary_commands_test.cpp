#include "actors/notary/notary_commands.hpp"

#include "actors/notary/proof_json.hpp"

#include "messages/closing.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/reply_text.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/variables/catalog.hpp"
#include "test/catch.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace caucus {
namespace {

command_table of_notary() {
  command_table out;
  out.add(notary_commands::of("notary"));
  return out;
}

result<any_command> parse_control(std::string_view method, std::string_view target,
                                  std::string_view body) {
  return read_command(of_notary(), method, target, body);
}

errc refusal(std::string_view method, std::string_view target, std::string_view body = {}) {
  const auto read = parse_control(method, target, body);
  REQUIRE_FALSE(read);
  return read.error().code;
}

genesis small_genesis() {
  genesis out;
  variable_declaration score;
  score.name = "score";
  score.kind = variable_kind::counter;
  variable_declaration tags;
  tags.name = "tags";
  tags.kind = variable_kind::set;
  out.variables = {score, tags};
  return out;
}

answer score_answer(std::uint8_t value) {
  answer out;
  out.variable = "score";
  proven_entry entry;
  entry.value = bytes(8);
  entry.value->front() = std::byte{value};
  out.entries = {entry};
  out.header.height = height{3};
  return out;
}

TEST_CASE("every request that the command line writes is read back as it was") {
  control_propose proposing;
  proposing.variable = "profile";
  proposing.operation = "put";
  proposing.arguments = {"-5", "a \"b\"\n", "\xC3\xA4"};
  proposing.request_id = "id";
  control_get one;
  one.variable = "tags";
  one.key = {std::byte{0xFF}, std::byte{'&'}, std::byte{' '}, std::byte{'%'}};
  one.height_min = height{7};
  one.fresh = true;
  one.nonce.raw.fill(std::byte{0xAB});
  control_get whole;
  whole.variable = "tags";
  const std::vector<any_command> all{
    command_of(control_status{}),
    command_of(control_version{}),
    command_of(proposing),
    command_of(one),
    command_of(whole),
    command_of(control_log{height{4}, true}),
    command_of(control_metrics{}),
    command_of(control_status{true}),
    command_of(control_evidence{128}),
    command_of(control_receipt{height{7}, 3, std::chrono::seconds{2}})};
  for (const auto& request : all) {
    const auto read =
      parse_control(request.facts->method, command_target(request), command_body(request));
    REQUIRE(read);
    CHECK(*read == request);
  }
}

TEST_CASE("a path that nobody knows is an error that lists those there are, whatever the method") {
  for (const auto* const method : {"GET", "POST"}) {
    const auto read = parse_control(method, "/v1/propos?x=1", "{}");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::no_such_path);
    CHECK(read.error().detail
          == "'/v1/propos'; there are /v1/propose, /v1/get, /v1/receipt, /v1/log, /v1/status, "
             "/v1/evidence, /v1/version, /metrics");
  }
}

TEST_CASE("each path takes one method, and says which") {
  struct row {
    const char* path;
    const char* takes;
  };
  const row rows[]{{"/v1/propose", "POST"}, {"/v1/get", "GET"},    {"/v1/receipt", "GET"},
                   {"/v1/log", "GET"},      {"/v1/status", "GET"}, {"/v1/evidence", "GET"},
                   {"/v1/version", "GET"},  {"/metrics", "GET"}};
  for (const auto& one : rows) {
    INFO(one.path);
    for (const auto* const method : {"GET", "POST", "DELETE"}) {
      if (std::string_view{method} != one.takes) {
        const auto read = parse_control(method, one.path, {});
        REQUIRE_FALSE(read);
        CHECK(read.error().code == errc::bad_request);
        CHECK(read.error().detail == std::string{one.path} + " takes " + one.takes);
      }
    }
  }
}

TEST_CASE("a request that is not of the API is refused with what is wrong") {
  CHECK(refusal("GET", "/v1/nothing") == errc::no_such_path);
  CHECK(refusal("GET", "/") == errc::no_such_path);
  const std::vector<std::pair<const char*, std::string>> gets{
    {"the wrong method", "/v1/propose"},
    {"no variable", "/v1/get"},
    {"a name of nothing", "/v1/get?variable="},
    {"a name that is no UTF-8", "/v1/get?variable=%ff"},
    {"a name too long", "/v1/get?variable=" + std::string(33, 'a')},
    {"an unknown parameter", "/v1/get?variable=a&colour=red"},
    {"a parameter twice", "/v1/get?variable=a&variable=b"},
    {"a broken escape", "/v1/get?variable=%4"},
    {"a nonce too short", "/v1/get?variable=a&fresh=1&nonce=abcd"},
    {"a nonce of zeros", "/v1/get?variable=a&fresh=1&nonce=" + std::string(32, '0')},
    {"a nonce for what is not fresh", "/v1/get?variable=a&nonce=" + std::string(32, 'a')},
    {"a key too long", "/v1/get?variable=a&key=" + std::string(257, 'k')},
    {"a height that is none", "/v1/get?variable=a&at_least=-1"},
    {"a height above 64 bits", "/v1/get?variable=a&at_least=18446744073709551616"},
    {"no time", "/v1/get?variable=a&timeout_ms=0"},
    {"more than an hour", "/v1/get?variable=a&timeout_ms=3600001"},
    {"a receipt of no height", "/v1/receipt?index=0"},
    {"a receipt of no index", "/v1/receipt?height=1"},
    {"an index above 32 bits", "/v1/receipt?height=1&index=4294967296"},
    {"a height that is the last", "/v1/receipt?height=18446744073709551615&index=0"},
    {"a receipt's time of none", "/v1/receipt?height=1&index=0&timeout_ms=0"},
    {"a receipt of a variable", "/v1/receipt?height=1&index=0&variable=a"},
    {"a receipt of the genesis block", "/v1/receipt?height=0&index=0"},
    {"a flag that is none", "/v1/log?follow=maybe"},
    {"a group that is none", "/v1/status?group=maybe"},
    {"evidence from nowhere", "/v1/evidence?from=-1"},
    {"a target too long", "/v1/get?variable=" + std::string(5'000, 'a')},
  };
  for (const auto& [what, target] : gets) {
    INFO(what);
    CHECK(refusal("GET", target) == errc::bad_request);
  }
  const std::vector<std::pair<const char*, std::string>> bodies{
    {"nothing", ""},
    {"no JSON", "{"},
    {"a list", "[]"},
    {"no mutation", R"({"variable":"a"})"},
    {"a number for a name", R"({"variable":1,"mutation":"b"})"},
    {"an unknown member", R"({"variable":"a","mutation":"b","x":1})"},
    {"nine arguments",
     R"({"variable":"a","mutation":"b","arguments":["1","2","3","4","5","6","7","8","9"]})"},
    {"a fraction", R"({"variable":"a","mutation":"b","arguments":[1.5]})"},
    {"deep nesting", R"({"variable":)" + std::string(100'000, '[')},
    {"a member twice", R"({"variable":"a","mutation":"b","mutation":"c"})"},
    {"a member twice, deep down",
     R"({"variable":"a","mutation":"b","arguments":[{"hex":"00","hex":"01"}]})"},
    {"an integer that most writers of JSON have rounded",
     R"({"variable":"a","mutation":"b","arguments":[9007199254740992]})"},
    {"text that is no UTF-8",
     "{\"variable\":\"a\",\"mutation\":\"b\",\"arguments\":[\"\xed\xa0\x80\"]}"},
    {"half a surrogate pair", R"({"variable":"a","mutation":"b","arguments":["\ud800"]})"},
    {"a name of nothing", R"({"variable":"","mutation":"b"})"},
    {"a mutation of nothing", R"({"variable":"a","mutation":""})"},
    {"a request id of nothing", R"({"variable":"a","mutation":"b","request_id":""})"},
    {"a request id too long",
     R"({"variable":"a","mutation":"b","request_id":")" + std::string(65, 'i') + "\"}"},
  };
  for (const auto& [what, body] : bodies) {
    INFO(what);
    CHECK(refusal("POST", "/v1/propose", body) == errc::bad_request);
  }
}

TEST_CASE("what is wrong with a request is said with what was given and what is allowed") {
  struct row {
    std::string body;
    std::vector<std::string> parts;
  };
  const std::vector<row> all{
    {R"({"variable":"a","mutation":"b","arguments":5})",
     {"'arguments' is number", "a list", "[\"blue\", 5]"}},
    {R"({"variable":"a","mutation":"b","arguments":[1,2,3,4,5,6,7,8,9]})",
     {"9 entries", "at most 8"}},
    {R"({"variable":"a","mutation":"b","arguments":["x",1.5]})",
     {"argument 2 is 1.5", "text, a whole number or, for bytes"}},
    {R"({"variable":7,"mutation":"b"})", {"'variable' is 7", "text"}},
    {R"({"variable":"a","mutation":"b","timeout_ms":"5s"})",
     {"'timeout_ms' is \"5s\"", "milliseconds, 1 to 3600000"}},
    {R"({"variable":"a","mutation":"b","request_id":""})",
     {"'request_id' is \"\"", "1 to 64 bytes", "leave it out"}},
    {"[]", {"no JSON object", R"({"variable": "score", "mutation": "add", "arguments": [5]})"}},
  };
  for (const auto& one : all) {
    const auto read = parse_control("POST", "/v1/propose", one.body);
    REQUIRE_FALSE(read);
    INFO(read.error().detail);
    for (const auto& part : one.parts) {
      INFO(part);
      CHECK(read.error().detail.find(part) != std::string::npos);
    }
  }
}

TEST_CASE("a saved answer in which anything was changed is not the answer any more") {
  const auto of = small_genesis();
  const auto what = score_answer(5);
  const auto text = answer_json(of, what);
  const auto read = answer_from_json(text);
  REQUIRE(read);
  CHECK(*read == what);
  CHECK(same_as_json(of, what, text));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
         {"\"value\":5", "\"value\":6"},
         {"\"height\":3", "\"height\":4"},
         {"\"variable\":\"score\"", "\"variable\":\"tags\""},
         {"\"value\":5,", ""}}) {
    auto altered = text;
    const auto at = altered.find(from);
    REQUIRE(at != std::string::npos);
    altered.replace(at, from.size(), to);
    INFO(altered);
    CHECK_FALSE(same_as_json(of, what, altered));
  }
}

receipt_proof some_receipt(receipt_status status) {
  receipt_proof out;
  out.receipt = {status, {}, {}, height{5}, 2};
  if (!out.receipt.applied()) {
    out.receipt.code = errc::out_of_bounds;
    out.receipt.reason = "a step of 50";
  }
  out.count = 3;
  out.siblings = {digest{}};
  out.headers.resize(2);
  out.finalization.signers = 7;
  out.finalization.signatures.resize(3);
  return out;
}

TEST_CASE("a receipt's proof is read back as it was, and is the text that it was written as") {
  for (const auto status : {receipt_status::applied, receipt_status::refused}) {
    const auto what = some_receipt(status);
    const command_context node{std::make_shared<const genesis>(small_genesis())};
    const auto printed =
      print_reply(facts_of<control_receipt>(),
                  any_value{receipt_reply{std::make_shared<const receipt_proof>(what)}}, node);
    CHECK(printed.status == 200);
    const auto& text = printed.text;
    INFO(text);
    CHECK(tells_receipt(text));
    const auto read = receipt_from_json(text);
    REQUIRE(read);
    CHECK(*read == what);
    CHECK(same_as_json(what, text));
    const auto shown = nlohmann::json::parse(text);
    CHECK(shown.contains("code") == !what.receipt.applied());
    CHECK(shown.at("signers") == 3);
    auto named = shown;
    named["request_id"] = "mine";
    CHECK(same_as_json(what, named.dump()));
    named["request_id"] = 5;
    CHECK_FALSE(same_as_json(what, named.dump()));
  }
  CHECK_FALSE(tells_receipt(answer_json(small_genesis(), score_answer(5))));
  CHECK_FALSE(tells_receipt("no JSON"));
  CHECK_FALSE(receipt_from_json(receipt_json(some_receipt(receipt_status::applied).receipt)));
}

TEST_CASE("a saved receipt in which a member was changed, added or left out is not it any more") {
  const auto what = some_receipt(receipt_status::refused);
  const auto shown = nlohmann::json::parse(receipt_proof_json(what));
  for (const auto& [name, value] : shown.items()) {
    INFO(name);
    auto without = shown;
    without.erase(name);
    CHECK_FALSE(same_as_json(what, without.dump()));
    for (const auto& other : {nlohmann::json{nullptr}, nlohmann::json("another"),
                              nlohmann::json(77), nlohmann::json(true)}) {
      auto changed = shown;
      changed[name] = other;
      CHECK_FALSE(same_as_json(what, changed.dump()));
    }
    const auto text = shown.dump();
    const auto twice = text.substr(0, text.size() - 1) + ",\"" + name + "\":" + value.dump() + "}";
    CHECK_FALSE(receipt_from_json(twice));
    CHECK_FALSE(same_as_json(what, twice));
  }
  auto more = shown;
  more["mutation"] = "score add 5";
  CHECK_FALSE(same_as_json(what, more.dump()));
}

TEST_CASE("a member that is named twice is refused, at whatever depth") {
  const auto of = small_genesis();
  const auto text = answer_json(of, score_answer(5));
  const auto doubled = [&text](const std::string& more) {
    return text.substr(0, text.size() - 1) + "," + more + "}";
  };
  for (const auto& one :
       {doubled(R"("value":5)"), doubled(R"("value":6)"), "{\"answer\":\"00\"," + text.substr(1)}) {
    INFO(one);
    CHECK_FALSE(answer_from_json(one));
    CHECK_FALSE(same_as_json(of, score_answer(5), one));
  }
  CHECK_FALSE(parse_json(R"({"a":[1,{"b":{"c":1,"c":1}}]})"));
  CHECK_FALSE(parse_json(R"({"a":1,"\u0061":1})"));
  CHECK(parse_json(R"({"a":{"a":[{"a":1},{"a":1}]},"b":1})"));
  CHECK_FALSE(error_from_json(R"({"error":{"code":"busy","code":"stopping"}})"));
  CHECK_FALSE(parse_json(std::string(17, '[') + std::string(17, ']')));
  CHECK_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST_CASE("what the library would pass over is refused: a NUL byte, and objects of many members") {
  const std::string object = R"({"a":1})";
  CHECK(parse_json(object));
  CHECK_FALSE(parse_json(object + std::string(1, '\0')));
  CHECK_FALSE(parse_json(object + std::string(1, '\0') + object));
  CHECK_FALSE(parse_json(std::string(1, '\0') + object));
  const auto with = [](std::size_t members) {
    std::string out = "{";
    for (std::size_t i = 0; i < members; ++i) {
      out += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
    }
    return out + "}";
  };
  CHECK(parse_json(with(json_members_max)));
  CHECK_FALSE(parse_json(with(json_members_max + 1)));
  CHECK_FALSE(parse_json("[" + with(json_members_max + 1) + "]"));
}

TEST_CASE("an integer that a double cannot hold is text, and any other a number") {
  const auto of = small_genesis();
  const auto with = [](std::int64_t value) {
    auto out = score_answer(0);
    out.entries.front().value = stored_number(static_cast<std::uint64_t>(value));
    return out;
  };
  struct row {
    std::int64_t value;
    std::string shown;
    std::string another; ///< way to write it
  };
  const std::vector<row> table{
    {-7, "-7", "18446744073709551609"},
    {-7, "-7", R"("-7")"},
    {5, "5", "5.0"},
    {5, "5", "5e0"},
    {0, "0", "-0"},
    {9007199254740991, "9007199254740991", R"("9007199254740991")"},
    {9007199254740992, R"("9007199254740992")", "9007199254740992"},
    {-9007199254740991, "-9007199254740991", R"("-9007199254740991")"},
    {-9007199254740992, R"("-9007199254740992")", "-9007199254740992"},
    {std::numeric_limits<std::int64_t>::min(), R"("-9223372036854775808")", "9223372036854775808"},
  };
  for (const auto& row : table) {
    const auto what = with(row.value);
    auto text = answer_json(of, what);
    INFO(text);
    const auto shown = "\"value\":" + row.shown + ",";
    const auto at = text.find(shown);
    REQUIRE(at != std::string::npos);
    CHECK(same_as_json(of, what, text));
    text.replace(at, shown.size(), "\"value\":" + row.another + ",");
    CHECK_FALSE(same_as_json(of, what, text));
  }
}

TEST_CASE("the same members in another order are the same answer") {
  auto of = small_genesis();
  of.variables[1].kind = variable_kind::map;
  answer what = score_answer(2);
  what.variable = "tags";
  for (const auto* const key : {"b", "a"}) {
    const auto raw = as_bytes(key);
    proven_entry entry;
    entry.key.assign(raw.begin(), raw.end());
    entry.value = entry.key;
    what.entries.push_back(entry);
  }
  const auto text = answer_json(of, what);
  const auto listed = std::string{R"("value":{"b":"b","a":"a"})"};
  REQUIRE(text.find(listed) != std::string::npos);
  auto sorted = nlohmann::json::parse(text).dump(); // as `jq -S` does
  CHECK(sorted.find(R"("value":{"a":"a","b":"b"})") != std::string::npos);
  CHECK(same_as_json(of, what, sorted));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
         {R"("b":"b")", R"("b":"a")"}, {R"(,"b":"b")", ""}, {R"("b":"b")", R"("b":"b","c":"c")"}}) {
    auto altered = sorted;
    altered.replace(altered.find(from), from.size(), to);
    INFO(altered);
    CHECK_FALSE(same_as_json(of, what, altered));
  }
}

TEST_CASE("a listing whose entries were taken away shows none, also not that there are none") {
  const auto of = small_genesis();
  auto what = score_answer(2);
  what.variable = "tags";
  CHECK(answer_json(of, what).find("\"value\"") == std::string::npos);
  what.entries.front().value = stored_number(0);
  CHECK(answer_json(of, what).find("\"value\":[]") != std::string::npos);
}

TEST_CASE("an error keeps its code on its way to the command line") {
  for (const auto code : {errc::busy, errc::outcome_unknown, errc::request_id_reused}) {
    const auto printed = print_error({code, "why \"so\""});
    CHECK(printed.status >= 400);
    CHECK(error_from_json(printed.text) == error{code, "why \"so\""});
  }
}

// -- epochs ------------------------------------------------------------------------------------------

/// The end of an epoch, whose members take `size` bytes; it shows nothing.
std::shared_ptr<const closing> end_of(std::uint64_t which, std::size_t size) {
  auto out = std::make_shared<closing>();
  out->last.epoch = epoch{which};
  out->finalization.subject.epoch = epoch{which};
  out->members.assign(size, std::byte{7});
  return out;
}
epoch_history history_of(std::uint64_t epochs, std::size_t size) {
  auto of = small_genesis();
  of.members.resize(1);
  epoch_history out{committees{of}, {}};
  for (std::uint64_t i = 0; i < epochs; ++i) {
    out.ends.push_back(end_of(i, size));
    auto next = out.voters.newest().members();
    out.voters.add(std::make_shared<const committee>(epoch{i + 1}, std::move(next)));
  }
  return out;
}

TEST_CASE(
  "an answer has the ends of the epochs before it, the newest of them where they are many") {
  auto what = score_answer(5);
  const auto of = small_genesis();
  const auto told = [&](std::uint64_t in, const epoch_history& known) {
    what.header.epoch = epoch{in};
    std::vector<std::uint64_t> out;
    const auto ends = epochs_from_json(answer_json(of, what, nullptr, &known)).value();
    for (const auto& one : ends) {
      out.push_back(one.last.epoch.value());
    }
    return out;
  };
  const auto few = history_of(3, 100);
  CHECK(told(0, few).empty());
  CHECK(told(2, few) == std::vector<std::uint64_t>{0, 1});
  CHECK(told(3, few) == std::vector<std::uint64_t>{0, 1, 2});
  const auto large = history_of(5, 3'000);
  CHECK(told(5, large) == std::vector<std::uint64_t>{3, 4});
  CHECK(told(4, large) == std::vector<std::uint64_t>{2, 3});
  CHECK(told(5, history_of(5, 20'000)) == std::vector<std::uint64_t>{4}); // one at least
  INFO("a fresh one's too, if that was later");
  freshness fresh;
  fresh.epoch = epoch{3};
  what.header.epoch = epoch{2};
  CHECK(epochs_from_json(answer_json(of, what, &fresh, &few)).value().size() == 3);
}

TEST_CASE("ends of epochs that cannot be are refused before they are followed") {
  const auto code = [](const std::string& epochs) {
    const auto got = epochs_from_json("{\"answer\":\"00\"" + epochs + "}");
    return got ? errc{} : got.error().code;
  };
  CHECK(code("") == errc{});
  for (const auto* const one :
       {",\"epochs\":[]", ",\"epochs\":7", ",\"epochs\":[7]", ",\"epochs\":[\"0\"]",
        ",\"epochs\":[\"00\"]", ",\"epochs\":null"}) {
    INFO(one);
    CHECK(code(one) == errc::file_malformed);
  }
  std::string many;
  const auto hex = to_hex(encode(*end_of(0, 3'000)));
  for (int i = 0; i < 4; ++i) {
    many += (i == 0 ? "\"" : ",\"") + hex + "\"";
  }
  CHECK(code(",\"epochs\":[" + many + "]") == errc::file_malformed);
}

} // namespace
} // namespace caucus
