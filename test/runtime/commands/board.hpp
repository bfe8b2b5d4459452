#pragma once

#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/status_sheet.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// An actor's commands as an application declares them, of which no file of the product knows.

namespace caucus::board_testing {

struct board_status {
  std::uint64_t cheers = 0;
  std::string problem{};
};
inline void put_status(status_sheet& to, const board_status& of, const status_parts& /*all*/) {
  to.put("cheers", of.cheers);
  to.problem(of.problem);
}
inline void put_metrics(metric_sheet& to, const board_status& of, const status_parts& /*all*/) {
  to.counter("caucus_board_cheers_total", "Cheers heard.", of.cheers);
}

struct cheered {
  std::uint64_t cheers = 0;
};
struct cheer {
  static constexpr command_rule command{.words = "board cheer",
                                        .summary = "cheer for a player",
                                        .effect = command_effect::changes,
                                        .usage = R"(a cheer is {"player": "ada"})"};
  static constexpr std::array<std::string_view, 1> examples{"board cheer ada --loud"};
  static constexpr std::array<exit_meaning, 1> exits{{{9, "nobody plays"}}};
  using reply = cheered;

  std::string player;
  bool loud = false;
  std::uint16_t times = 1;
  std::vector<std::string> words;
  duration timeout{5'000'000};

  static constexpr void parameters(auto&& parameter) {
    parameter("player", &cheer::player,
              {.positional = true, .required = true, .size = {1, 8}, .doc = "who"});
    parameter("loud", &cheer::loud, {.doc = "so that all hear it"});
    parameter("times", &cheer::times, {.range = {1, 3}, .doc = "how often"});
    parameter("words", &cheer::words, {.size = {0, 2}, .noun = "word"});
    parameter("timeout_ms", &cheer::timeout, {.range = timeout_range, .unit = "ms"});
  }
  static std::string print(const cheered& what, const command_context& /*of*/) {
    return "{\"cheers\":" + std::to_string(what.cheers) + "}\n";
  }
  friend bool operator==(const cheer&, const cheer&) = default;
};

/// Its parts are numbers.
struct cheers {
  static constexpr command_rule command{
    .words = "board cheers", .summary = "print cheers as they come", .streams = true};
  using reply = std::uint64_t;

  height from{1};
  std::optional<bytes> player;
  bool all = false;

  static constexpr void parameters(auto&& parameter) {
    parameter("from", &cheers::from, {.range = {1, 100}});
    parameter("player", &cheers::player, {.size = {1, 4}});
    parameter("all", &cheers::all, {});
  }
  [[nodiscard]] result<void> check() const {
    return all && player ? command_detail::bad("all is for nobody alone") : result<void>{};
  }
  static cheers after(const cheers& what, std::uint64_t part) {
    auto out = what;
    out.from = height{part + 1};
    return out;
  }
  static std::string print(std::uint64_t what, const command_context& /*of*/) {
    return std::to_string(what) + "\n";
  }
  friend bool operator==(const cheers&, const cheers&) = default;
};

using board_commands = commands<board_status, control_status, cheer, cheers>;

} // namespace caucus::board_testing
