#pragma once

#include "actors/peer_net/peer_net_config.hpp"
#include "messages/hello.hpp"
#include "messages/result.hpp"
#include "runtime/append_log.hpp"
#include "runtime/config.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

/// The whole configuration of a node: every key of node.toml, and nothing that the group agreed on,
/// which stands in the genesis.
/// Main thread.

namespace caucus {

struct node_config {
  node_mode mode = node_mode::server;
  std::filesystem::path directory{}; ///< empty: the folder of the configuration file
  std::filesystem::path genesis{};   ///< must be given
  std::filesystem::path identity{};  ///< empty: identity.key in `directory`
  durability keeps = durability::disk;
  std::uint32_t worker_threads = 2;                ///< that run actors; [1, 64]
  std::uint32_t checker_threads = 1;               ///< that check signatures; [1, 64]
  std::chrono::milliseconds stop_deadline{10'000}; ///< for a stop in good order; [100 ms, 10 min]
  std::string log_levels = "warn";
  std::filesystem::path log_file{}; ///< empty: stderr
  peer_net_config net{};
};

/// Binds every field to its key. `to` must outlive the schema.
void bind(config_schema& schema, node_config& to);

/// After the file and the flags are read: fills in what is left out, checks what only all keys
/// together can tell. `file`: the configuration's; may be empty if `directory` is given.
/// Errors: value_out_of_range, that say where the value comes from.
[[nodiscard]] result<void> settle(node_config& config, const config_schema& schema,
                                  const std::filesystem::path& file);

} // namespace caucus
