#pragma once

#include "apps/caucus/output.hpp"
#include "messages/genesis.hpp"

#include <nlohmann/json.hpp>

#include <string>

/// How people see a node's status, in lines of at most line_width columns. Main thread.

namespace caucus::cli {

/// `all`: mailboxes with nothing in them too.
[[nodiscard]] std::string show_node(const nlohmann::ordered_json& status, const genesis& from,
                                    bool all, const paint& with);
/// A line a member, of what each says of itself.
[[nodiscard]] std::string show_group(const nlohmann::ordered_json& status, const paint& with);

} // namespace caucus::cli
