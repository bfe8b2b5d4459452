#include "runtime/variables/kind_list.hpp"
#include "runtime/variables/kind_parts.hpp"

/// custom: entries that C++ rules keep. Its operations are those that the declaration names.

namespace caucus {

namespace {

std::string example(const variable_declaration& /*of*/) {
  return {};
}

constexpr std::array<std::string_view, 1> fields{"operations"};

} // namespace

constinit const kind_definition custom_kind{.number = variable_kind::custom,
                                            .word = "custom",
                                            .head = kind_head::count,
                                            .fields = fields,
                                            .operations = {},
                                            .example = example,
                                            .misfit = kind_parts::count_misfit,
                                            .show = kind_parts::show_numbered};

} // namespace caucus
