#include "runtime/base/overloaded.hpp"
#include "runtime/commands/reply_text.hpp"
#include "test/catch.hpp"
#include "test/runtime/commands/board.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caucus {
namespace {

using namespace board_testing;
using namespace std::chrono_literals;

command_table board_alone() {
  command_table out;
  out.add(board_commands::of("board"));
  return out;
}

error refusal(std::string_view method, std::string_view target, std::string_view body = {}) {
  const auto read = read_command(board_alone(), method, target, body);
  REQUIRE_FALSE(read);
  return read.error();
}

TEST_CASE("a declared command is found at its path, and read back as it was written") {
  cheer one;
  one.player = "ada";
  one.loud = true;
  one.times = 3;
  one.words = {"well", std::string{"\xff", 1}};
  one.timeout = 2s;
  cheers other;
  other.from = height{7};
  other.player = bytes{std::byte{0xff}, std::byte{'&'}};
  for (const auto& what : {command_of(one), command_of(other), command_of(cheers{}),
                           command_of(control_status{true}), command_of(control_version{})}) {
    INFO(command_target(what));
    const auto read =
      read_command(board_alone(), what.facts->method, command_target(what), command_body(what));
    REQUIRE(read);
    CHECK(*read == what);
  }
  CHECK(command_of(one).facts->path == "/v1/board/cheer");
  CHECK(command_of(one).facts->method == "POST");
  CHECK(command_body(command_of(other)).empty());
}

TEST_CASE("a path that nobody declares is an error that lists those that are") {
  CHECK(refusal("GET", "/v1/board").code == errc::no_such_path);
  CHECK(refusal("GET", "/v1/board").detail
        == "'/v1/board'; there are /v1/status, /v1/board/cheer, /v1/board/cheers, /v1/version, "
           "/metrics");
  CHECK(refusal("GET", "/v1/board/cheer").detail == "/v1/board/cheer takes POST");
}

TEST_CASE("what is wrong with a parameter is told from its declaration") {
  const std::vector<std::pair<std::string, std::string>> queries{
    {"/v1/board/cheers?from=0", "from is '0'; allowed: 1 to 100"},
    {"/v1/board/cheers?player=", "player is ''; allowed: 1 to 4 bytes"},
    {"/v1/board/cheers?all=maybe",
     "all is 'maybe'; allowed: 0, false; 1, true, or nothing, which is 1"},
    {"/v1/board/cheers?who=1", "unknown parameter 'who'; known are: from, player, all"},
    {"/v1/board/cheers?from=1&from=2", "the query names 'from' twice"},
    {"/v1/board/cheers?all=1&player=a", "all is for nobody alone"},
  };
  for (const auto& [target, told] : queries) {
    CHECK(refusal("GET", target) == error{errc::bad_request, told});
  }
  const std::vector<std::pair<std::string, std::string>> bodies{
    {"{}", "'player' is missing"},
    {"[]", "the body: no JSON object; a cheer is {\"player\": \"ada\"}"},
    {R"({"player":5})", "'player' is 5; allowed: text, as \"score\""},
    {R"({"player":""})", "'player' is \"\"; allowed: 1 to 8 bytes"},
    {R"({"player":"ada","times":4})", "'times' is 4; allowed: a whole number, 1 to 3"},
    {R"({"player":"ada","loud":1})", "'loud' is 1; allowed: true, false"},
    {R"({"player":"ada","words":["a","b","c"]})", "'words' has 3 entries; allowed: at most 2"},
    {R"({"player":"ada","words":[1.5]})",
     R"(word 1 is 1.5; allowed: text, a whole number or, for bytes, {"hex": "00ff"})"},
    {R"({"player":"ada","timeout_ms":0})",
     "'timeout_ms' is 0; allowed: a whole number of milliseconds, 1 to 3600000"},
    {R"({"player":"ada","x":1})",
     "unknown member 'x'; known are: player, loud, times, words, timeout_ms"},
  };
  for (const auto& [body, told] : bodies) {
    CHECK(refusal("POST", "/v1/board/cheer", body) == error{errc::bad_request, told});
  }
  CHECK(refusal("POST", "/v1/board/cheer?x=1", "{}").detail
        == "unknown parameter 'x'; known are: none");
}

TEST_CASE("help is told from the declaration") {
  const auto& facts = facts_of<cheer>();
  REQUIRE(facts.parameters.size() == 5);
  CHECK(facts.parameters[0].name == "player");
  CHECK(facts.parameters[0].positional);
  CHECK(facts.parameters[0].required);
  CHECK(facts.parameters[2].allowed == "1 to 3");
  CHECK(facts.parameters[2].fallback == "1");
  CHECK(facts.parameters[3].repeated);
  CHECK(facts.parameters[4].unit == "ms");
  CHECK(facts.examples.front() == "board cheer ada --loud");
  CHECK(facts.exits.front().code == 9);
  CHECK(facts.patience(any_value{cheer{}}) == duration{5'000'000});
  CHECK_FALSE(facts_of<cheers>().patience(any_value{cheers{}}));
}

TEST_CASE("words of a command line are read as a query is, a list's in order") {
  const auto read = facts_of<cheer>().read({{"player", {"ada"}}, {"words", {"a", "b"}}});
  REQUIRE(read);
  CHECK(read->as<cheer>()->words == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(facts_of<cheer>().read({{"player", {"ada"}}, {"words", {"a", "b", "c"}}}));
  CHECK(facts_of<cheer>().read({}).error().detail == "'player' is missing");
  CHECK(facts_of<cheer>().read({{"player", {""}}}).error().detail
        == "player is ''; allowed: 1 to 8 bytes");
}

TEST_CASE("a text is UTF-8, from wherever it comes; bytes and entries of lists are any bytes") {
  const std::string raw{"\xff", 1};
  const auto read = facts_of<cheer>().read({{"player", {raw}}});
  REQUIRE_FALSE(read);
  CHECK(read.error()
        == error{errc::bad_request, "player is no UTF-8; allowed: 1 to 8 bytes of UTF-8"});
  CHECK(facts_of<cheer>().read({{"player", {"gr\xc3\xbc"}}}));
  CHECK(facts_of<cheer>().read({{"player", {"ada"}}, {"words", {raw}}}));
  CHECK(read_command(board_alone(), "GET", "/v1/board/cheers?player=%ff", {}));
}

TEST_CASE("an actor's handler gets the parameters of the command that is called") {
  std::string heard;
  const auto handler = overloaded{[&](const cheer& what) { heard = what.player; },
                                  [&](const cheers&) { heard = "cheers"; },
                                  [&](const control_status&) { heard = "status"; }};
  cheer one;
  one.player = "ada";
  board_commands::dispatch(command_of(one), handler);
  CHECK(heard == "ada");
  board_commands::dispatch(command_of(cheers{}), handler);
  CHECK(heard == "cheers");
  board_commands::dispatch(command_of(control_status{}), handler);
  CHECK(heard == "status");
}

TEST_CASE("a stream goes on behind the part that was heard") {
  const auto next = facts_of<cheers>().after(any_value{cheers{}}, any_value{std::uint64_t{8}});
  CHECK(next.as<cheers>()->from == height{9});
}

TEST_CASE("two actors that answer one path are refused by name") {
  auto table = board_alone();
  CHECK(table.judge());
  table.add(board_commands::of("other"));
  const auto judged = table.judge();
  REQUIRE_FALSE(judged);
  CHECK(judged.error().detail == "the command \"board cheer\" of other: board has it");
}

TEST_CASE("an actor that is named as a field of the node's status is refused") {
  for (const auto* const name : {"links", "problems", "actors", "edges"}) {
    command_table table;
    table.add(board_commands::of(name));
    const auto judged = table.judge();
    REQUIRE_FALSE(judged);
    CHECK(judged.error().detail
          == "an actor is named \"" + std::string{name} + "\", as a field of the node's status is");
  }
}

TEST_CASE("a reply is printed as its command says") {
  const command_context node{std::make_shared<const genesis>()};
  const auto told = print_reply(facts_of<cheer>(), any_value{cheered{5}}, node);
  CHECK(told.status == 200);
  CHECK(told.type == "application/json");
  CHECK(told.text == "{\"cheers\":5}\n");
  CHECK(print_reply(facts_of<cheers>(), any_value{std::uint64_t{5}}, node).type
        == "application/x-ndjson");
  CHECK(print_reply(facts_of<cheers>(), any_value{}, node).text.empty());
  const auto refused = print_reply(facts_of<cheer>(), fail(errc::busy, "later"), node);
  CHECK(refused.status == 503);
  CHECK(error_from_json(refused.text) == error{errc::busy, "later"});
}

} // namespace
} // namespace caucus
