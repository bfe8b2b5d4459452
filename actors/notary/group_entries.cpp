#include "actors/notary/group_entries.hpp"

#include "actors/notary/executor.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"

#include <optional>

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

digest path_of_group(std::string_view key) {
  return path_of(bookkeeping, as_bytes(key));
}

bool is_readable(const state_tree& from) {
  return is_good<membership>(from, members_key) && is_good<petitions>(from, petitions_key)
         && is_good<barred_peers>(from, barred_key);
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
  return out;
}

void write_group(const group_book& before, const group_book& after, state_writer& on) {
  write(members_key, before.next, after.next, true, on);
  write(petitions_key, petitions{before.open}, petitions{after.open}, !after.open.empty(), on);
  write(barred_key, barred_peers{before.barred}, barred_peers{after.barred}, !after.barred.empty(),
        on);
}

} // namespace caucus
