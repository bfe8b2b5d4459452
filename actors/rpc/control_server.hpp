#pragma once

#include "actors/rpc/control_call.hpp"
#include "messages/result.hpp"
#include "runtime/base/mailbox.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>

/// The control socket: HTTP/1.1 over a Unix socket in the node's directory, open to its owner alone.
/// Carries calls to the rpc actor and its replies back; understands neither.
/// Thread: the I/O thread's, all of it but the constructor and `open`, which come before its start.
///
/// A reply in parts goes out chunked. A slow reader holds its own connection only: its parts wait
/// here, and the rpc actor, which hears what was taken, sends no more than a window ahead.

namespace caucus {

class io_thread;

inline constexpr const char* control_socket_name = "control.sock";

/// 64: people and scripts of one machine. Another is told busy.
inline constexpr std::size_t control_connections_max = 64;
/// 1 MiB: a mutation of mutation_size_max as JSON with every byte escaped.
inline constexpr std::size_t control_body_size_max = 1024 * 1024;
inline constexpr std::size_t control_header_size_max = 16 * 1024;

class control_server {
public:
  /// Stands at its ends of edges by the I/O thread's bell.
  explicit control_server(io_thread& io);
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;
  ~control_server();

  /// Binds `directory`/control.sock with mode 0600 and listens. Precondition: this process holds the
  /// directory's lock, so a socket that lies there is a dead node's and is replaced.
  /// Errors: file_missing, file_unreadable, io_failed; all name the path.
  [[nodiscard]] result<void> open(const std::filesystem::path& directory,
                                  outbox<from_control> calls, inbox<to_control> replies);

  /// The node's actors ended, and nobody will answer: from now on every call is answered with `why`
  /// (its `to` does not count) at once; those in flight end with their connections, as what became of
  /// them is not known. Any thread.
  void give_up(to_control why);

  /// Takes no more calls, closes what is open, removes the socket's file. On the I/O thread.
  void close();

private:
  class state;
  std::shared_ptr<state> state_;
};

} // namespace caucus
