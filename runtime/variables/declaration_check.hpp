#pragma once

#include "messages/genesis.hpp"
#include "messages/result.hpp"

/// Whether a declaration makes sense, whoever it is from.
/// Pure; any thread.

namespace caucus {

/// Its limits do not contradict one another. Error: value_out_of_range, names the variable.
[[nodiscard]] result<void> check_limits(const variable_declaration& of);

/// It is one that a genesis file could say: its name too, who is listed, and that what its kind
/// does not take is as it is by itself. Error: value_out_of_range, names the variable.
[[nodiscard]] result<void> check_declaration(const variable_declaration& of);

} // namespace caucus
