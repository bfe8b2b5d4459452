#include "apps/caucus/commands.hpp"
#include "apps/caucus/completion.hpp"
#include "apps/caucus/help.hpp"
#include "apps/caucus/own.hpp"

#include "runtime/base/mailbox.hpp"
#include "runtime/commands/call.hpp"
#include "runtime/context.hpp"
#include "test/catch.hpp"
#include "test/runtime/commands/board.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
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
struct club {
  composition with{"club", "1.0"};
  CLI::App app{"a club", "club"};
  action chosen;

  club() {
    with.add<board>();
    set_own(with);
    app.formatter(std::make_shared<help_formatter>());
    add_declared(app, chosen);
  }
  club(const club&) = delete;
  club& operator=(const club&) = delete;
  ~club() {
    static const composition none{"caucus", "0"};
    set_own(none);
  }
  [[nodiscard]] std::string help(const char* command) {
    return app.get_subcommand("board")->get_subcommand(command)->help();
  }
};

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

} // namespace
} // namespace caucus::cli
