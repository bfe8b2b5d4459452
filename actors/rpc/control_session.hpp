#pragma once

#include "actors/rpc/control_call.hpp"
#include "runtime/asio.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

/// One connection of the control socket, or of the one for monitors: reads a request, waits for its
/// reply, writes it, begins again. Thread: the I/O thread's.

namespace caucus {

class control_session;

struct session_times {
  /// From a request's first byte to its last: a program sends it at once, or it hangs.
  std::chrono::milliseconds request{10'000};
  std::chrono::milliseconds idle{60'000}; ///< between two requests on one connection
  /// For a reply in one piece. A log's reader may stop as long as it likes: it holds a window at
  /// most.
  std::chrono::milliseconds reply{30'000};
  /// The same for monitors, who are anybody: some 100 KiB, which a scrape takes at once.
  std::chrono::milliseconds monitor_reply{5'000};
};

/// What a session tells the server.
class session_keeper {
public:
  session_keeper() = default;
  session_keeper(const session_keeper&) = delete;
  session_keeper& operator=(const session_keeper&) = delete;
  virtual ~session_keeper() = default;

  /// A request is complete. Gives its id, or 0: the server is closing.
  virtual call_id opened(control_session& by, control_opened what) = 0;
  virtual void gone(call_id id) = 0;
  virtual void taken(call_id id, std::size_t size) = 0;
  /// The session is over; may destroy it.
  virtual void ended(const control_session& which) = 0;
};

/// Owned by shared pointers: the server's, and those of its pending operations.
class control_session {
public:
  control_session() = default;
  control_session(const control_session&) = delete;
  control_session& operator=(const control_session&) = delete;
  virtual ~control_session() = default;

  virtual void start() = 0;
  /// A part of the reply to the request in hand.
  virtual void reply(to_control what) = 0;
  /// Ends when the request in hand is answered.
  virtual void end_after_reply() = 0;
  /// No request is in hand: it waits for one, or for the rest of one.
  [[nodiscard]] virtual bool waits() const = 0;
  /// When it began to write the reply that it writes; none: it writes none.
  [[nodiscard]] virtual std::optional<std::chrono::steady_clock::time_point>
  writes_since() const = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual std::weak_ptr<control_session> handle() = 0;
};

[[nodiscard]] std::shared_ptr<control_session>
make_control_session(boost::asio::local::stream_protocol::socket socket,
                     std::weak_ptr<session_keeper> keeper, const session_times& times);
/// Over TCP, for anybody: a request has no body there.
[[nodiscard]] std::shared_ptr<control_session>
make_control_session(boost::asio::ip::tcp::socket socket, std::weak_ptr<session_keeper> keeper,
                     const session_times& times);

} // namespace caucus
