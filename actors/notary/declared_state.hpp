#pragma once

#include "actors/notary/rule_set.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/group.hpp"
#include "messages/result.hpp"

#include <cstdint>

/// A state beside other declarations than those under which it came about.
/// Pure. The same on every replica: it is a part of the block that changes the rules.

namespace caucus {

/// Of variables whose entries must be looked at one by one, or go, together: what a block may cost,
/// about a second.
inline constexpr std::uint64_t entries_looked_at_max = 1'000'000;

/// All that is stored could have come about under `next`. Error: refused_by_rule: the first
/// variable that could not, and why; or that there are too many entries to look at.
[[nodiscard]] result<void> keeps_to(const state_tree& state, const declarations& now,
                                    const declarations& next);

/// What is left of variables that are removed goes. Precondition: keeps_to().
void drop_removed(const declarations& now, const declarations& next, state_writer& on);

} // namespace caucus
