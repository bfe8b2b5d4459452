#include "runtime/base/assert.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/kind_list.hpp"
#include "runtime/variables/kind_parts.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

/// counter: an integer within bounds. `add STEP` adds; what would leave [min, max], or is a step of more than
/// step_max, is refused: nothing is cut to fit.

namespace caucus {

namespace {

std::int64_t value_of(const variable_change& what) {
  const auto stored = what.state.get(what.state.head());
  if (!stored) {
    return what.declared.initial;
  }
  CAUCUS_ASSERT(stored->size() == stored_number_size);
  return from_little_endian<std::int64_t>(*stored);
}

outcome add(const variable_change& what) {
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  const auto& of = what.declared;
  const auto step = what.arguments[0].integer;
  if (of.step_max && (step == lowest || std::max(step, -step) > *of.step_max)) {
    return refused_with(errc::out_of_bounds, "a step of " + std::to_string(step) + ", allowed are "
                                               + std::to_string(*of.step_max) + " either way");
  }
  std::int64_t after = 0;
  if (__builtin_add_overflow(value_of(what), step, &after)) {
    return refused_with(errc::out_of_bounds, "more than 64 bits");
  }
  if (of.min && after < *of.min) {
    return refused_with(errc::out_of_bounds,
                        std::to_string(after) + " is below the least, " + std::to_string(*of.min));
  }
  if (of.max && after > *of.max) {
    return refused_with(errc::out_of_bounds,
                        std::to_string(after) + " is above the most, " + std::to_string(*of.max));
  }
  what.state.put(what.state.head(), {}, little_endian(after));
  return {};
}

std::string example(const variable_declaration& of) {
  for (const std::int64_t step : {5, 1, -5, -1}) {
    std::int64_t after = 0;
    if (!__builtin_add_overflow(of.initial, step, &after) && after >= of.min.value_or(after)
        && after <= of.max.value_or(after) && std::abs(step) <= of.step_max.value_or(5)) {
      return "add " + std::to_string(step);
    }
  }
  return {};
}

std::string misfit(const variable_declaration& of, bytes_view value) {
  const auto number = read_stored_number(value);
  if (!number) {
    return kind_parts::misplaced;
  }
  const auto value_now = static_cast<std::int64_t>(*number);
  const bool within = (!of.min || value_now >= *of.min) && (!of.max || value_now <= *of.max);
  return within ? "" : "a value of " + std::to_string(value_now);
}

constexpr std::array<std::string_view, 4> fields{"min", "max", "step_max", "initial"};
constexpr std::array operations{kind_operation{"add", kind_parts::integer_alone, add}};

} // namespace

constinit const kind_definition counter_kind{.number = variable_kind::counter,
                                             .word = "counter",
                                             .head = kind_head::number,
                                             .fields = fields,
                                             .operations = operations,
                                             .example = example,
                                             .misfit = misfit,
                                             .show = kind_parts::show_numbered};

} // namespace caucus
