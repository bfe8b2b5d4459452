#include "apps/caucus/commands.hpp"
#include "apps/caucus/completion.hpp"
#include "apps/caucus/help.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/usage.hpp"

#include "runtime/base/mailbox.hpp"
#include "runtime/commands/call.hpp"
#include "runtime/context.hpp"
#include "test/apps/canned_node.hpp"
#include "test/catch.hpp"
#include "test/runtime/commands/board.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace caucus::cli {
namespace {

/// Only declares.
struct board {
  static constexpr const char* name = "board";
  using commands = board_testing::board_commands;
  struct ports {
    inboxes<command_call> calls;
    outboxes<command_reply> replies;
    void each(auto&& visit) {
      visit("calls", calls);
      visit("replies", replies);
    }
  };
  board(ports /*its*/, context& /*around*/) {}
  static bool step() { return false; }
  static bool idle() { return true; }
};

/// The command line of a program with that actor.
template <class Actor>
struct club_of {
  composition with{"club", "1.0"};
  CLI::App app{"a club", "club"};
  action chosen;

  club_of() {
    with.add<Actor>();
    set_own(with);
    app.formatter(std::make_shared<help_formatter>());
    add_declared(app, chosen);
  }
  club_of(const club_of&) = delete;
  club_of& operator=(const club_of&) = delete;
  ~club_of() {
    static const composition none{"caucus", "0"};
    set_own(none);
  }
  [[nodiscard]] std::string help(const char* command) {
    return app.get_subcommand("board")->get_subcommand(command)->help();
  }
};
using club = club_of<board>;

TEST_CASE(
  "what an actor declares of a command is on the command line: limits, examples, exit codes") {
  club of;
  const auto cheer = of.help("cheer");
  for (const auto* const part :
       {"PLAYER", "who; 1 to 8 bytes", "--times", "how often; 1 to 3", "default 1", "--loud",
        "so that all hear it", "--timeout-ms", "1 to 3600000 ms", "--config FILE", "--json",
        "Exit code 9: nobody plays.", "\n  club board cheer ada --loud"}) {
    CAPTURE(part);
    CHECK_THAT(cheer, Catch::Matchers::Contains(part));
  }
  CHECK_THAT(of.help("cheers"), Catch::Matchers::Contains("until it ends or Ctrl-C"));
  CHECK_THAT(of.app.help(), Catch::Matchers::Contains("commands of board"));
}

TEST_CASE("status is every node's, so an actor's part of it is no command of its own") {
  club of;
  const auto words = complete(of.app, {""}, {}).words;
  REQUIRE(words.size() == 1);
  CHECK(words.front().word == "board");
}

TEST_CASE("completion knows what an actor declares") {
  club of;
  const auto words = complete(of.app, {"board", "cheer", "--t"}, {}).words;
  std::vector<std::string> found;
  for (const auto& one : words) {
    found.push_back(one.word);
  }
  std::sort(found.begin(), found.end());
  CHECK(found == std::vector<std::string>{"--timeout-ms", "--times"});
}

TEST_CASE("what is declared is held to its limits before a node is asked") {
  club of;
  of.app.parse("board cheer adaadaada --config nowhere");
  CHECK(of.chosen() == 2); // nine bytes; nowhere is not even looked at
}

/// A command of these words, with a parameter of that name.
template <const char* Words, const char* Parameter>
struct noted {
  static constexpr command_rule command{.words = Words, .summary = "note it"};
  using reply = std::uint64_t;

  std::uint64_t count = 0;

  static constexpr void parameters(auto&& parameter) { parameter(Parameter, &noted::count, {}); }
  static std::string print(std::uint64_t what, const command_context& /*of*/) {
    return std::to_string(what) + "\n";
  }
  friend bool operator==(const noted&, const noted&) = default;
};

template <class... Cs>
struct noter : board {
  static constexpr const char* name = "noter";
  using commands = caucus::commands<board_testing::board_status, control_status, Cs...>;
  using board::board;
};

constexpr char log_tail[] = "log tail";
constexpr char get_it[] = "get";
constexpr char note[] = "note";
constexpr char note_it[] = "note it";
constexpr char number_of[] = "number";
constexpr char json_of[] = "json";

struct leaf {
  static constexpr command_rule command{.words = "leaf", .summary = "leaf through it"};
  static constexpr std::array<exit_meaning, 2> exits{
    {{0, "found"}, {9, "no such page", errc::bad_request}}};
  using reply = std::uint64_t;

  std::string page;
  std::string shelf;
  duration patience{1'500'000};
  duration pause{1'000'000};

