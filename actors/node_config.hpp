#pragma once

#include "actors/peer_net/peer_net_config.hpp"
#include "actors/settings_table.hpp"
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
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The whole configuration of a node: every key of node.toml, and nothing that the group agreed on,
/// which stands in the genesis.
/// Main thread.

namespace caucus {

/// "127.0.0.1:9464", "[::1]:9464": an address of a machine, no name of one, and a port; or nothing.
[[nodiscard]] bool is_listen_address(std::string_view text);

struct node_config {
  node_mode mode = node_mode::server;
  std::filesystem::path directory{};
  std::filesystem::path genesis{}; ///< must be given
  std::filesystem::path identity{};
  durability keeps = durability::disk;
  std::uint64_t keep_blocks = 0; ///< see notary_config
  bool fetch_snapshot = true;    ///< see notary_config
  std::uint64_t vote_above = 0;  ///< see consensus_config
  std::uint32_t worker_threads = 2;
  std::uint32_t checker_threads = 1;
  std::uint32_t job_threads = 1;
  std::chrono::milliseconds start_deadline{30'000};
  std::chrono::milliseconds stop_deadline{10'000};
  std::string log_levels = "warn";
  std::filesystem::path log_file{};
  std::string metrics_listen{};
  peer_net_config net{};

  /// Every key of node.toml, in the order in which they are shown: ranges, and words for people.
  /// What an actor declares in a struct of its own is one line at the end. See config_walk.hpp.
  static constexpr void keys(auto&& key) {
    using namespace std::chrono_literals;
    key("node.mode", &node_config::mode,
        {.doc = "server: accepts links; client: follows the group, dials only",
         .flag = "mode",
         .names = {{"server", node_mode::server}, {"client", node_mode::client}}});
    key("node.directory", &node_config::directory,
        {.doc = "where the node keeps its files; empty: the folder of this file",
         .flag = "directory"});
    key("node.genesis", &node_config::genesis,
        {.doc = "the network's genesis file", .flag = "genesis"});
    key("node.identity", &node_config::identity,
        {.doc = "the node's secret key; empty: identity.key in the directory", .flag = "identity"});
    key("node.durability", &node_config::keeps,
        {.doc = "disk: votes are synced before they leave; memory: for tests and benchmarks",
         .flag = "durability",
         .names = {{"disk", durability::disk}, {"memory", durability::memory}}});
    key("node.keep_blocks", &node_config::keep_blocks,
        {.doc = "so many of the newest blocks stay in the ledger, 64 at least, and some more; "
                "older ones are deleted, and nobody can fetch them here. 0: all are kept"});
    key("node.fetch_snapshot", &node_config::fetch_snapshot,
        {.doc =
           "where nobody gives the next block any more (node.keep_blocks), the state is fetched "
           "from others, and the node goes on from there; false: an operator brings it"});
    key("node.vote_above", &node_config::vote_above,
        {.doc = "a member that lost its journal asks the others how far they are before it "
                "votes; if they never come back: a view that the group has surely not passed, "
                "above which it votes. 0: it asks"});
    key("node.worker_threads", &node_config::worker_threads,
        {.range = {1, 64}, .doc = "threads that run the actors"});
    key("node.checker_threads", &node_config::checker_threads,
        {.range = {1, 64}, .doc = "threads that check signatures"});
    key("node.job_threads", &node_config::job_threads,
        {.range = {1, 64},
         .doc = "threads for the jobs of an application's actors; none, where there are none"});
    key("node.start_deadline", &node_config::start_deadline,
        {.range = {100ms, 10min},
         .doc = "for a node in a program of one's own to come up, once its files are read; "
                "`caucus node` is ready when it is"});
    key("node.stop_deadline", &node_config::stop_deadline,
        {.range = {100ms, 10min}, .doc = "for a stop in good order; then the node just ends"});
    key("log.levels", &node_config::log_levels,
        {.doc = "\"warn,peer_net=debug\": a level for all, then for single subsystems: "
                "administration, caucus-io, consensus, library, mailbox, node, notary, "
                "notary_line, peer_net, rpc, rules, store, supervisor, or an actor of one's own",
         .flag = "log",
         .live = true});
    key("log.file", &node_config::log_file,
        {.doc = "where the log goes; empty: stderr", .live = true});
    key("metrics.listen", &node_config::metrics_listen,
        {.doc = "where anybody may read `GET /metrics`, for Prometheus; empty: nowhere but on the "
                "control socket",
         .check = is_listen_address,
         .allowed =
           R"(an address of this machine and a port, "127.0.0.1:9464" or "[::1]:9464"; "": none)"});
    key("net", &node_config::net);
  }
};

/// What a node logs under, without an application's actors. The doc of log.levels names them too.
[[nodiscard]] std::vector<std::string> log_subsystems();

/// What a program sets, judged by the ranges of the keys. A file's and flags' values are judged
/// where they are read. Error: `value_out_of_range`, which names the key, the value and what is
/// allowed.
[[nodiscard]] result<void> validate(const node_config& config);

/// SQLite opens no path of more than 512 bytes, symbolic links followed, its journal's ending
/// included.
inline constexpr std::size_t directory_size_max = 480;

/// Relative paths are the present working directory's: whoever changes that later moves no file.
/// Error: `value_out_of_range`: the directory's path is too long.
[[nodiscard]] result<void> pin_paths(node_config& config);

/// Flags of the command line, as given: key or flag name without dashes, text.
using config_flags = std::map<std::string, std::string>;

/// A node's configuration with where it came from, so that it can be read again while the node
/// runs.
class node_settings {
public:
  node_settings();
  node_settings(const node_settings&) = delete; // the schema points into it
  node_settings& operator=(const node_settings&) = delete;

  /// One more table, of an actor of one's own; before load(). `Config` declares its keys as
  /// node_config does. Returns what is in effect: the defaults, what load() read, what reload()
  /// changed. It lives as long as the settings and is the main thread's: an actor is given a copy.
  template <configured Config>
  const Config& add(std::string table, Config defaults = {}) {
    auto made = std::make_unique<settings_of<Config>>(std::move(table), std::move(defaults));
    const auto& out = made->effective();
    add(std::move(made));
    return out;
  }
  /// The same, for an actor on another thread.
  template <configured Config>
  [[nodiscard]] live_config<Config> add_live(std::string table, Config defaults = {}) {
    auto made = std::make_unique<settings_of<Config>>(std::move(table), std::move(defaults));
    auto out = made->live();
    add(std::move(made));
    return out;
  }

  /// Reads the file, then the flags. Once. Errors: those of config_schema's load, apply_override
  /// and settle, and value_out_of_range: no genesis is named.
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
  void add(std::unique_ptr<settings_table> table);
  [[nodiscard]] result<void> settle_tables();
  void restore_tables();
  [[nodiscard]] result<void> load_anew() const;

  node_config read_; ///< as file and flags say it: what is left out there is left out here
  config_schema schema_;
  node_config settled_;
  std::vector<std::unique_ptr<settings_table>> tables_; ///< beside the node's own
  std::filesystem::path file_;
  config_flags flags_;
};

} // namespace caucus
