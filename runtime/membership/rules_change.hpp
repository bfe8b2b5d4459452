#pragma once

#include "messages/genesis.hpp"
#include "messages/group.hpp"
#include "messages/result.hpp"

#include <vector>

/// How a group's variables may change by its vote: the same on every replica. What is kept for ever
/// is what old blocks and old answers are read by: a variable's number, name, kind, initial value,
/// the operations that it has, and whether its entries have owners.
/// Pure; any thread.

namespace caucus {

/// As the genesis has them.
[[nodiscard]] declarations declarations_of(const genesis& from);

/// Whether the change is one of these. O(its variables * theirs). Error: refused_by_rule, names the
/// variable.
[[nodiscard]] result<void> may_change(const declarations& now, const change_rules& what);

/// As they are after it. Whether the state keeps to them is the notary's to say. Error: as
/// may_change().
[[nodiscard]] result<declarations> changed(const declarations& now, const change_rules& what);

/// The change that leads to these variables: those that are not among them are removed. Two who
/// want the same come to the same.
[[nodiscard]] change_rules change_to(const declarations& now,
                                     const std::vector<variable_declaration>& wanted);

} // namespace caucus
