#pragma once

#include "actors/node_config.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

/// A node, whole: files, threads, actors and what flows between them. The only code that knows all
/// shells. Main thread.
///
///     server topology: peer_net, notary, consensus, rpc      accepts links
///     client topology: the same, dialling only               follows; votes if it is a member
///
/// Mode says who accepts and who dials; voting depends on membership of the group alone.

namespace caucus {

class rules;
class node_topology;

/// Adds an application's actors to the preset, before the start.
using extension = std::function<void(node_topology&)>;

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
  std::string what; ///< for people
};

/// Handle: a node that runs. Stops it when it goes.
class node {
public:
  /// `version`: what the agent and status say. Errors, each naming the file, key or port and what to
  /// do: those of the genesis, the identity, the directory's lock, the rules, the transport and the
  /// control socket. Nothing runs then.
  [[nodiscard]] static result<node> start(const node_config& config, const config_schema& keys,
                                          const rules& with, const std::string& version,
                                          const extension& more = {});
  node(node&&) noexcept;
  node& operator=(node&&) noexcept;
  ~node();

  [[nodiscard]] const node_facts& facts() const;
  /// Calls `then`, on any thread and at most once, when the node ends though nobody stopped it: an
  /// actor was restarted too often, or the I/O thread failed.
  void on_failure(std::function<void(const node_failure&)> then);
  /// In order: no more callers, actors work off what they have, links say goodbye. False: not done
  /// within the time; then only the process's end helps. Idempotent.
  bool stop(std::chrono::milliseconds deadline);

private:
  struct inside;
  explicit node(std::unique_ptr<inside> made);
  std::unique_ptr<inside> inside_;
};

} // namespace caucus
