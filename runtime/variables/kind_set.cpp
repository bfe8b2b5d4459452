#include "runtime/variables/kind_list.hpp"
#include "runtime/variables/kind_parts.hpp"

/// set: elements, which are keys without values. `insert ELEMENT`, `erase ELEMENT`; what is there may be inserted,
/// and what is not may be erased.

namespace caucus {

namespace {

outcome insert(const variable_change& what) {
  return kind_parts::put_entry(what, {});
}

std::string example(const variable_declaration& of) {
  return kind_parts::key_fits(of, "blue") ? "insert blue" : "";
}

shown_value show(bytes_view key, bytes_view value) {
  return key.empty() ? kind_parts::show_numbered(key, value) : shown_value{true};
}

constexpr std::array<std::string_view, 2> fields{"key_size", "entries"};
constexpr std::array operations{
  kind_operation{"insert", kind_parts::bytes_alone, insert},
  kind_operation{"erase", kind_parts::bytes_alone, kind_parts::erase_entry}};

} // namespace

constinit const kind_definition set_kind{.number = variable_kind::set,
                                         .word = "set",
                                         .head = kind_head::count,
                                         .bare_entries = true,
                                         .own_entries = true,
                                         .fields = fields,
                                         .operations = operations,
                                         .example = example,
                                         .misfit = kind_parts::count_misfit,
                                         .show = show};

} // namespace caucus
