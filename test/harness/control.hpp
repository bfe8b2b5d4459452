#pragma once

#include "apps/group/control_socket.hpp"

#include <chrono>
#include <filesystem>
#include <string>

/// A node's control socket, spoken to directly: faster than one process a request.
/// One thread uses an object at a time; many objects may talk to one node.

namespace caucus::harness {

using control_answer = http_answer;

class control {
public:
  /// `directory`: the node's own. Connects at the first request, and anew after an error.
  explicit control(const std::filesystem::path& directory,
                   std::chrono::milliseconds at_most = std::chrono::seconds{30});

  /// Throw std::runtime_error when the node does not answer in time or hangs up.
  [[nodiscard]] control_answer get(const std::string& target);
  [[nodiscard]] control_answer post(const std::string& target, const std::string& body);

  [[nodiscard]] control_socket& socket() { return socket_; }
  [[nodiscard]] std::chrono::milliseconds at_most() const { return at_most_; }

private:
  std::string directory_;
  std::chrono::milliseconds at_most_;
  control_socket socket_;
};

} // namespace caucus::harness
