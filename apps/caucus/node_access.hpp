#pragma once

#include "actors/node_config.hpp"
#include "messages/closing.hpp"
#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <filesystem>
#include <string>

namespace CLI {
class App;
class Option;
} // namespace CLI

/// What the commands that ask a node need to know of it, from its configuration. Main thread.

namespace caucus::cli {

struct node_access {
  node_config config;
  caucus::genesis genesis;
  network_id network;
};

/// A folder stands for its node.toml. Errors: those of the configuration and the genesis.
[[nodiscard]] result<node_access> open_node(std::filesystem::path config_file);

/// For who checks what the network proves: `network` is that of `rules`, "NAME:VERSION", where the
/// network has rules of its own; empty: it has none, or those of this program. Errors: bad_request.
[[nodiscard]] result<network_id> network_with(const genesis& from, const std::string& rules);
/// As network_with(), and it is the one that the node's folder is of, if that says so.
[[nodiscard]] result<network_id> network_with(const node_access& node, const std::string& rules);

/// What runs a node with this configuration: a command, or a program of one's own where the genesis
/// has custom variables.
[[nodiscard]] std::string how_to_run(const genesis& from, const std::string& config_file);

/// Where none is given: what CAUCUS_CONFIG in the environment says, else ./node.toml where there is
/// one; else empty.
[[nodiscard]] std::string default_config();
/// Declares --config, with that default, required where there is none.
CLI::Option* add_config_option(CLI::App& to, std::string& into, const std::string& what);

/// "jcpp4q3a node1" of a peer id as text: its first letters, and its name where it is a member.
[[nodiscard]] std::string short_name_of(const std::string& peer, const genesis& from);

struct known_network {
  caucus::genesis genesis;
  network_id network;
  epoch_history epochs{committees{genesis}, {}}; ///< as far as they were shown; see learn_epochs()
};
[[nodiscard]] result<known_network> open_genesis(const std::filesystem::path& file);

/// Of help texts and errors.
inline constexpr const char* rules_help =
  "of a network with rules in C++: the name and version that they have in its program";

/// This program's own file, for starting itself again.
[[nodiscard]] std::filesystem::path own_program();

} // namespace caucus::cli
