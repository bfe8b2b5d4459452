#pragma once

#include "runtime/variables/catalog.hpp"

#include <string>

/// What is stored, as tests name it: counters and entry counts in digits, other bytes as they are.

namespace caucus::testing {

inline std::string shown_bytes(bytes_view raw) {
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

inline std::string shown_value(const variable_declaration& of, bytes_view key, bytes_view value) {
  const bool counts = of.kind == variable_kind::set || of.kind == variable_kind::map;
  const auto number = read_stored_number(value);
  if (!key.empty() || !number || (!counts && of.kind != variable_kind::counter)) {
    return shown_bytes(value);
  }
  return counts ? std::to_string(*number) : std::to_string(static_cast<std::int64_t>(*number));
}

} // namespace caucus::testing
