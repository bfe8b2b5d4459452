#include "runtime/variables/kind_list.hpp"
#include "runtime/variables/kind_parts.hpp"

/// register: one value. `set VALUE` replaces it.

namespace caucus {

namespace {

outcome set(const variable_change& what) {
  const auto value = what.arguments[0].byte_string;
  if (auto bad = kind_parts::check_value(what.declared, value); !bad.applied()) {
    return bad;
  }
  what.state.put(what.state.head(), {}, value);
  return {};
}

std::string example(const variable_declaration& of) {
  return "set " + kind_parts::short_text(of);
}

std::string misfit(const variable_declaration& of, bytes_view value) {
  return value.size() <= of.value_size ? "" : "a value of that size";
}

constexpr std::array<std::string_view, 1> fields{"value_size"};
constexpr std::array operations{kind_operation{"set", kind_parts::bytes_alone, set}};

} // namespace

constinit const kind_definition register_kind{.number = variable_kind::reg,
                                              .word = "register",
                                              .head = kind_head::value,
                                              .fields = fields,
                                              .operations = operations,
                                              .example = example,
                                              .misfit = misfit,
                                              .show = kind_parts::show_bytes};

} // namespace caucus
