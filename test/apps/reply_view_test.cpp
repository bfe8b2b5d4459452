#include "apps/caucus/reply_view.hpp"

#include "test/catch.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace caucus::cli {
namespace {

TEST_CASE("a reply without a view of its own is shown name by name, and nothing of it as ours") {
  const paint plain{false};
  struct row {
    const char* name;
    const char* reply;
    const char* shown;
  };
  const row rows[] = {
    {"an object", R"({"player":"ada","points":5,"won":true})",
     "player  ada\npoints  5\nwon     true\n"},
    {"nothing, and what looks like it", R"x({"best":null,"worst":"(absent)"})x",
     "best   (absent)\nworst  \"(absent)\"\n"},
    {"bytes, and text that looks like them", R"({"a":{"hex":"00ff"},"b":"hex:00ff"})",
     "a  hex:00ff\nb  \"hex:00ff\"\n"},
    {"lists and objects within", R"({"names":["ada","bob"],"of":{"x":1},"none":[]})",
     "names\n  ada\n  bob\nof\n  x  1\nnone  (none)\n"},
    {"a list of objects, a line each", R"({"games":[{"id":1,"by":"ada"},{"id":2,"by":"b c"}]})",
     "games\n  id 1  by ada\n  id 2  by \"b c\"\n"},
    {"what would move the cursor", R"({"a\u001b[2J":"b\u001b[2J"})", "a\\x1b[2J  \"b\\x1b[2J\"\n"},
    {"an empty object", "{}", "(nothing)\n"},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    CHECK(show_reply(read_reply(one.reply).value(), plain) == one.shown);
  }
  const auto part = [&plain](const char* text) {
    return show_part(read_reply(text).value(), plain);
  };
  CHECK(part(R"({"player":"ada lovelace","points":5})") == "player \"ada lovelace\"  points 5\n");
  CHECK(part("[1]") == "[1]\n");
}

TEST_CASE("what is no JSON is an error that shows it, harmless") {
  for (const auto* const text : {"", "what\nis this", "{", "{\"a\":1,\"a\":2}", "\xff"}) {
    INFO(text);
    const auto read = read_reply(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::internal);
    CHECK_THAT(read.error().detail, Catch::Matchers::Contains("something that is no JSON"));
  }
  CHECK(read_reply("what\nis this").error().detail.ends_with("what\\nis this"));
}

} // namespace
} // namespace caucus::cli
