#include "apps/caucus/help.hpp"

#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"

#include <algorithm>
#include <string_view>

namespace caucus::cli {

namespace {

/// Where descriptions begin.
constexpr std::size_t text_column = 30;

std::string row(const std::string& name, const std::string& text) {
  std::string out = "  " + name;
  if (out.size() + 2 > text_column) {
    out += "\n" + std::string(text_column, ' ');
  } else {
    out.append(text_column - out.size(), ' ');
  }
  return out + wrapped(text, text_column, text_column) + "\n";
}

/// "-h, --help", "--net-port, --port".
std::string names_of(const CLI::Option& option) {
  std::string out;
  for (const auto& one : option.get_snames()) {
    out += (out.empty() ? "-" : ", -") + one;
  }
  for (const auto& one : option.get_lnames()) {
    out += (out.empty() ? "--" : ", --") + one;
  }
  return out;
}

/// CLI11 has "UINT:INT in [1 - 64]": a word for the value, and what is allowed.
struct value_words {
  std::string name;
  std::string allowed{};
};
value_words value_of(const CLI::Option& option) {
  const auto type = option.get_type_name();
  value_words out{type};
  const auto colon = type.find(':');
  const auto rest = colon == std::string::npos ? std::string{} : type.substr(colon + 1);
  if (const auto from = rest.find(" in ["); from != std::string::npos) {
    const auto between = rest.find(" - ", from);
    const auto end = rest.find(']', from);
    out.allowed = rest.substr(from + 5, between - from - 5) + " to "
                  + rest.substr(between + 3, end - between - 3);
    out.name = type.substr(0, colon);
  } else if (rest.starts_with("{")) {
    out.name = rest;
  }
  const bool is_number = out.name == "UINT" || out.name == "FLOAT" || out.name == "INT";
  out.name = is_number ? "N" : out.name;
  return out;
}

/// Examples, which begin with two blanks, are written for `caucus`; this is the same for this program.
std::string as_own(std::string line) {
  constexpr std::string_view ours = "caucus ";
  const auto name = own().name() + " ";
  if (line.starts_with("  ")) {
    for (auto at = line.find(ours); at != std::string::npos;
         at = line.find(ours, at + name.size())) {
      line.replace(at, ours.size(), name);
    }
  }
  return line;
}

/// A line of a footer that is too wide: an example goes on behind a backslash, prose on the next line.
std::string footer_line(const std::string& line) {
  if (width_of(line) <= line_width) {
    return line;
  }
  if (!line.starts_with("  ")) {
    return wrapped(line, 0, 0);
  }
  constexpr std::size_t indent = 6; // of what goes on
  const auto at = line.rfind(" --", line_width - 2);
  const auto cut = at != std::string::npos && at > indent ? at : line.rfind(' ', line_width - 2);
  if (cut == std::string::npos || cut <= indent) {
    return line; // one long word
  }
  return line.substr(0, cut) + " \\\n" + footer_line("     " + line.substr(cut));
}

} // namespace

std::string value_name(const CLI::Option& of) {
  return value_of(of).name;
}

std::string help_formatter::make_footer(const CLI::App* app) const {
  const auto text = app->get_footer();
  if (text.empty()) {
    return {};
  }
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out += footer_line(as_own(text.substr(at, end - at))) + "\n";
    at = end + 1;
  }
  return out;
}

std::string help_formatter::make_subcommand(const CLI::App* sub) const {
  return row(sub->get_name(), sub->get_description());
}

std::string help_formatter::make_option(const CLI::Option* option, bool is_positional) const {
  if (is_positional) {
    return row(option->get_name(true, false) + (option->get_items_expected_max() > 1 ? " ..." : ""),
               option->get_description());
  }
  const bool takes = option->get_items_expected_max() > 0;
  const auto value = takes ? value_of(*option) : value_words{};
  auto text = option->get_description();
  std::string more = value.allowed;
  if (takes && !option->get_default_str().empty() && option->get_default_str() != "\"\"") {
    more += (more.empty() ? "" : ", ") + ("default " + option->get_default_str());
  }
  if (option->get_required()
      && option->get_name() != "--config") { // whose text says what else there is
    more += std::string{more.empty() ? "" : ", "} + "required";
  }
  return row(names_of(*option) + (value.name.empty() ? "" : " " + value.name),
             text + (more.empty() ? "" : " (" + more + ")"));
}

} // namespace caucus::cli
