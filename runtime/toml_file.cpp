#include "runtime/toml_file.hpp"

#include <utility>

namespace caucus {

std::string place_of(const std::string& file, const toml::source_region& at) {
  return file + ":" + std::to_string(at.begin.line) + ":" + std::to_string(at.begin.column);
}

result<toml::table> parse_toml(std::string_view text, const std::string& name) {
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
