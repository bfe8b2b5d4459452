#pragma once

#include "messages/genesis.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The text of a new network's genesis.toml, while it is put together. Main thread.

namespace caucus::cli {

/// A counter `score`, a register `motto`, a set `tags`, a map `profile` of own entries.
[[nodiscard]] std::vector<variable_declaration> default_variables();

struct genesis_start {
  std::string text;              ///< all but the members; what member_text() makes can follow
  std::optional<wall_ms> time{}; ///< was filled in, as the template gives none
};
/// `variables` if there are any, else those of `from`, else default_variables(); the default quotas
/// where `from` has none. Judged with a
/// stranger as its member, so that nothing is written for a text that makes no network.
/// Errors: those of read_file() and parse_genesis(); file_malformed, if `from` names members.
[[nodiscard]] result<genesis_start>
begin_genesis(const std::filesystem::path& from,
              const std::vector<variable_declaration>& variables);
[[nodiscard]] std::string member_text(const member& who);

/// Members as --member gives them, "NAME=ID@HOST:PORT". Errors, all bad_request, with what was
/// given and what is allowed: another form; a name, id or address twice; more than members_max.
[[nodiscard]] result<std::vector<member>> parse_members(const std::vector<std::string>& given);

} // namespace caucus::cli
