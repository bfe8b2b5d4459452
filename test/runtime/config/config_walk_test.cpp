#include "runtime/config.hpp"

#include "test/catch.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// A key is declared once, and that is all that is said of it: a file, a flag, a program, print and
// the documentation's table go by it.

namespace caucus {
namespace {

using namespace std::chrono_literals;

struct board_config {
  std::uint32_t rows = 8;
  std::chrono::milliseconds pause{500};

  static constexpr void keys(auto&& key) {
    key("rows", &board_config::rows, {.range = {1, 64}, .doc = "of the board", .flag = "rows"});
    key("pause", &board_config::pause,
        {.range = {10ms, 1min}, .doc = "between two moves", .live = true});
  }
};

std::string told(const result<void>& what) {
  return what ? "" : to_string(what.error());
}

TEST_CASE("two declared keys are read from a file, then from flags") {
  board_config board;
  config_schema schema;
  schema.table("board", board);
  REQUIRE(schema.load_text("[board]\nrows = 3\n", "/x/node.toml"));
  CHECK(board.rows == 3);
  CHECK(board.pause == 500ms);
  REQUIRE(schema.apply_override("rows", "5"));
  REQUIRE(schema.apply_override("board-pause", "2s"));
  CHECK(board.rows == 5);
  CHECK(board.pause == 2s);
}

TEST_CASE("one declared range is what a file, a flag and a program are told") {
  board_config board;
  config_schema schema;
  schema.table("board", board);
  CHECK(
    told(schema.load_text("[board]\nrows = 65\n", "/x/node.toml"))
    == "value_out_of_range: /x/node.toml:2:8: board.rows: given 65; allowed: an integer, 1 to 64");
  CHECK(told(schema.apply_override("rows", "0"))
        == "value_out_of_range: --rows: given \"0\"; allowed: an integer, 1 to 64");
  CHECK(told(judge(board, "board")).empty());
  board.rows = 65;
  CHECK(told(judge(board, "board")) == "value_out_of_range: board.rows = 65, allowed 1 to 64");
  board = {.pause = 9ms};
  CHECK(told(judge(board)) == "value_out_of_range: pause, in ms = 9, allowed 10 to 60000");
}

TEST_CASE("a declared key is printed, and has its line in the table for the documentation") {
  board_config board;
  config_schema schema;
  schema.table("board", board);
  board.rows = 3;
  CHECK_THAT(schema.print(),
             Catch::Matchers::Contains("\n[board]\n"
                                       "# of the board. integer: 1 to 64; default 8\n"
                                       "rows = 3\n"
                                       "# between two moves. duration: \"10ms\" to \"1m\"; default "
                                       "\"500ms\"; live\n"
                                       "pause = \"500ms\"\n"));
  CHECK_THAT(
    schema.markdown_table(),
    Catch::Matchers::EndsWith("| `board.rows` | integer | 1 to 64 | `8` | no | "
                              "`--board-rows`, `--rows` | of the board |\n"
                              "| `board.pause` | duration | \"10ms\" to \"1m\" | `\"500ms\"` "
                              "| yes | `--board-pause` | between two moves |\n"));
}

struct games_config {
  std::uint32_t boards = 2;
  board_config board{};

  static constexpr void keys(auto&& key) {
    key("boards", &games_config::boards, {.range = {1, 9}});
    key("board", &games_config::board);
  }
};

TEST_CASE("a struct within a struct is a table within the table") {
  games_config games;
  config_schema schema;
  schema.table("games", games);
  REQUIRE(schema.load_text("[games]\nboards = 3\nboard.rows = 4\n", "/x/node.toml"));
  CHECK(games.boards == 3);
  CHECK(games.board.rows == 4);
  games.board.rows = 0;
  CHECK(told(judge(games, "games")) == "value_out_of_range: games.board.rows = 0, allowed 1 to 64");
}

// -- keys that narrow one another --------------------------------------------------------------

struct link_config {
  std::uint32_t all = 100;
  std::uint32_t one = 10;
  std::chrono::milliseconds ping = 2s;
  std::chrono::milliseconds dead = 10s;
  std::uint64_t low = 1;
  std::uint64_t high = 5;

