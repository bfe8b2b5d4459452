#pragma once

#include "messages/genesis.hpp"
#include "messages/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Makes the files that nodes start from. Never overwrites. Main thread.

namespace caucus::cli {

struct group_plan {
  std::filesystem::path directory;
  unsigned nodes = 4;                            ///< [1, members_max]
  std::uint16_t base_port = 7400;                ///< base_port + nodes - 1 <= 65535
  std::filesystem::path genesis{};               ///< of the variables; empty: default_variables()
  std::vector<variable_declaration> variables{}; ///< in place of both, if not empty
  std::string extra{};                           ///< TOML for every node.toml
  std::string hostname = "127.0.0.1";
};
/// genesis.toml, node<i>/node.toml, node<i>/identity.key. The peer ids, as text.
/// Errors: value_out_of_range (ports), file_exists, those of the genesis and of files.
/// A time that `genesis` leaves out is now.
[[nodiscard]] result<std::vector<std::string>> make_group(const group_plan& plan);

struct client_plan {
  std::filesystem::path directory;
  std::string join;                    ///< "host:port"
  std::filesystem::path genesis;       ///< copied
  std::optional<std::uint16_t> port{}; ///< none: does not listen
};
/// node.toml, identity.key and a copy of genesis.toml. The peer id, as text.
[[nodiscard]] result<std::string> make_client(const client_plan& plan);

/// A counter `score`, a register `motto`, a set `tags`, a map `profile` of own entries.
[[nodiscard]] std::vector<variable_declaration> default_variables();

} // namespace caucus::cli
