#pragma once

#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// How the command line speaks: exit codes, colours, errors. Main thread.

namespace caucus::cli {

/// What `caucus` ends with. Scripts rely on the numbers.
enum class exit_code : std::uint8_t {
  ok = 0,
  failed = 1,      ///< the error says why
  usage = 2,       ///< the command line or a configuration is wrong
  refused = 3,     ///< a rule refused the mutation; nothing changed
  unknown = 4,     ///< no receipt in time: it may or may not be applied; retry with its request id
  unreachable = 5, ///< no node answers on the control socket
  unverified = 6,  ///< an answer's proof or certificate does not hold, or it is stale
  warned = 7,      ///< doctor has warnings, and no failures
  beyond_restart = 8, ///< a node ended, and another start would end in the same way
  interrupted = 130,  ///< Ctrl-C, as a shell has it
};
[[nodiscard]] constexpr int number(exit_code code) {
  return static_cast<int>(code);
}
[[nodiscard]] exit_code exit_code_of(errc why);

/// Tells the error on stderr, after the program's name, "caucus: "; returns the exit code that goes
/// with it.
[[nodiscard]] int report(const error& what);
[[nodiscard]] int report(const error& what, std::string_view next_step);
/// What is said on stderr, after "caucus: warning: ", of what goes on.
void warn_of(std::string_view text, std::string_view next_step);
/// Of a node's configuration or genesis: one that is missing, or no TOML, is as wrong as one with a
/// wrong key. Only what the disk says of itself may pass.
[[nodiscard]] error as_wrong_use(error what);
/// Of a node that did not start or gave up: beyond_restart, unless it is wrong usage, or may pass.
[[nodiscard]] int report_end_of_node(const error& what, std::string_view next_step = {});

/// Colour and cursor moves: on a terminal alone, and not if NO_COLOR is set.
class paint {
public:
  /// Of stdout.
  paint();
  explicit paint(bool colours) : colours_{colours} {}
  [[nodiscard]] bool on() const { return colours_; }
  [[nodiscard]] std::string bold(std::string_view text) const { return in("1", text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return in("2", text); }
  [[nodiscard]] std::string red(std::string_view text) const { return in("31", text); }
  [[nodiscard]] std::string green(std::string_view text) const { return in("32", text); }
  [[nodiscard]] std::string yellow(std::string_view text) const { return in("33", text); }

private:
  [[nodiscard]] std::string in(std::string_view code, std::string_view text) const;
  bool colours_;
};

/// Text that others may have written, as part of one line: control characters, line ends among
/// them, and those that turn the direction of what follows are escaped, as "\n" or "\x1b".
[[nodiscard]] std::string harmless(std::string_view text);
/// A word of others among words: what is empty, long, or could be taken for more than one word, for
/// something escaped, for bytes ("hex:00ff") or for a remark of ours ("(absent)") is in quotes,
/// with all escaped; what is longer than `size_max` is cut.
[[nodiscard]] std::string quoted_word(std::string_view text,
                                      std::size_t size_max = std::string_view::npos);

/// The same of a line that is nothing else: blanks within are as they are.
[[nodiscard]] std::string quoted_line(std::string_view text);

/// What fits a terminal that nobody made wider.
inline constexpr std::size_t line_width = 80;
/// How many columns it takes, colours not counted; for text without wide characters.
[[nodiscard]] std::size_t width_of(std::string_view text);
/// In lines of line_width columns at most, broken between words only; all but the first begin with
/// `indent` blanks. The first begins `used` columns in. A longer word has a line of its own. No
/// line end at the end.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t used, std::size_t indent);

/// Writes and flushes: what reads us may wait for a line. False: stdout is gone, or its disk is
/// full; finish_output() tells.
bool print(std::string_view text);
/// Before the program ends with `code`: if something could not be printed, says so, and a success
/// is none. A pipe whose reader has gone, as `| head` does, is not worth a word.
[[nodiscard]] int finish_output(int code);

/// "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);
/// "1 entry", "2,000 entries".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view one,
                                  std::string_view many);

} // namespace caucus::cli