  static constexpr void keys(auto&& key) {
    key("all", &link_config::all, {.range = {4, 1'000}});
    key("one", &link_config::one, {.range = {1, 1'000}, .at_most = &link_config::all});
    key("ping", &link_config::ping, {.range = {10ms, 1min}});
    key("dead", &link_config::dead, {.range = {20ms, 10min}, .more_than = &link_config::ping});
    key("low", &link_config::low);
    key("high", &link_config::high, {.at_least = &link_config::low, .bytes = true});
  }
};

TEST_CASE("what is read above another key that bounds it is lowered, without a word") {
  link_config link;
  config_schema schema;
  schema.table("net", link);
  REQUIRE(schema.load_text("net.all = 7\n", "/x/node.toml"));
  auto settled = link;
  REQUIRE(schema.settle(settled, "net"));
  CHECK(settled.one == 7);
  CHECK(link.one == 10);
  link.all = 7; // a program says what it means
  CHECK(told(judge(link, "net")) == "value_out_of_range: net.one = 10, allowed 1 to 7");
}

TEST_CASE("what another key forbids is refused, with its place, the other and the other's value") {
  struct row {
    std::string text, error;
  };
  for (const row& each : std::vector<row>{
         {"net.ping = \"20s\"\nnet.dead = \"20s\"",
          "value_out_of_range: /x/node.toml:2:12: net.dead: given \"20s\"; allowed: more than "
          "net.ping, \"20s\""},
         {"net.low = 2048",
          "value_out_of_range: the default of net.high: net.high: given \"5B\"; allowed: at least "
          "net.low, \"2KiB\""},
         {"net.ping = \"20s\"\nnet.dead = \"20001ms\"\nnet.low = 5", ""},
       }) {
    INFO(each.text);
    link_config link;
    config_schema schema;
    schema.table("net", link);
    REQUIRE(schema.load_text(each.text, "/x/node.toml"));
    CHECK(told(schema.settle(link, "net")) == each.error);
  }
}

TEST_CASE("a program is told the range that the other keys leave") {
  link_config link;
  link.ping = link.dead = 5s;
  CHECK(told(judge(link, "net"))
        == "value_out_of_range: net.dead, in ms = 5000, allowed 5001 to 600000");
  link = {.ping = 10ms, .dead = 15ms}; // its own range counts, too
  CHECK(told(judge(link, "net"))
        == "value_out_of_range: net.dead, in ms = 15, allowed 20 to 600000");
  link = {.low = 6};
  CHECK(told(judge(link, "net"))
        == "value_out_of_range: net.high = 5, allowed 6 to 9223372036854775807");
  link.high = 6;
  CHECK(judge(link, "net"));
}

// -- what is no number ---------------------------------------------------------------------------

enum class colour : std::uint8_t { red, green, blue };

bool is_short(std::string_view text) {
  return text.size() < 4;
}

struct words_config {
  colour paint = colour::red;
  std::string name = "a";
  std::vector<std::string> list{};
  std::filesystem::path file{};
  double share = 0.5;
  bool loud = false;

  static constexpr void keys(auto&& key) {
    key("paint", &words_config::paint,
        {.names = {{"red", colour::red}, {"green", colour::green}, {"blue", colour::blue}}});
    key("name", &words_config::name, {.check = is_short, .allowed = "at most 3 characters"});
    key("list", &words_config::list, {.check = is_short, .allowed = "at most 3 characters"});
    key("file", &words_config::file, {.check = is_short, .allowed = "at most 3 characters"});
    key("share", &words_config::share, {.range = {0.0, 1.0}});
    key("loud", &words_config::loud);
  }
};

TEST_CASE("choices, texts, lists and fractions that a program sets are judged as a file's are") {
  struct row {
    words_config config;
    std::string error;
  };
  for (const row& each : std::vector<row>{
         {{}, ""},
         {{.paint = static_cast<colour>(9)},
          "value_out_of_range: paint: neither red nor green nor blue"},
         {{.name = "long"}, "value_out_of_range: name = \"long\", allowed at most 3 characters"},
         {{.list = {"a", "long", "longer"}},
          "value_out_of_range: list = \"long\", allowed at most 3 characters"},
         {{.file = "long"}, "value_out_of_range: file = \"long\", allowed at most 3 characters"},
         {{.share = 1.5}, "value_out_of_range: share = 1.5, allowed 0.0 to 1.0"},
       }) {
    CHECK(told(judge(each.config)) == each.error);
  }
  words_config words;
  config_schema schema;
  schema.table({}, words);
  CHECK(told(schema.load_text("list = [\"a\", \"long\"]", "/x/node.toml"))
        == "value_out_of_range: /x/node.toml:1:8: list: given [\"a\", \"long\"]; allowed: at most "
           "3 characters");
}

// -- declared twice ------------------------------------------------------------------------------

struct name_twice {
  int a = 0;
  int b = 0;
  static constexpr void keys(auto&& key) {
    key("net.a", &name_twice::a);
    key("net.a", &name_twice::b);
  }
};
struct member_twice {
  int a = 0;
  static constexpr void keys(auto&& key) {
    key("a", &member_twice::a);
    key("b", &member_twice::a);
  }
};
struct table_twice {
  board_config one{};
  board_config other{};
  static constexpr void keys(auto&& key) {
    key("board", &table_twice::one);
    key("board", &table_twice::other);
  }
};

struct twice_within {
  name_twice table{};
  static constexpr void keys(auto&& key) { key("table", &twice_within::table); }
};

TEST_CASE("the compiler finds a name, a member and a table that are declared twice, at any depth") {
  STATIC_REQUIRE(keys_are_distinct<board_config>());
  STATIC_REQUIRE(keys_are_distinct<games_config>());
  STATIC_REQUIRE(keys_are_distinct<words_config>());
  STATIC_REQUIRE_FALSE(keys_are_distinct<name_twice>());
  STATIC_REQUIRE_FALSE(keys_are_distinct<member_twice>());
  STATIC_REQUIRE_FALSE(keys_are_distinct<table_twice>());
  STATIC_REQUIRE_FALSE(keys_are_distinct<twice_within>());
}

} // namespace
} // namespace caucus
