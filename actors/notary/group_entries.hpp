#pragma once

#include "actors/notary/records.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/bytes.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Where a group's book lies in the state: entries of variable 0, under keys that are no author's.
/// None is there until it differs from what the genesis says, so a network from before epochs keeps
/// its roots.
/// Pure.

namespace caucus {

/// Of an encoded `membership`.
inline constexpr std::string_view members_key = "group/members";
/// Of encoded `petitions`, while there are any.
inline constexpr std::string_view petitions_key = "group/petitions";
/// Of encoded `barred_peers`, while there are any.
inline constexpr std::string_view barred_key = "group/barred";

/// Of an encoded `declared_variable`: of each one that the group has changed or made.
[[nodiscard]] std::string declared_key(variable_id of);
/// Of an encoded `rules_id`: the C++ rules, once the group has taken others than at first.
inline constexpr std::string_view code_key = "group/rules";
/// Of an encoded `refused_change`, if there is one.
inline constexpr std::string_view refused_key = "group/refused";

[[nodiscard]] digest path_of_group(std::string_view key);

/// Its entries are such as read_group() can read: what a group certified is.
[[nodiscard]] bool is_readable(const state_tree& from, const group_book& at_first);
/// `at_first`: as the genesis has it. Precondition: is_readable().
[[nodiscard]] group_book read_group(const state_tree& from, const group_book& at_first);
/// The C++ rules of a state of these entries; none: those of at first.
[[nodiscard]] std::optional<rules_id> code_in(const std::vector<state_entry>& entries);
/// What has changed.
void write_group(const group_book& before, const group_book& after, state_writer& on);

} // namespace caucus
