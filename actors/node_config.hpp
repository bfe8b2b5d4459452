#pragma once

#include "actors/peer_net/peer_net_config.hpp"
#include "messages/hello.hpp"
#include "messages/result.hpp"
#include "runtime/append_log.hpp"
#include "runtime/config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
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
  std::uint64_t vote_above = 0;      ///< see consensus_config; 0: the others are asked
  std::uint32_t worker_threads = 2;  ///< that run actors; [1, 64]
  std::uint32_t checker_threads = 1; ///< that check signatures; [1, 64]
  std::uint32_t job_threads = 1;     ///< that run an application's jobs; [1, 64]
  /// For its actors to come up, after the files are read; [100 ms, 10 min]
  std::chrono::milliseconds start_deadline{30'000};
  std::chrono::milliseconds stop_deadline{10'000}; ///< for a stop in good order; [100 ms, 10 min]
  std::string log_levels = "warn";
  std::filesystem::path log_file{}; ///< empty: stderr
  std::string metrics_listen{};     ///< "127.0.0.1:9464"; empty: monitors have no port
  peer_net_config net{};
};

/// What a program says of itself: the limits of each field, and of `net`. A file's and flags' values
/// are judged where they are read. Error: `value_out_of_range`, which names the key, the value and what
/// is allowed.
[[nodiscard]] result<void> validate(const node_config& config);

/// SQLite opens no path of more than 512 bytes, symbolic links followed, its journal's ending included.
inline constexpr std::size_t directory_size_max = 480;

/// Relative paths are the present working directory's: whoever changes that later moves no file. Error:
/// `value_out_of_range`: the directory's path is too long.
[[nodiscard]] result<void> pin_paths(node_config& config);

/// Binds every field to its key. `to` must outlive the schema.
void bind(config_schema& schema, node_config& to);

/// After the file and the flags are read: fills in what is left out, checks what only all keys
/// together can tell. `file`: the configuration's; may be empty if `directory` is given.
/// Errors: value_out_of_range, that say where the value comes from.
[[nodiscard]] result<void> settle(node_config& config, const config_schema& schema,
                                  const std::filesystem::path& file);

/// Flags of the command line, as given: key or flag name without dashes, text.
using config_flags = std::map<std::string, std::string>;

/// A node's configuration with where it came from, so that it can be read again while the node runs.
class node_settings {
public:
  node_settings() { bind(schema_, read_); }
  node_settings(const node_settings&) = delete; // the schema points into it
  node_settings& operator=(const node_settings&) = delete;

  /// Reads the file, then the flags. Once. Errors: those of load, apply_override and settle.
  [[nodiscard]] result<void> load(const std::filesystem::path& file, config_flags flags);

  /// Reads all of it again and gives `apply` the configuration with the live keys' new values.
  /// Errors: those of load() and of `apply`; then everything is as before, and where `apply` failed
  /// it was given the former configuration again.
  [[nodiscard]] result<reload_report>
  reload(const std::function<result<void>(const node_config&)>& apply);

  /// Everything filled in.
  [[nodiscard]] const node_config& config() const { return settled_; }
  /// As config_schema has it, of the effective values.
  [[nodiscard]] std::string print();
  [[nodiscard]] const config_schema& schema() const { return schema_; }

private:
  node_config read_; ///< as file and flags say it: what is left out there is left out here
  config_schema schema_;
  node_config settled_;
  std::filesystem::path file_;
  config_flags flags_;
};

} // namespace caucus
