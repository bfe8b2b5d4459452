#pragma once

#include "actors/caucus.hpp"
#include "actors/node_topology.hpp"
#include "actors/presets.hpp"
#include "actors/rpc/library_desk.hpp"
#include "runtime/commands/command_context.hpp"
#include "runtime/file.hpp"
#include "runtime/process_guard.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

/// What a handle of the library's face refers to. Internal to it. Any thread.

namespace caucus {

struct node_handle::inside {
  std::shared_ptr<const caucus::genesis> genesis; ///< never null
  node_facts facts;
  command_context context;                    ///< what calls are prepared with
  std::shared_ptr<library_desk> desk;         ///< never null
  unique_fd ended;                            ///< readable: stopped, or failed
  std::function<void(const error&)> on_ended; ///< may be null
  std::mutex guard;                           // of the two below
  std::optional<error> failure;
  bool started = false;  ///< start() returns a node: it cannot return a failure any more
  std::mutex stop_guard; // of the four below
  std::condition_variable stop_over;
  bool stops = false; ///< somebody stops the node; others wait for it, each its own time
  bool stopped = false;
  bool in_order = false;
  std::atomic<bool> stop_begun{false};
  process_mark process;
  std::optional<node> running; ///< last: its actors use the desk

  explicit inside(const node_topology& app, std::shared_ptr<library_desk> made)
      : genesis{app.genesis}, facts{app.facts()}, context{genesis}, desk{std::move(made)},
        ended{::eventfd(0, EFD_CLOEXEC)} {
    context.names = app.names;
    context.self = facts.self;
    context.network = facts.network;
  }

  void ring() const {
    const std::uint64_t one = 1;
    static_cast<void>(::write(ended.get(), &one, sizeof one));
  }
  void fail_with(const node_failure& why) {
    const error what{why.code, "the node gave up: " + why.what};
    bool tell = false;
    {
      const std::lock_guard lock{guard};
      failure = what;
      tell = started && on_ended;
    }
    desk->close({errc::stopping, what.detail});
    desk->end();
    if (tell) {
      tell_end(what);
    }
    ring();
  }
  /// On the thread of callbacks.
  void tell_end(const error& why) const {
    desk->answer_soon([then = on_ended](const result<any_value>& told) { then(told.error()); },
                      tl::make_unexpected(why));
  }
  /// From here on a failure is told, not returned. Error: it has failed already.
  [[nodiscard]] result<void> set_started() {
    const std::lock_guard lock{guard};
    started = !failure;
    return started ? result<void>{} : tl::make_unexpected(*failure);
  }
  [[nodiscard]] bool has_ended() {
    const std::lock_guard lock{stop_guard};
    return stopped && in_order;
  }
  /// For a call in a child that was forked: no thread of ours is there to answer it.
  [[nodiscard]] std::optional<error> no_use() const {
    return process.is_forked()
             ? std::optional{error{errc::stopping, "this process was forked from the node's, which "
                                                   "alone can use it: start a node here, in a "
                                                   "folder of its own"}}
             : std::nullopt;
  }
  [[nodiscard]] result<void> outcome() {
    const std::lock_guard lock{guard};
    return failure ? tl::make_unexpected(*failure) : result<void>{};
  }
};

} // namespace caucus
