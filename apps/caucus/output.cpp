#include "apps/caucus/output.hpp"

#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace caucus::cli {

exit_code exit_code_of(errc why) {
  switch (why) {
    case errc::unknown_key:
    case errc::wrong_type:
    case errc::value_out_of_range:
    case errc::unknown_variable:
    case errc::unknown_operation:
    case errc::wrong_arguments:
    case errc::bad_request: return exit_code::usage;
    case errc::outcome_unknown:
    case errc::timed_out:
    case errc::not_yet:
    case errc::no_quorum_answered: return exit_code::unknown;
    case errc::node_unreachable: return exit_code::unreachable;
    case errc::bad_proof:
    case errc::bad_certificate:
    case errc::wrong_group:
    case errc::stale_answer: return exit_code::unverified;
    case errc::cancelled: return exit_code::interrupted;
    default: return exit_code::failed;
  }
}

int report(const error& what) {
  return report(what, {});
}

int report(const error& what, std::string_view next_step) {
  const bool colours = ::isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  const paint with{colours};
  std::string out = with.red("caucus: ");
  out += what.detail.empty() ? std::string{to_string(what.code)} : harmless(what.detail);
  if (!next_step.empty()) {
    out += "\n        ";
    out += next_step;
  }
  std::fprintf(stderr, "%s\n", out.c_str());
  return number(exit_code_of(what.code));
}

paint::paint() : colours_{::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr} {}

std::string paint::in(std::string_view code, std::string_view text) const {
  std::string out;
  if (!colours_) {
    return out.append(text);
  }
  return out.append("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
}

std::string harmless(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte >= 0x20 && byte != 0x7F ? c : (c == '\n' ? '\n' : '?');
  }
  return out;
}

bool print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size()
         && std::fflush(stdout) == 0;
}

std::string grouped(std::uint64_t number) {
  auto out = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3) {
    out.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return out;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80 ? 1U : (lead < 0xE0 ? 2U : (lead < 0xF0 ? 3U : 4U));
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + size > text.size()) {
      return false;
    }
    for (std::size_t k = 1; k < size; ++k) {
      if (static_cast<unsigned char>(text[i + k]) >> 6U != 2) {
        return false;
      }
    }
    i += size;
  }
  return true;
}

} // namespace caucus::cli