  static constexpr void parameters(auto&& parameter) {
    parameter("page", &leaf::page, {.positional = true, .required = true, .size = {1, 4}});
    parameter("shelf", &leaf::shelf, {.positional = true});
    parameter("patience_ms", &leaf::patience,
              {.range = {500, 60'000}, .doc = "seconds to look", .value = "N", .in_seconds = true});
    parameter("pause_ms", &leaf::pause,
              {.range = {10, 5'000}, .doc = "between two", .in_seconds = true});
  }
  static std::string print(std::uint64_t what, const command_context& /*of*/) {
    return std::to_string(what) + "\n";
  }
  friend bool operator==(const leaf&, const leaf&) = default;
};
struct press {
  static constexpr command_rule command{.words = "press", .summary = "press it", .http_only = true};
  using reply = std::uint64_t;

  static std::string print(std::uint64_t what, const command_context& /*of*/) {
    return std::to_string(what) + "\n";
  }
  friend bool operator==(const press&, const press&) = default;
};

TEST_CASE("an error ends with the exit code that the command declares for it") {
  club_of<noter<leaf>> of;
  of.app.parse("leaf fives --config nowhere");
  CHECK(of.chosen() == 9);
  CHECK_THAT(of.app.get_subcommand("leaf")->help(),
             Catch::Matchers::Contains("Exit code 0: found; 9: no such page."));
}

/// How a command of the board ends at a node that answers so.
int ends(const std::string& answer, const std::string& words) {
  const quiet_node node;
  club of;
  const canned_node at{node.folder, answer};
  of.app.parse(words + " --config " + node.folder.string());
  return of.chosen();
}

TEST_CASE("what is no JSON is no success: a read fails, and of a change the outcome is unknown") {
  const auto json = canned_node::whole("{\"cheers\":5}");
  const auto none = canned_node::whole("cheers: 5\n");
  CHECK(ends(json, "board cheer ada") == 0);
  CHECK(ends(json, "board cheers") == 0);
  for (const auto* const form : {"", " --json"}) {
    CHECK(ends(none, std::string{"board cheer ada"} + form) == 4);
    CHECK(ends(none, std::string{"board cheers"} + form) == 1);
  }
}

TEST_CASE("an argument that is no list takes one word, and leaves the next to the one behind it") {
  CHECK_NOTHROW(club_of<noter<leaf>>{}.app.parse("leaf two upper --config nowhere"));
  CHECK_THROWS_AS(club_of<noter<leaf>>{}.app.parse("leaf two upper third --config nowhere"),
                  CLI::ParseError);
}

TEST_CASE("a time that is given in seconds has its limits and its default in seconds") {
  club_of<noter<leaf>> of;
  CHECK_THAT(of.app.get_subcommand("leaf")->help(),
             Catch::Matchers::Contains("--patience N")
               && Catch::Matchers::Contains("seconds to look (0.5 to 60, default 1.5)")
               && Catch::Matchers::Contains("--pause SECONDS"));
  CHECK_THROWS_WITH(of.app.parse("leaf two --patience 0.4 --config nowhere"),
                    "--patience: given '0.4'; allowed: a number, 0.5 to 60");
}

TEST_CASE("an option's value is held to the declaration while the line is read") {
  club of;
  CHECK_THROWS_WITH(of.app.parse("board cheer ada --times 4 --config nowhere"),
                    "--times: given '4'; allowed: a whole number, 1 to 3");
}

/// What is said of a line that the parser does not take.
template <class Actor>
std::string refusal_of(const std::vector<std::string>& line) {
  club_of<Actor> of;
  try {
    of.app.parse(std::vector<std::string>{line.rbegin(), line.rend()});
  } catch (const CLI::ParseError& wrong) {
    return judge_parse(of.app, line, wrong).detail;
  }
  return {};
}

TEST_CASE("of a command of two words the second is told that is none, with what was meant") {
  CHECK(refusal_of<board>({"board", "cher", "ada"})
        == "there is no command 'board cher'; did you mean board cheer?");
  CHECK_THAT(refusal_of<board>({"board", "zzz"}),
             Catch::Matchers::StartsWith("there is no command 'board zzz'; allowed: cheer"));
  CHECK_THAT(refusal_of<board>({"board"}),
             Catch::Matchers::StartsWith("club board needs a command; allowed: cheer"));
}

TEST_CASE("an option that there is not is told before an argument that is missing") {
  CHECK(refusal_of<board>({"board", "cheer", "-x", "--config", "nowhere"})
        == "there is no option '-x'");
  CHECK(refusal_of<board>({"board", "cheer", "--config", "nowhere"}) == "PLAYER is required");
}

TEST_CASE("a command of HTTP alone is on no command line") {
  club_of<noter<leaf, press>> of;
  const auto words = complete(of.app, {""}, {}).words;
  REQUIRE(words.size() == 1);
  CHECK(words.front().word == "leaf");
}

/// Why a program with an actor of these commands has no command line.
template <class... Cs>
std::string why_not() {
  composition with{"club", "1.0"};
  with.add<noter<Cs...>>();
  set_own(with);
  CLI::App app{"a club", "club"};
  app.add_subcommand("log", "ours");
  app.add_subcommand("get", "ours");
  action chosen;
  std::string out;
  try {
    add_declared(app, chosen);
  } catch (const std::logic_error& why) {
    out = why.what();
  }
  static const composition none{"caucus", "0"};
  set_own(none);
  return out;
}

TEST_CASE("a command that would hide another one, or an option of all, is refused by name") {
  CHECK(why_not<noted<note_it, number_of>>().empty());
  CHECK(why_not<noted<log_tail, number_of>>()
        == "the command \"log tail\" of noter: \"log\" is there already; take another first word");
  CHECK(why_not<noted<get_it, number_of>>()
        == "the command \"get\" of noter: \"get\" is there already; take another first word");
  CHECK(why_not<noted<note_it, number_of>, noted<note, number_of>>()
        == "the command \"note\" of noter: \"note\" is there already; take another first word");
  CHECK(why_not<noted<note, number_of>, noted<note_it, number_of>>()
        == "the command \"note it\" of noter: \"note\" is there already; take another first word");
  CHECK(why_not<noted<note_it, json_of>>()
        == "the command \"note it\" of noter: each command has a \"json\"; name the parameter "
           "otherwise");
}

} // namespace
} // namespace caucus::cli
