#pragma once

#include "actors/composition.hpp"
#include "messages/genesis.hpp"

#include <string>
#include <string_view>

/// The program that this is: `caucus`, or an application's, with its composition. One a process;
/// main thread.

namespace caucus::cli {

/// Before anything else of this library is called. `with` outlives the program's work.
void set_own(const composition& with);
/// Where nobody has set one, as in tests: that of `caucus`, which is empty.
[[nodiscard]] const composition& own();

[[nodiscard]] bool is_application();

/// What one types to get it: "caucus log --config net/node0".
[[nodiscard]] std::string typed(std::string_view words);

/// The program's rules are those that this genesis wants.
[[nodiscard]] bool has_rules_of(const genesis& from);

/// The version of caucus, "0.1.0".
[[nodiscard]] std::string version();
/// The same with what it is part of, as a node says it of itself: "0.1.0 (tic_tac_toe 1)".
[[nodiscard]] std::string version_of_node();
/// The versions of the protocol that it speaks: "1", "1-2".
[[nodiscard]] std::string protocol_versions();
/// All of it, as `caucus version` says it.
[[nodiscard]] std::string version_line();

} // namespace caucus::cli
