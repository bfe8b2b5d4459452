#include "actors/notary/declared_state.hpp"

#include "messages/try.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace caucus {

namespace {

variable_id variable_at(std::size_t place) {
  return variable_id{static_cast<variable_id::number>(place + 1)};
}

tl::unexpected<error> not_kept(const variable_declaration& by, const std::string& why) {
  return fail(errc::refused_by_rule, by.name + " has " + why);
}

/// The beginning, as a person would find it again.
std::string shown_key(bytes_view key) {
  constexpr std::size_t most = 80;
  std::string out;
  for (const auto one : key.subspan(0, std::min(key.size(), most))) {
    const auto c = static_cast<char>(one);
    out += c < ' ' || c > '~' ? '?' : c;
  }
  return '"' + out + (key.size() > most ? "..." : "") + '"';
}

result<void> entry_keeps_to(const variable_declaration& what, const entry_view& one) {
  if (one.key.size() > what.key_size) {
    return not_kept(what, "a key of " + std::to_string(one.key.size()) + " bytes, "
                            + shown_key(one.key) + "; key_size would be "
                            + std::to_string(what.key_size));
  }
  if (!kind_of(what.kind).bare_entries && one.value.size() > what.value_size) {
    return not_kept(what, "a value of " + std::to_string(one.value.size()) + " bytes under "
                            + shown_key(one.key) + "; value_size would be "
                            + std::to_string(what.value_size));
  }
  return {};
}

/// Of a kind with entries; else 0.
std::uint64_t count_of(const state_tree& state, variable_id id, const variable_declaration& what) {
  const auto head = kind_of(what.kind).has_entries() ? state.get(id, {}) : std::nullopt;
  return head ? read_stored_number(*head).value_or(0) : 0;
}

/// Of all that one change looks at.
class entries_looked_at {
public:
  result<void> add(const variable_declaration& what, std::uint64_t count) {
    if (count > entries_looked_at_max - sum_) {
      return not_kept(what, std::to_string(count)
                              + " entries to look at, and one change may look at "
                              + std::to_string(entries_looked_at_max) + ", here "
                              + std::to_string(entries_looked_at_max - sum_) + " more");
    }
    sum_ += count;
    return {};
  }

private:
  std::uint64_t sum_ = 0; ///< <= entries_looked_at_max
};

bool narrows(const variable_declaration& before, const variable_declaration& after) {
  return after.key_size < before.key_size || after.value_size < before.value_size;
}

result<void> variable_keeps_to(const state_tree& state, variable_id id,
                               const variable_declaration& before,
                               const variable_declaration& after, entries_looked_at& looked) {
  const auto& kind = kind_of(after.kind);
  if (const auto head = state.get(id, {})) {
    if (const auto misfit = kind.misfit(after, *head); !misfit.empty()) {
      const auto size = kind.has_entries()
                          ? std::to_string(count_of(state, id, after)) + " entries; entries would "
                              + "be " + std::to_string(after.entries)
                          : misfit;
      return not_kept(after, size);
    }
  }
  if (!kind.has_entries() || !narrows(before, after)) {
    return {};
  }
  CAUCUS_TRY_VOID(looked.add(after, count_of(state, id, after)));
  result<void> out;
  state.each(id, [&](const entry_view& one) {
    if (!one.key.empty()) {
      out = entry_keeps_to(after, one);
    }
    return out.has_value();
  });
  return out;
}

} // namespace

result<void> keeps_to(const state_tree& state, const declarations& now, const declarations& next) {
  entries_looked_at looked;
  for (std::size_t i = 0; i < now.variables.size(); ++i) {
    const auto& before = now.variables[i];
    if (i >= next.variables.size()) {
      return fail(errc::refused_by_rule, "the rules have changed since: ask again");
    }
    const auto& after = next.variables[i];
    const auto id = variable_at(i);
    if (before == after) {
      continue;
    }
    if (after.removed) {
      CAUCUS_TRY_VOID(looked.add(after.declared, count_of(state, id, after.declared)));
    } else {
      CAUCUS_TRY_VOID(variable_keeps_to(state, id, before.declared, after.declared, looked));
    }
  }
  return {};
}

void drop_removed(const declarations& now, const declarations& next, state_writer& on) {
  for (std::size_t i = 0; i < now.variables.size(); ++i) {
    if (next.variables[i].removed && !now.variables[i].removed) {
      on.clear(variable_at(i));
    }
  }
}

} // namespace caucus
