#include "actors/notary/group_entries.hpp"

#include "actors/notary/executor.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/text.hpp"
#include "runtime/variables/declaration_check.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace caucus {

namespace {

/// None: it is not there. What is there the group has certified.
template <class T>
std::optional<T> entry_of(const state_tree& from, std::string_view key) {
  const auto stored = from.get(path_of_group(key));
  if (!stored) {
    return std::nullopt;
  }
  auto out = decode<T>(*stored);
  CAUCUS_ASSERT(out.has_value());
  return std::move(*out);
}

template <class T>
bool is_good(const state_tree& from, std::string_view key) {
  const auto stored = from.get(path_of_group(key));
  return !stored || decode<T>(*stored).has_value();
}

template <class T>
void write(std::string_view key, const T& before, const T& after, bool is_there, state_writer& on) {
  if (before == after) {
    return;
  }
  if (is_there) {
    on.put(path_of_group(key), as_bytes(key), encode(after));
  } else {
    on.erase(path_of_group(key));
  }
}

} // namespace

std::string declared_key(variable_id of) {
  return "group/variable/" + std::to_string(of.value());
}

digest path_of_group(std::string_view key) {
  return path_of(bookkeeping, as_bytes(key));
}

namespace {

variable_id variable_at(std::size_t place) {
  return variable_id{static_cast<variable_id::number>(place + 1)};
}

/// Those that the group has changed; and those that it made, which have no gap between them.
void each_declared(const state_tree& from, const declarations& at_first,
                   const std::function<void(std::size_t, bytes_view)>& visit) {
  for (std::size_t i = 0; i < variables_max; ++i) {
    if (const auto stored = from.get(path_of_group(declared_key(variable_at(i))))) {
      visit(i, *stored);
    } else if (i >= at_first.variables.size()) {
      return;
    }
  }
}

shared_declarations read_declarations(const state_tree& from, const shared_declarations& at_first) {
  std::shared_ptr<declarations> out; // null: as at first
  each_declared(from, *at_first, [&](std::size_t place, bytes_view stored) {
    if (out == nullptr) {
      out = std::make_shared<declarations>(*at_first);
    }
    auto one = decode<declared_variable>(stored);
    CAUCUS_ASSERT(one.has_value());
    out->variables.resize(std::max(out->variables.size(), place + 1));
    out->variables[place] = std::move(*one);
  });
  if (auto code = entry_of<rules_id>(from, code_key)) {
    if (out == nullptr) {
      out = std::make_shared<declarations>(*at_first);
    }
    out->code = std::move(*code);
  }
  return out == nullptr ? at_first : out;
}

} // namespace

bool is_readable(const state_tree& from, const group_book& at_first) {
  bool is_declared = true;
  each_declared(from, *at_first.declared, [&](std::size_t, bytes_view stored) {
    const auto one = decode<declared_variable>(stored);
    is_declared = is_declared && one && check_declaration(one->declared);
  });
  return is_declared && is_good<membership>(from, members_key)
         && is_good<petitions>(from, petitions_key) && is_good<barred_peers>(from, barred_key)
         && is_good<refused_change>(from, refused_key) && is_good<rules_id>(from, code_key);
}

group_book read_group(const state_tree& from, const group_book& at_first) {
  auto out = at_first;
  if (auto members = entry_of<membership>(from, members_key)) {
    out.next = std::move(*members);
  }
  if (auto open = entry_of<petitions>(from, petitions_key)) {
    out.open = std::move(open->all);
  }
  if (auto barred = entry_of<barred_peers>(from, barred_key)) {
    out.barred = std::move(barred->all);
  }
  out.declared = read_declarations(from, at_first.declared);
  out.refused = entry_of<refused_change>(from, refused_key);
  return out;
}

std::optional<rules_id> code_in(const std::vector<state_entry>& entries) {
  const auto path = path_of_group(code_key);
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&path](const state_entry& one) { return one.path == path; });
  if (found == entries.end() || !found->value) {
    return std::nullopt;
  }
  auto out = decode<rules_id>(*found->value);
  return out ? std::optional{std::move(*out)} : std::nullopt;
}

void write_group(const group_book& before, const group_book& after, state_writer& on) {
  write(members_key, before.next, after.next, true, on);
  write(petitions_key, petitions{before.open}, petitions{after.open}, !after.open.empty(), on);
  write(barred_key, barred_peers{before.barred}, barred_peers{after.barred}, !after.barred.empty(),
        on);
  write(refused_key, before.refused.value_or(refused_change{}),
        after.refused.value_or(refused_change{}), after.refused.has_value(), on);
  if (before.declared == after.declared) {
    return;
  }
  write(code_key, before.declared->code.value_or(rules_id{}),
        after.declared->code.value_or(rules_id{}), after.declared->code.has_value(), on);
  for (std::size_t i = 0; i < after.declared->variables.size(); ++i) {
    const auto& now = after.declared->variables[i];
    if (i >= before.declared->variables.size() || before.declared->variables[i] != now) {
      const auto key = declared_key(variable_at(i));
      on.put(path_of_group(key), as_bytes(key), encode(now));
    }
  }
}

} // namespace caucus
