#include "runtime/variables/declaration_check.hpp"

#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <string_view>

namespace caucus {

namespace {

tl::unexpected<error> bad(const variable_declaration& of, std::string_view why) {
  return fail(errc::value_out_of_range,
              "variable \"" + of.name.substr(0, name_size_max) + "\": " + std::string{why});
}

/// What a kind does not take would be passed over in silence.
result<void> check_foreign(const variable_declaration& of) {
  const variable_declaration plain;
  const auto& kind = kind_of(of.kind);
  const auto foreign = [&](std::string_view field, bool is_set) {
    return is_set && !kind.takes(field);
  };
  const bool has_foreign = foreign("min", of.min.has_value()) || foreign("max", of.max.has_value())
                           || foreign("step_max", of.step_max.has_value())
                           || foreign("initial", of.initial != 0)
                           || foreign("value_size", of.value_size != plain.value_size)
                           || foreign("key_size", of.key_size != plain.key_size)
                           || foreign("entries", of.entries != plain.entries)
                           || foreign("operations", !of.operations.empty());
  return has_foreign ? result<void>{bad(of, "a limit that its kind does not have")}
                     : result<void>{};
}

result<void> check_listed(const variable_declaration& of) {
  const bool is_list = of.writers == writers::listed;
  if (is_list == of.listed.empty()) {
    return bad(of, is_list ? "its list of writers is empty" : "a list of writers beside others");
  }
  const bool ascends =
    std::adjacent_find(of.listed.begin(), of.listed.end(), std::greater_equal{}) == of.listed.end();
  return ascends ? result<void>{} : bad(of, "its writers are not in order, each once");
}

result<void> check_operations(const variable_declaration& of) {
  std::set<std::string_view> names;
  for (const auto& one : of.operations) {
    if (!is_name(one.name) || !names.insert(one.name).second) {
      return bad(of, "an operation's name is none, or there twice");
    }
  }
  return {};
}

} // namespace

result<void> check_limits(const variable_declaration& of) {
  if (of.value_size == 0 || of.value_size > value_size_max) {
    return bad(of, "value_size is outside of [1, 65536]");
  }
  if (of.key_size == 0 || of.key_size > key_size_max) {
    return bad(of, "key_size is outside of [1, 256]");
  }
  if (of.entries == 0) {
    return bad(of, "entries is 0");
  }
  if ((of.min && of.initial < *of.min) || (of.max && of.initial > *of.max)) {
    return bad(of, "initial is outside of [min, max]");
  }
  if (of.step_max && *of.step_max <= 0) {
    return bad(of, "step_max is not positive");
  }
  if (of.writers == writers::own_entries && !kind_of(of.kind).own_entries) {
    return bad(of, "only maps and sets have own entries");
  }
  if (of.writers == writers::own_entries && of.key_size <= own_prefix_size) {
    return bad(of, "key_size leaves no room behind the peer id, which takes 53");
  }
  return {};
}

result<void> check_declaration(const variable_declaration& of) {
  if (!is_name(of.name)) {
    return bad(of, "a name has small letters, digits and underscores, a letter first");
  }
  CAUCUS_TRY_VOID(check_limits(of));
  if (of.entries > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return bad(of, "entries is above 9223372036854775807");
  }
  CAUCUS_TRY_VOID(check_foreign(of));
  CAUCUS_TRY_VOID(check_listed(of));
  return check_operations(of);
}

} // namespace caucus
