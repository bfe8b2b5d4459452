#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

/// A node's control socket, spoken to directly: faster than one process a request.
/// One thread uses an object at a time; many objects may talk to one node.

namespace caucus::harness {

struct control_answer {
  unsigned status = 0; ///< of HTTP
  std::string body;    ///< JSON
};

class control {
public:
  /// `directory`: the node's own. Connects at the first request, and anew after an error.
  explicit control(std::filesystem::path directory,
                   std::chrono::milliseconds at_most = std::chrono::seconds{30});
  control(control&&) noexcept;
  ~control();

  /// Throw std::runtime_error when the node does not answer in time or hangs up.
  [[nodiscard]] control_answer get(const std::string& target);
  [[nodiscard]] control_answer post(const std::string& target, const std::string& body);

private:
  struct connection;
  control_answer ask(bool is_post, const std::string& target, const std::string& body);

  std::filesystem::path directory_;
  std::chrono::milliseconds at_most_;
  std::unique_ptr<connection> open_;
};

} // namespace caucus::harness
