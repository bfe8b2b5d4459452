#pragma once

#include "actors/notary/notary_commands.hpp"
#include "apps/group/control_socket.hpp"
#include "messages/result.hpp"
#include "runtime/commands/command.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

/// Asks a node over the control socket in its directory. Blocks; one thread at a time.

namespace caucus::cli {

class control_client {
public:
  /// Errors: node_unreachable (nothing listens: is the node running?), file_unreadable (the socket
  /// is another user's).
  [[nodiscard]] static result<control_client> connect(const std::filesystem::path& directory);
  /// As connect(); waits, 3 s at most, for a node that runs and does not listen yet.
  [[nodiscard]] static result<control_client> reach(const std::filesystem::path& directory);

  /// As reach(), and it answers the least that its actors can: whoever then waits for long waits
  /// for a node that lives.
  /// Errors: those of reach() and ask().
  [[nodiscard]] static result<control_client> reach_alive(const std::filesystem::path& directory,
                                                          std::chrono::milliseconds at_most);

  /// From now on Ctrl-C ends ask() with `cancelled`, in place of the process.
  void heed_interrupts() { socket_.heed_interrupts(); }

  /// The reply's body, if it is no error. Errors: what the node told; node_unreachable: it went
  /// away or said nothing within `at_most`.
  [[nodiscard]] result<std::string> ask(const any_command& what, std::chrono::milliseconds at_most);
  template <command_type C>
  [[nodiscard]] result<std::string> ask(C what, std::chrono::milliseconds at_most) {
    return ask(command_of(std::move(what)), at_most);
  }
  /// The lines of a log, without their ends, until the log ends or `each` says false.
  [[nodiscard]] result<void> lines(const any_command& what,
                                   const std::function<bool(std::string_view)>& each);

private:
  explicit control_client(std::filesystem::path directory);
  [[nodiscard]] tl::unexpected<error> gone(const error& why) const;

  std::filesystem::path directory_;
  control_socket socket_;
};

} // namespace caucus::cli
