#pragma once

#include "actors/node_config.hpp"
#include "actors/peer_net/transport.hpp"
#include "actors/presets.hpp"
#include "actors/rpc/control_call.hpp"
#include "messages/genesis.hpp"
#include "messages/result.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/directory_lock.hpp"
#include "runtime/identity.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/topology.hpp"
#include "runtime/worker_pool.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What a preset has made before its node starts. Internal to presets and node. Main thread, but for
/// failure_bell, which any thread may ring.

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

/// What `make` returns. Where the system has no more threads or descriptors, libraries throw: then an error,
/// `io_failed`.
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
  code_range whose = code_range::application;
};

/// Before anything opens. Errors, each naming code and actor: `code_taken` (by whom),
/// `value_out_of_range` (an application's below first_application_code, a body too large, a lane that is
/// not for it).
[[nodiscard]] result<void> judge_routes(const std::vector<packet_route>& all);

struct preset_parts {
  node_config config;
  node_facts facts;      ///< but for the port
  foreign_place network; ///< the I/O thread, as the topology knows it
  std::vector<packet_route> routes;
  std::shared_ptr<failure_bell> failed = std::make_shared<failure_bell>();
  // Destroyed from below upwards: what rings before the threads that it rings for.
  std::optional<directory_lock> lock;
  std::shared_ptr<worker_pool> checkers; ///< the node's own, which its votes wait for
  std::shared_ptr<worker_pool> storer;   ///< writes the notary's state behind: no vote waits for it
  std::shared_ptr<worker_pool> jobs;     ///< an application's; null: it has asked for none
  std::unique_ptr<io_thread> io;         ///< not started
  transport_settings net;
  transport_ports links;
  outbox<from_control> calls;
  inbox<to_control> replies;
};

} // namespace caucus
