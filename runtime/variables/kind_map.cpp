#include "runtime/variables/kind_list.hpp"
#include "runtime/variables/kind_parts.hpp"

/// map: values under keys. `put KEY VALUE` replaces, `remove KEY` takes also what is not there.

namespace caucus {

namespace {

outcome put(const variable_change& what) {
  const auto value = what.arguments[1].byte_string;
  if (auto bad = kind_parts::check_value(what.declared, value); !bad.applied()) {
    return bad;
  }
  return kind_parts::put_entry(what, value);
}

std::string example(const variable_declaration& of) {
  return kind_parts::key_fits(of, "name") ? "put name " + kind_parts::short_text(of) : "";
}

constexpr std::array<std::string_view, 3> fields{"value_size", "key_size", "entries"};
constexpr std::array operations{
  kind_operation{"put", kind_parts::key_and_bytes, put},
  kind_operation{"remove", kind_parts::bytes_alone, kind_parts::erase_entry}};

} // namespace

constinit const kind_definition map_kind{.number = variable_kind::map,
                                         .word = "map",
                                         .head = kind_head::count,
                                         .own_entries = true,
                                         .fields = fields,
                                         .operations = operations,
                                         .example = example,
                                         .misfit = kind_parts::count_misfit,
                                         .show = kind_parts::show_numbered};

} // namespace caucus
