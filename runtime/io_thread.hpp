#pragma once

#include "runtime/base/doorbell.hpp"

#include <functional>
#include <memory>
#include <string>

/// One thread that runs one io_context, alone; whatever is bound to that context needs no lock and no
/// strand. It has one doorbell, so it can stand at ends of edges (`foreign_place{name, bell()}`): when
/// rung it drains, between its socket events, what its handlers have registered. Needs
/// runtime/asio.hpp only where context() is used.
///
/// An exception that leaves a handler ends the loop: what the handler left behind cannot be trusted,
/// and there is no supervisor below actors that could make it anew. `on_failure` hears of it, on this
/// thread, and ends the node.

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
  /// Stops, joins, then destroys what still waits in the context. The doorbell may be rung later.
  ~io_thread();

  [[nodiscard]] boost::asio::io_context& context();
  [[nodiscard]] const std::shared_ptr<doorbell>& bell() const;

  /// Before start(), or on this thread. `step` works off a budget and says whether there was
  /// anything; `idle` says, having looked at each inbox and each outbox it waits for, that there is
  /// nothing to do. Both are called on this thread, all handlers' in the order of registration.
  void on_rung(std::function<bool()> step, std::function<bool()> idle);

  /// Once. The handlers get a first turn, for what was pushed before.
  void start();
  /// Runs `what` on the thread soon. Any thread; after stop() it is dropped.
  void post(std::function<void()> what);
  /// Runs `what` on the thread and waits for its end: for setting up and taking down. At once, when
  /// called there. False: the thread does not run (any more), nothing was done. Rethrows.
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
