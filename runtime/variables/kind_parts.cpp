#include "runtime/variables/kind_parts.hpp"

#include "runtime/variables/catalog.hpp"

#include <cstddef>

namespace caucus::kind_parts {

namespace {

outcome too_large(const char* what, std::size_t size, std::size_t allowed) {
  return refused_with(errc::out_of_bounds, std::string{what} + " has " + std::to_string(size)
                                             + " bytes, allowed are " + std::to_string(allowed));
}

outcome check_key(const variable_declaration& of, bytes_view key) {
  if (key.empty()) {
    return refused_with(errc::out_of_bounds, "the key is empty");
  }
  return key.size() > of.key_size ? too_large("the key", key.size(), of.key_size) : outcome{};
}

} // namespace

outcome check_value(const variable_declaration& of, bytes_view value) {
  return value.size() > of.value_size ? too_large("the value", value.size(), of.value_size)
                                      : outcome{};
}

outcome put_entry(const variable_change& what, bytes_view value) {
  const auto key = what.arguments[0].byte_string;
  if (auto bad = check_key(what.declared, key); !bad.applied()) {
    return bad;
  }
  const auto path = what.state.path(key);
  if (!what.state.get(path)) {
    auto& count = what.state.count();
    if (count >= what.declared.entries) {
      return refused_with(errc::out_of_bounds,
                          "it is full: " + std::to_string(what.declared.entries) + " entries");
    }
    if (what.state.occupied(path)) {
      return refused_with(errc::out_of_bounds, "the key's hash is another's: take another key");
    }
    ++count;
  }
  what.state.put(path, key, value);
  return {};
}

outcome erase_entry(const variable_change& what) {
  const auto key = what.arguments[0].byte_string;
  if (auto bad = check_key(what.declared, key); !bad.applied()) {
    return bad;
  }
  const auto path = what.state.path(key);
  if (what.state.get(path)) {
    --what.state.count();
    what.state.erase(path);
  }
  return {};
}

bool key_fits(const variable_declaration& of, std::string_view key) {
  return key.size() + (of.writers == writers::own_entries ? own_prefix_size : 0) <= of.key_size;
}

std::string short_text(const variable_declaration& of) {
  return of.value_size >= 5 ? "hello" : "x";
}

std::string count_misfit(const variable_declaration& of, bytes_view value) {
  const auto count = read_stored_number(value);
  if (!count) {
    return misplaced;
  }
  return *count <= of.entries ? "" : "so many entries";
}

shown_value show_numbered(bytes_view key, bytes_view value) {
  const auto number = key.empty() ? read_stored_number(value) : fail(errc::wrong_arguments);
  return number ? shown_value{static_cast<std::int64_t>(*number)} : shown_value{value};
}

shown_value show_bytes(bytes_view /*key*/, bytes_view value) {
  return value;
}

} // namespace caucus::kind_parts
