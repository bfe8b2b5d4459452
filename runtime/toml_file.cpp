#include "runtime/toml_file.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace caucus {

std::string place_of(const std::string& file, const toml::source_region& at) {
  return file + ":" + std::to_string(at.begin.line) + ":" + std::to_string(at.begin.column);
}

namespace {

/// Takes one string of TOML off the front, quotes included; what follows an open one is left to toml++.
std::size_t string_size(std::string_view text) {
  const char quote = text.front();
  const std::string three(3, quote);
  const bool many_lines = text.starts_with(three);
  std::size_t at = many_lines ? 3 : 1;
  while (at < text.size()) {
    if (quote == '"' && text[at] == '\\') {
      at += 2;
    } else if (!many_lines && (text[at] == quote || text[at] == '\n')) {
      return at + 1;
    } else if (many_lines && text.substr(at).starts_with(three)) {
      at += 3;
      for (int more = 0; more < 2 && at < text.size() && text[at] == quote; ++more) {
        ++at; // two quotes may stand right before the closing three
      }
      return at;
    } else {
      ++at;
    }
  }
  return text.size();
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

/// How deep a file goes. toml++ bounds lists and tables within one another, but neither the parts of a dotted
/// key nor those of a table's header, and goes through what it has read by recursion.
class depth {
public:
  /// A character outside strings and comments. False: it goes one level too deep.
  bool take(char c) {
    if (c == '.') { // a number and a time have one at most
      return ++dots_ < toml_depth_max;
    }
    if (c == '[' || c == '{') {
      ++open_;
    } else if ((c == ']' || c == '}') && open_ > 0) {
      --open_;
    }
    if (!is_part_of_key(c)) {
      dots_ = 0;
    }
    return open_ <= toml_depth_max;
  }

private:
  static bool is_part_of_key(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '-' || c == ' ' || c == '\t';
  }

  std::size_t dots_ = 0; ///< of the key so far
  std::size_t open_ = 0; ///< brackets and braces
};

struct refusal {
  std::size_t at; ///< the byte's place
  std::string why;
};

/// The first byte that toml++ 3.3 is not shown: TOML allows it nowhere, or not outside strings and comments, and
/// toml++ runs into undefined behaviour on some of them; or it goes too deep.
std::optional<refusal> find_forbidden(std::string_view text) {
  const std::string odd_byte = "not TOML: a control character, or one beyond ASCII outside quotes";
  depth deep;
  std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; // a byte order mark
  while (at < text.size()) {
    std::size_t size = 1;
    if (text[at] == '#') {
      size = std::min(text.find('\n', at), text.size()) - at;
    } else if (text[at] == '"' || text[at] == '\'') {
      size = std::min(string_size(text.substr(at)), text.size() - at);
    } else if (static_cast<unsigned char>(text[at]) >= 0x80) {
      return refusal{at, odd_byte};
    } else if (!deep.take(text[at])) {
      return refusal{at, "too deep: more than " + std::to_string(toml_depth_max)
                           + " parts in a key, or lists and tables within one another"};
    }
    const std::string_view part = text.substr(at, size);
    const auto* const odd = std::find_if(part.begin(), part.end(), is_control);
    if (odd != part.end()) {
      return refusal{at + static_cast<std::size_t>(odd - part.begin()), odd_byte};
    }
    at += size;
  }
  return std::nullopt;
}

} // namespace

result<toml::table> parse_toml(std::string_view text, const std::string& name) {
  if (const auto refused = find_forbidden(text)) {
    const std::string_view before = text.substr(0, refused->at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t column = refused->at - (before.rfind('\n') + 1) + 1; // npos + 1 is 0
    return fail(errc::file_malformed, name + ":" + std::to_string(line) + ":"
                                        + std::to_string(column) + ": " + refused->why);
  }
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& wrong) {
    return fail(errc::file_malformed,
                place_of(name, wrong.source()) + ": not TOML: " + std::string{wrong.description()});
  }
}

std::optional<config_value> value_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) {
    return config_value{flag->get()};
  }
  if (const auto* integer = node.as_integer()) {
    return config_value{integer->get()};
  }
  if (const auto* real = node.as_floating_point()) {
    return config_value{real->get()};
  }
  if (const auto* text = node.as_string()) {
    return config_value{text->get()};
  }
  const auto* list = node.as_array();
  if (list == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> out;
  for (const toml::node& each : *list) {
    const auto* text = each.as_string();
    if (text == nullptr) {
      return std::nullopt;
    }
    out.push_back(text->get());
  }
  return config_value{std::move(out)};
}

std::string cut_to_line(std::string text) {
  constexpr std::size_t shown_max = 60;
  if (text.size() > shown_max) {
    text.resize(shown_max);
    text += "...";
  }
  return text;
}

std::string shown(const toml::node& node) {
  if (const auto value = value_of(node)) {
    if (const auto* text = std::get_if<std::string>(&*value)) {
      return toml_text(cut_to_line(*text));
    }
    return cut_to_line(print_value(*value));
  }
  if (node.is_table()) {
    return "a table";
  }
  return node.is_array() ? "a list" : "a date or time";
}

} // namespace caucus
