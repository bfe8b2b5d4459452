#include "runtime/variables/kind_list.hpp"
#include "runtime/variables/kind_parts.hpp"

/// opaque: payloads in order. `post PAYLOAD` is ordered and never looked into; it leaves no state.

namespace caucus {

namespace {

outcome post(const variable_change& what) {
  return kind_parts::check_value(what.declared, what.arguments[0].byte_string);
}

std::string example(const variable_declaration& of) {
  return "post " + kind_parts::short_text(of);
}

std::string misfit(const variable_declaration& /*of*/, bytes_view /*value*/) {
  return kind_parts::misplaced;
}

constexpr std::array<std::string_view, 1> fields{"value_size"};
constexpr std::array operations{kind_operation{"post", kind_parts::bytes_alone, post}};

} // namespace

constinit const kind_definition opaque_kind{.number = variable_kind::opaque,
                                            .word = "opaque",
                                            .head = kind_head::nothing,
                                            .fields = fields,
                                            .operations = operations,
                                            .example = example,
                                            .misfit = misfit,
                                            .show = kind_parts::show_bytes};

} // namespace caucus
