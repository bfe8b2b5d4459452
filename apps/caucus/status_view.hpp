#pragma once

#include "apps/caucus/output.hpp"
#include "messages/genesis.hpp"
#include "messages/result.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// How people see a node's status, in lines of at most line_width columns. Main thread.

namespace caucus::cli {

/// A node's answer as a status. Error: internal: it is none.
[[nodiscard]] result<nlohmann::ordered_json> read_status(std::string_view text);
/// `all`: mailboxes with nothing in them too.
[[nodiscard]] std::string show_node(const nlohmann::ordered_json& status, const genesis& from,
                                    bool all, const paint& with);
/// A line a member, of what each says of itself.
[[nodiscard]] std::string show_group(const nlohmann::ordered_json& status, const paint& with);

} // namespace caucus::cli
