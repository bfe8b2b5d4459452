#pragma once

#include "runtime/base/doorbell.hpp"

#include <functional>
#include <memory>
#include <string>

/// One thread that alone runs one io_context: sockets and timers of that context need no lock and
/// no strand. It has one doorbell, so it can hold ends of edges (`foreign_place{name, bell()}`):
/// when the doorbell rings, the registered handlers drain their inboxes between two socket events.
/// A file needs runtime/asio.hpp only if it uses context().
///
/// An exception that leaves a handler ends the loop: the handler's state cannot be trusted then,
/// and no supervisor could make it anew, as there is none below actors. `on_failure` is told, on
/// this thread, and ends the node.

namespace boost::asio {
class io_context;
} // namespace boost::asio

namespace caucus {

class io_thread {
public:
  /// `name`: what the thread is called in debuggers and logs; 15 characters are kept.
  explicit io_thread(std::string name, std::function<void(const std::string&)> on_failure = {});
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;
  /// Stops, joins, then destroys the handlers that still wait in the context. The doorbell may be
  /// rung later.
  ~io_thread();

  [[nodiscard]] boost::asio::io_context& context();
  [[nodiscard]] const std::shared_ptr<doorbell>& bell() const;

  /// Call before start(), or on this thread. `step` works off a budget and returns whether there
  /// was anything to do. `idle` looks at each inbox, and at each outbox that it waits for, and
  /// returns whether there is nothing to do. Both are called on this thread, in the order of
  /// registration.
  void on_rung(std::function<bool()> step, std::function<bool()> idle);

  /// Call once. The handlers get a first turn, for items pushed before.
  void start();
  /// Runs `what` on the thread soon. Any thread; after stop() it is dropped.
  void post(std::function<void()> what);
  /// Runs `what` on the thread and waits for its end: for setting up and taking down. Runs it at
  /// once if called on that thread. False: the thread does not run, and nothing was done. Rethrows.
  bool call(std::function<void()> what);
  /// The loop ends after the handler it is in. Idempotent, any thread.
  void stop();
  /// Waits for the loop's end. Not on this thread.
  void join();

  [[nodiscard]] bool runs_here() const;

private:
  struct inside;
  std::shared_ptr<inside> inside_;
};

} // namespace caucus
