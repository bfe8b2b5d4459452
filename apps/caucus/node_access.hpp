#pragma once

#include "actors/node_config.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <filesystem>
#include <string>

/// What the commands that ask a node need to know of it, from its configuration. Main thread.

namespace caucus::cli {

struct node_access {
  node_config config;
  genesis from;
  network_id network;
};

/// A folder stands for its node.toml. Errors: those of the configuration and the genesis.
[[nodiscard]] result<node_access> open_node(std::filesystem::path config_file);

struct known_network {
  genesis from;
  network_id network;
};
[[nodiscard]] result<known_network> open_genesis(const std::filesystem::path& file);

/// The version of this program, "0.1.0".
[[nodiscard]] std::string version();
/// The versions of the protocol that it speaks: "1", "1-2".
[[nodiscard]] std::string protocol_versions();
/// Both, as `caucus version` says them.
[[nodiscard]] std::string version_line();
/// This program's own file, for starting itself again.
[[nodiscard]] std::filesystem::path own_program();

} // namespace caucus::cli
