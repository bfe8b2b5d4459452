#pragma once

#include "actors/notary/rule_set.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <optional>
#include <vector>

/// What a change of the rules makes of the state: the last part of the block in which it passes,
/// the same on every replica.
/// Pure.

namespace caucus {

struct moved_state {
  state_tree state;
  std::vector<digest> touched; ///< entries that may have changed, some more than once
};

/// The state under `next`; none: as it is. It keeps to `next`, but that what is left of removed
/// variables is still there. `with`: the rules of before. Precondition: the state's root was asked
/// for since it changed. Errors: refused_by_rule: the C++ rules of
/// `next` do not fit its variables, their migration refuses, or the state does not keep to `next`;
/// rules_missing: the program has not these rules, so it cannot know.
[[nodiscard]] result<std::optional<moved_state>> moved_to(const compiled_rules& with,
                                                          const state_tree& state,
                                                          const declarations& now,
                                                          const declarations& next);

} // namespace caucus
