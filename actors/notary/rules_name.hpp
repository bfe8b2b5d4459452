#pragma once

#include "messages/genesis.hpp"
#include "messages/ids.hpp"

/// Rules in C++ by their name and version, which are all that the network id takes of them: enough
/// to check what a network proves, by a program that has not these rules.
/// Pure.

namespace caucus {

/// The genesis declares custom operations, so its network has rules of its own.
[[nodiscard]] bool has_own_rules(const genesis& from);

/// As network_id_of() has it, for `rules{named.name, named.version}` with a rule.
[[nodiscard]] network_id network_id_with(const genesis& from, const rules_id& named);

} // namespace caucus
