#pragma once

#include "actors/administration/administration_io.hpp"
#include "messages/group.hpp"

/// What an operator wants of the variables, as a change of those that are.
/// Pure.

namespace caucus {

[[nodiscard]] change_rules change_of(const declarations& now, const wanted_rules& what);

} // namespace caucus
