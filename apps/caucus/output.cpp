#include "apps/caucus/output.hpp"

#include "apps/caucus/own.hpp"
#include "runtime/no_restart.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <unistd.h>

namespace caucus::cli {

namespace {

int output_failure = 0; ///< errno of the first print() that failed

/// A character that does something to a terminal, or to the text around it, in place of being seen.
struct unseen {
  std::size_t size = 0; ///< bytes; 0: it is seen
  std::uint32_t point = 0;
};

unseen unseen_at(std::string_view at) {
  const auto byte = [at](std::size_t i) -> std::uint32_t {
    return i < at.size() ? static_cast<unsigned char>(at[i]) : 0;
  };
  if (byte(0) < 0x20 || byte(0) == 0x7F) {
    return {1, byte(0)};
  }
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) {
    return {2, byte(1)};
  }
  if (byte(0) == 0xE2 && (byte(1) == 0x80 || byte(1) == 0x81)) {
    const auto point = 0x2000 + (byte(1) & 0x3FU) * 64 + (byte(2) & 0x3FU);
    const bool turns = point == 0x200E || point == 0x200F || (point >= 0x2028 && point <= 0x202E)
                       || (point >= 0x2066 && point <= 0x2069);
    return turns ? unseen{3, point} : unseen{};
  }
  return {};
}

/// As it is, but for what is unseen; `kept` is a control character that stays, 0 for none. `more`:
/// these get a backslash in front.
std::string escaped(std::string_view text, char kept, std::string_view more) {
  std::string out;
  while (!text.empty()) {
    const auto found = unseen_at(text);
    const char c = text.front();
    if (found.size == 0 || (kept != 0 && c == kept)) {
      out += more.find(c) == std::string_view::npos ? "" : "\\";
      out += c;
      text.remove_prefix(1);
      continue;
    }
    char name[8];
    static_cast<void>(
      std::snprintf(name, sizeof name, found.point < 0x100 ? "\\x%02x" : "\\u%04x", found.point));
    out += c == '\n' ? "\\n" : (c == '\t' ? "\\t" : name);
    text.remove_prefix(found.size);
  }
  return out;
}

} // namespace

exit_code exit_code_of(errc why) {
  switch (kind_of(why)) {
    case error_kind::wrong_request:
    case error_kind::wrong_setup: return exit_code::usage;
    case error_kind::undecided: return exit_code::unknown;
    case error_kind::unreachable: return exit_code::unreachable;
    case error_kind::unverified: return exit_code::unverified;
    case error_kind::interrupted: return exit_code::interrupted;
    case error_kind::failure:
    case error_kind::no_such_thing:
    case error_kind::conflict:
    case error_kind::over_limit:
    case error_kind::later: return exit_code::failed;
  }
  return exit_code::failed;
}

namespace {

bool wants_colours(int output) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here changes the environment
  return ::isatty(output) == 1 && std::getenv("NO_COLOR") == nullptr;
}

} // namespace

int report(const error& what) {
  return report(what, {});
}

error as_wrong_use(error what) {
  if (exit_code_of(what.code) == exit_code::failed && what.code != errc::io_failed) {
    what.code = errc::bad_request;
  }
  return what;
}

int report_end_of_node(const error& what, std::string_view next_step) {
  const int code = report(what, next_step);
  // A key or journal that is gone, or not to be read, does not come back by itself; a disk or an
  // address may.
  const bool stays =
    !may_pass(what.code) || what.code == errc::file_missing || what.code == errc::file_unreadable;
  return code == number(exit_code::failed) && stays ? number(exit_code::beyond_restart) : code;
}

void warn_of(std::string_view text, std::string_view next_step) {
  static_cast<void>(report({errc::internal, std::string{"warning: "}.append(text)}, next_step));
}

int report(const error& what, std::string_view next_step) {
  const bool colours = wants_colours(STDERR_FILENO);
  const paint with{colours};
  std::string out = with.red(own().name() + ": ");
  out += what.detail.empty() ? std::string{to_string(what.code)} : escaped(what.detail, '\n', {});
  if (!next_step.empty()) {
    out += "\n        ";
    out += next_step;
  }
  static_cast<void>(std::fprintf(stderr, "%s\n", out.c_str()));
  return number(exit_code_of(what.code));
}

paint::paint() : colours_{wants_colours(STDOUT_FILENO)} {}

std::string paint::in(std::string_view code, std::string_view text) const {
  std::string out;
  if (!colours_) {
    return out.append(text);
  }
  return out.append("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
}

std::string harmless(std::string_view text) {
  return escaped(text, 0, {});
}

/// As what is shown of bytes, of nothing and of a structure begins.
static bool begins_as_another(std::string_view text) {
  return text.starts_with('(') || text.starts_with('{') || text.starts_with('[')
         || text.starts_with("hex:");
}

std::string quoted_word(std::string_view text, std::size_t size_max) {
  const bool plain = !text.empty() && text.size() <= size_max && !begins_as_another(text)
                     && text.find_first_of(" \"'\\") == std::string_view::npos
                     && harmless(text) == text;
  if (plain) {
    return std::string{text};
  }
  std::string_view after;
  if (text.size() > size_max) {
    while (size_max > 0 && (static_cast<unsigned char>(text[size_max]) & 0xC0U) == 0x80) {
      --size_max; // not through a character
    }
    text = text.substr(0, size_max);
    after = "...";
  }
  return '"' + escaped(text, 0, "\"\\") + '"' + std::string{after};
}

std::string quoted_line(std::string_view text) {
  const bool plain = !text.empty() && harmless(text) == text && text.front() != '"'
                     && text.front() != ' ' && text.back() != ' ' && !begins_as_another(text);
  return plain ? std::string{text} : quoted_word(text);
}

std::size_t width_of(std::string_view text) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size());
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80) {
      ++out;
    }
  }
  return out;
}

std::string wrapped(std::string_view text, std::size_t used, std::size_t indent) {
  std::string out;
  bool first = true; // on its line
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto size = width_of(word);
    if (!first && used + 1 + size > line_width) {
      out.append("\n").append(indent, ' ');
      used = indent;
      first = true;
    } else if (first && used > indent && used + size > line_width) {
      out.append("\n").append(indent, ' ');
      used = indent;
    }
    out.append(first ? "" : " ").append(word);
    used += size + (first ? 0 : 1);
    first = false;
  }
  return out;
}

bool print(std::string_view text) {
  errno = 0;
  const bool done =
    std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!done && output_failure == 0) {
    output_failure = errno != 0 ? errno : EIO;
  }
  return done;
}

int finish_output(int code) {
  if (output_failure == 0) {
    return code;
  }
  if (output_failure != EPIPE) {
    static_cast<void>(
      report({errc::io_failed, std::string{"cannot write the output: "}
                                 + std::generic_category().message(output_failure)}));
  }
  const bool good = code == number(exit_code::ok) || code == number(exit_code::warned);
  return good ? number(exit_code::failed) : code;
}

std::string grouped(std::uint64_t number) {
  auto out = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3) {
    out.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return out;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return grouped(number).append(" ").append(number == 1 ? one : many);
}

} // namespace caucus::cli
