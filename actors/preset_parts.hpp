#pragma once

#include "actors/consensus/consensus_journal.hpp"
#include "actors/node_config.hpp"
#include "actors/node_topology.hpp"
#include "actors/notary/notary_config.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/notary/rules.hpp"
#include "actors/peer_net/transport.hpp"
#include "actors/presets.hpp"
#include "actors/rpc/control_call.hpp"
#include "messages/genesis.hpp"
#include "messages/result.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/directory_lock.hpp"
#include "runtime/identity.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/topology.hpp"
#include "runtime/worker_pool.hpp"

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What a preset has made before its node starts. Internal to presets and node. Main thread, but
/// for failure_bell, which any thread may ring.

namespace caucus {

/// Tells a failure once, to whoever asked to hear it, also if he asked late.
class failure_bell {
public:
  void ring(node_failure what) {
    std::function<void(const node_failure&)> then;
    {
      const std::lock_guard lock{guard_};
      if (what_) {
        return;
      }
      what_ = std::move(what);
      then = then_;
    }
    if (then) {
      then(*what_);
    }
  }
  [[nodiscard]] std::optional<node_failure> rung() const {
    const std::lock_guard lock{guard_};
    return what_;
  }
  void listen(std::function<void(const node_failure&)> then) {
    bool now = false;
    {
      const std::lock_guard lock{guard_};
      then_ = std::move(then);
      now = what_.has_value();
    }
    if (now) {
      then_(*what_);
    }
  }

private:
  mutable std::mutex guard_;
  std::optional<node_failure> what_;
  std::function<void(const node_failure&)> then_;
};

/// What `make` returns. Where the system has no more threads or descriptors, libraries throw: then
/// an error, `io_failed`.
template <class Make>
auto or_error(const Make& make) -> decltype(make()) {
  try {
    return make();
  } catch (const std::exception& problem) {
    return fail(errc::io_failed,
                std::string{"the node cannot be set up: "} + problem.what()
                  + "; does the process have as many files open, or threads, as it "
                    "may (ulimit -n, ulimit -u)?");
  }
}

/// The packet codes of one actor, with its edges to the links.
struct packet_route {
  std::string actor;
  std::vector<packet_rule> codes;
  net_ends ends;
  code_range range = code_range::application;
};

/// Before anything opens. Errors, each naming code and actor: `code_taken` (by whom),
/// `value_out_of_range` (an application's below first_application_code, a body too large, a lane
/// that is not for it).
[[nodiscard]] result<void> judge_routes(const std::vector<packet_route>& all);

struct preset_parts {
  node_config config;
  edge_capacities room;
  node_facts facts;      ///< but for the port
  foreign_place network; ///< the I/O thread, as the topology knows it
  std::vector<packet_route> routes;
  std::shared_ptr<failure_bell> failed = std::make_shared<failure_bell>();
  // Destroyed from below upwards: what rings before the threads that it rings for.
  std::optional<directory_lock> lock;
  std::shared_ptr<worker_pool> checkers; ///< the node's own, which its votes wait for
  std::shared_ptr<worker_pool> storer;   ///< writes the notary's stored state: no vote waits for it
  std::shared_ptr<worker_pool> jobs;     ///< an application's; null: it has asked for none
  std::unique_ptr<io_thread> io;         ///< not started
  transport_settings net;
  transport_ports links;
  outbox<from_control> calls;
  inbox<to_control> replies;
};

/// What a node's actors are made from, beside its parts. A simulation gives another disk and other
/// keys.
struct node_materials {
  std::shared_ptr<const caucus::genesis> genesis; ///< never null
  network_id network;
  std::shared_ptr<const compiled_rules> compiled; ///< never null
  std::shared_ptr<const secret_key> key;          ///< never null
  std::string rules;   ///< "name:version" that the network began with; empty: none of its own
  std::string version; ///< of the program, as status says it
  std::filesystem::path peer_book;        ///< empty: in memory alone
  std::function<std::string()> trouble{}; ///< of the folder; see rpc_setup
  signature_scheme scheme{};
  notary_storage storage{};
  notary_config notary{};
  std::uint64_t votes_journal_size_max = caucus::votes_journal_size_max;
};

/// The preset: its actors, with what flows between them. Of `made`, config, facts, network, room
/// and the two pools that the node's own actors use must be there.
[[nodiscard]] node_topology compose_node(std::unique_ptr<preset_parts> made,
                                         const node_materials& from);

/// To a node_topology's parts, for who runs it: node, or a simulation.
struct node_parts_access {
  [[nodiscard]] static preset_parts& of(node_topology& app) { return *app.parts_; }
  /// node_topology::connect() of one of the node's own actors: its packets are the node's.
  template <class Actor>
  static void connect(node_topology& app, const ref<Actor>& who) {
    app.connect_named(who, code_range::node);
  }
};

} // namespace caucus
