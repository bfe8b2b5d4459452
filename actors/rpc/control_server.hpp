#pragma once

#include "actors/rpc/control_call.hpp"
#include "actors/rpc/control_session.hpp"
#include "messages/result.hpp"
#include "runtime/base/mailbox.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

/// The control socket: HTTP/1.1 over a Unix socket in the node's directory, open to its owner
/// alone; and, where one is asked for, a TCP port on which monitors read the metrics and nothing
/// else. Carries calls to the rpc actor and its replies back; understands neither.
/// Thread: the I/O thread's, all of it but the constructor and `open`, which come before its start.
///
/// A reply in parts goes out chunked. A slow reader holds its own connection only: its parts wait
/// here, and the rpc actor, which hears what was taken, sends no more than a window ahead.

namespace caucus {

class io_thread;

inline constexpr const char* control_socket_name = "control.sock";

/// 64: people and scripts of one machine. Another is told so when it has asked.
inline constexpr std::size_t control_connections_max = 64;
/// 16 that are being told so; one beyond them is closed at once.
inline constexpr std::size_t control_refusals_max = 16;
/// 16: some monitors. For another, the one that has waited longest for its next request goes: so
/// who holds all places and asks nothing keeps nobody out.
inline constexpr std::size_t monitor_connections_max = 16;
/// 1 MiB: a mutation of mutation_size_max as JSON with every byte escaped.
inline constexpr std::size_t control_body_size_max = 1024 * 1024;
inline constexpr std::size_t control_header_size_max = 16 * 1024;

class control_server {
public:
  /// Stands at its ends of edges by the I/O thread's bell.
  explicit control_server(io_thread& io, const session_times& times = {});
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;
  ~control_server();

  /// Binds `directory`/control.sock with mode 0600 and listens. Precondition: this process holds
  /// the directory's lock, so a socket that lies there is a dead node's and is replaced.
  /// Errors: file_missing, file_unreadable, io_failed; all name the path.
  [[nodiscard]] result<void> open(const std::filesystem::path& directory,
                                  outbox<from_control> calls, inbox<to_control> replies);

  /// Listens for monitors on `address`, "127.0.0.1:9464": whoever reaches it reads GET /metrics,
  /// and nothing else is answered. After open(), before the start. Errors: bad_request (no address
  /// of IP), in_use, io_failed; all name it.
  [[nodiscard]] result<void> open_metrics(const std::string& address);

  /// The node's actors ended, and nobody will answer: from now on every call is answered with `why`
  /// (its `to` does not count) at once; those in flight end with their connections, as what became
  /// of them is not known. Any thread.
  void give_up(to_control why);

  /// Takes no more calls, closes what is open, monitors' too, removes the socket's file. On the I/O
  /// thread.
  void close();

private:
  class state;
  std::shared_ptr<state> state_;
};

} // namespace caucus
