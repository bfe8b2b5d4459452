#pragma once

#include "apps/caucus/node_access.hpp"
#include "messages/result.hpp"
#include "runtime/commands/command.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

/// Commands as actors declare them: `caucus WORD [WORD]`, all of it read off the table. What a
/// terminal shows of one in a way of its own is a terminal_view. Main thread.

namespace caucus::cli {

/// A command line that fits the declaration, and the node that it names.
struct asked_line {
  any_command asked;
  given_texts texts;  ///< as they were typed
  std::string config; ///< as it was typed
  bool as_json = false;
  node_access node;
};

/// Asks and prints. Returns the exit code, or the error that is to be told.
using line_runner = std::function<result<int>(const asked_line&)>;

/// What is of the terminal alone in a declared command.
struct terminal_view {
  const command_facts* facts = nullptr;
  /// Adds the options that no node is told.
  line_runner (*begin)(CLI::App& to) = nullptr; ///< null: the reply is shown as it comes
  std::string_view notes{};                     ///< lines of help, before the examples
  std::string_view json{"print JSON"};          ///< help of --json; empty: there is no such option
  std::string_view filled{};                    ///< a parameter without an option: `begin` sets it
  /// What one parameter says of another. Errors: bad_request.
  result<void> (*tidy)(given_texts& texts) = nullptr;
};

[[nodiscard]] terminal_view view_of_evidence();
[[nodiscard]] terminal_view view_of_get();
[[nodiscard]] terminal_view view_of_history();
[[nodiscard]] terminal_view view_of_log();
[[nodiscard]] terminal_view view_of_propose();
[[nodiscard]] terminal_view view_of_rules();
[[nodiscard]] terminal_view view_of_status();

/// What is done where a view does nothing of its own: asks, and prints the reply as it comes.
[[nodiscard]] result<int> show_reply_of(const asked_line& line);

/// How long the command line waits: longer than the actor takes, so that the node itself says what
/// became of it.
[[nodiscard]] std::chrono::milliseconds longest_wait(const any_command& asked);

} // namespace caucus::cli
