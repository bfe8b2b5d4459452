#pragma once

#include "runtime/base/overloaded.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <string>

/// What is stored, as tests name it: numbers in digits, an element as "", other bytes as they are.

namespace caucus::testing {

inline std::string shown_bytes(bytes_view raw) {
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

inline std::string shown_text(const variable_declaration& of, bytes_view key, bytes_view value) {
  return std::visit(overloaded{[](bool) { return std::string{}; },
                               [](std::int64_t number) { return std::to_string(number); },
                               [](bytes_view raw) { return shown_bytes(raw); }},
                    kind_of(of.kind).show(key, value));
}

} // namespace caucus::testing
