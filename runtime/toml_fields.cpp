#include "runtime/toml_fields.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

void toml_fields_state::miss(const toml::source_region& in, std::string key,
                             std::string_view example) {
  if (refused()) {
    return; // what failed first is told
  }
  auto place = place_of(file_, in);
  if (missing_.empty() || missing_.back().place != place) {
    if (missing_.size() == absences_max) {
      return;
    }
    missing_.push_back({std::move(place), {}, {}});
  }
  missing_.back().keys.push_back(std::move(key));
  if (!example.empty()) {
    missing_.back().examples += "; for example " + std::string{example};
  }
}

error toml_fields_state::why() const {
  if (missing_.empty()) {
    return *wrong_;
  }
  std::string text;
  for (const auto& one : missing_) {
    text += (text.empty() ? "" : "\n") + one.place
            + (one.keys.size() == 1 ? ": needs the key " : ": needs the keys ");
    for (const auto& key : one.keys) {
      text += (&key == &one.keys.front() ? "" : ", ") + key;
    }
    text += one.examples;
  }
  return {errc::file_malformed, std::move(text)};
}

toml_fields::toml_fields(toml_fields_state& state, const toml::table& table, std::string path,
                         const std::vector<std::string_view>& known)
    : state_{state}, table_{table}, path_{std::move(path)} {
  const std::vector<std::string> names{known.begin(), known.end()};
  for (const auto& [key, node] : table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) {
      continue;
    }
    std::string text = "unknown key " + cut_to_line(path_ + std::string{key.str()}) + "; ";
    if (const std::string close = nearest(key.str(), names); !close.empty()) {
      text += "did you mean " + path_ + close + "?";
    } else {
      text += "allowed here: ";
      for (const std::string& each : names) {
        text += (&each == &names.front() ? "" : ", ") + each;
      }
    }
    state_.fail(errc::unknown_key, key.source(), std::move(text));
  }
}

const toml::node* toml_fields::find(std::string_view key) const {
  return state_.refused() ? nullptr : table_.get(key);
}

void toml_fields::need(std::string_view key, std::string_view example) {
  if (!has(key)) {
    state_.miss(table_.source(), path_ + std::string{key}, example);
  }
}

void toml_fields::refuse(errc code, std::string_view key, std::string_view allowed) {
  if (const toml::node* node = find(key)) {
    refuse(code, key, *node, allowed);
  }
}

void toml_fields::refuse(errc code, std::string_view key, const toml::node& part,
                         std::string_view allowed) {
  state_.fail(code, part.source(),
              path_ + std::string{key} + ": given " + shown(part)
                + "; allowed: " + std::string{allowed});
}

std::optional<std::string> toml_fields::text(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (const auto* found = node->as_string()) {
    return found->get();
  }
  refuse(errc::wrong_type, key, "text");
  return std::nullopt;
}

std::optional<std::int64_t> toml_fields::integer(std::string_view key, std::int64_t min,
                                                 std::int64_t max) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const std::string allowed = "an integer, " + std::to_string(min) + " to " + std::to_string(max);
  const auto* found = node->as_integer();
  if (found == nullptr) {
    refuse(errc::wrong_type, key, allowed);
    return std::nullopt;
  }
  if (found->get() < min || found->get() > max) {
    refuse(errc::value_out_of_range, key, allowed);
    return std::nullopt;
  }
  return found->get();
}

std::optional<std::chrono::milliseconds> toml_fields::milliseconds(std::string_view key,
                                                                   std::chrono::milliseconds min,
                                                                   std::chrono::milliseconds max) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const std::string allowed = "a duration, \"" + print_duration(min) + "\" to \""
                              + print_duration(max) + "\", in whole milliseconds";
  const auto* written = node->as_string();
  const auto found = written != nullptr ? parse_duration(written->get()) : std::nullopt;
  if (!found) {
    refuse(errc::wrong_type, key, allowed);
    return std::nullopt;
  }
  const auto out = std::chrono::duration_cast<std::chrono::milliseconds>(*found);
  if (out != *found || out < min || out > max) {
    refuse(errc::value_out_of_range, key, allowed);
    return std::nullopt;
  }
  return out;
}

const toml::table* toml_fields::table(std::string_view key) {
  const toml::node* node = find(key);
  if (node != nullptr && !node->is_table()) {
    refuse(errc::wrong_type, key, "a table");
    return nullptr;
  }
  return node == nullptr ? nullptr : node->as_table();
}

const toml::array* toml_fields::list(std::string_view key, std::size_t count_max,
                                     std::string_view allowed) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return nullptr;
  }
  const toml::array* out = node->as_array();
  if (out == nullptr || out->size() > count_max) {
    refuse(out == nullptr ? errc::wrong_type : errc::value_out_of_range, key, allowed);
    return nullptr;
  }
  return out;
}

std::vector<const toml::table*> toml_fields::tables(std::string_view key, std::size_t count_max) {
  const std::string allowed = "a list of at most " + std::to_string(count_max) + " tables";
  std::vector<const toml::table*> out;
  if (const toml::array* found = list(key, count_max, allowed); found != nullptr) {
    for (const toml::node& each : *found) {
      if (!each.is_table()) {
        refuse(errc::wrong_type, key, each, allowed);
        return {};
      }
      out.push_back(each.as_table());
    }
  }
  return out;
}

std::vector<std::pair<std::string, const toml::node*>> toml_fields::texts(std::string_view key,
                                                                          std::size_t count_max) {
  const std::string allowed = "a list of at most " + std::to_string(count_max) + " texts";
  std::vector<std::pair<std::string, const toml::node*>> out;
  if (const toml::array* found = list(key, count_max, allowed); found != nullptr) {
    for (const toml::node& each : *found) {
      const auto* text = each.as_string();
      if (text == nullptr) {
        refuse(errc::wrong_type, key, each, allowed);
        return {};
      }
      out.emplace_back(text->get(), &each);
    }
  }
  return out;
}

} // namespace caucus
