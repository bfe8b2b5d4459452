#pragma once

#include "messages/genesis.hpp"
#include "messages/result.hpp"

#include <string>
#include <string_view>

/// C++ rules by name and version, as people write them: "tic_tac_toe:1".
/// Pure; any thread.

namespace caucus {

[[nodiscard]] std::string to_text(const rules_id& what);

/// 1 to rules_name_size_max printable ASCII characters without a space, as a genesis file or a
/// change of the group may name. A program's own may be any text.
[[nodiscard]] bool is_rules_name(std::string_view name);

/// Of any name. Error: bad_request, says what was given and what is allowed.
[[nodiscard]] result<rules_id> rules_id_from_text(std::string_view text);

} // namespace caucus
