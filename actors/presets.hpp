#pragma once

#include "actors/node_config.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/commands/actor_commands.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

/// A node, whole: files, threads, actors and what flows between them. The only code that knows all
/// shells. Main thread.
///
///     server topology: peer_net, notary, consensus, rpc      accepts links
///     client topology: the same                              follows; listens only if it is told to
///
///     auto app = caucus::client_topology(config, rules{});   // result<node_topology>
///     app->connect(app->graph.add<score_board>());           // an application's own actors
///     auto node = caucus::node::start(std::move(*app));      // result<node>
///
/// Mode says who accepts and who dials; voting depends on membership of the group alone.

namespace caucus {

class rules;
class node_topology;

/// What `config` says in one of its modes: reads the genesis and the identity, takes the node's
/// folder and composes the actors. Nothing runs yet but idle threads, which inherit the signals
/// blocked here. `version`: what the agent and status say. Errors, each naming the file or key and
/// what to do: those of validate(), the genesis, the rules, the identity, the folder and its lock.
[[nodiscard]] result<node_topology> server_topology(node_config config, const rules& with,
                                                    const std::string& version = {});
[[nodiscard]] result<node_topology> client_topology(node_config config, const rules& with,
                                                    const std::string& version = {});
/// One of both: `config.mode` says which.
[[nodiscard]] result<node_topology> topology_of(node_config config, const rules& with,
                                                const std::string& version = {});

/// What each node can be asked, whatever an application adds: for who has no node, as the command
/// line.
[[nodiscard]] command_table preset_commands();

/// Gives the process what the live keys say: levels and file of the log. At the start, and again
/// when they have changed. `subsystems`: those that may have a level; empty: any. Errors:
/// value_out_of_range (the levels), file_unreadable; the log is as before.
[[nodiscard]] result<void> apply_live(const node_config& config,
                                      std::span<const std::string> subsystems = {});

/// What a running node says of itself.
struct node_facts {
  peer_id self;
  network_id network;
  std::string network_name;
  node_mode mode = node_mode::server;
  std::uint16_t port = 0; ///< bound; 0: does not listen
  std::string member;     ///< the name; empty: no member
};

/// Why a node ended by itself.
struct node_failure {
  std::string what;           ///< for people
  errc code = errc::internal; ///< where a file is to blame, that
};

/// Handle: a node that runs. Stops it when it goes; one that does not stop in 10 s is left as it
/// is. In a child that was forked it does nothing, and stops nothing.
class node {
public:
  /// Errors, each naming the port, socket, actor or packet code and what to do: `code_taken` and
  /// `value_out_of_range` of node_topology::route, those of the transport, the control socket and
  /// topology::start. Nothing runs then.
  [[nodiscard]] static result<node> start(node_topology app);
  node(node&&) noexcept;
  node& operator=(node&&) noexcept;
  ~node();

  [[nodiscard]] const node_facts& facts() const;
  /// Waits until each actor has taken a turn: its files are open. Errors: that of the node_failure
  /// if it ended by itself before that; timed_out. It is to be stopped then.
  [[nodiscard]] result<void> wait_until_up(std::chrono::milliseconds at_most);
  /// Calls `then`, on any thread and at most once, when the node ends though nobody stopped it: an
  /// actor was restarted too often or cannot live at all, or the I/O thread failed.
  void on_failure(std::function<void(const node_failure&)> then);
  /// In order: no more callers, actors work off what they have, links say goodbye. False: not done
  /// within the time: wait again, or only the process's end helps. Idempotent.
  bool stop(std::chrono::milliseconds deadline);

private:
  struct inside;
  explicit node(std::unique_ptr<inside> made);
  static result<node> start_parts(node_topology& app);
  std::unique_ptr<inside> inside_;
};

} // namespace caucus
