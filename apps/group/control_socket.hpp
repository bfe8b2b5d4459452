#pragma once

#include "messages/result.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// HTTP over the control socket in a node's directory. Blocks; one thread at a time uses an object,
/// and many objects may ask one node.

namespace caucus {

struct http_answer {
  unsigned status = 0; ///< 200: the body is what was asked for; else it says why not
  std::string body;    ///< JSON
};

class control_socket {
public:
  explicit control_socket(std::filesystem::path directory);
  control_socket(control_socket&&) noexcept;
  control_socket& operator=(control_socket&&) noexcept;
  ~control_socket();

  /// Connects, unless it is connected. Errors: file_unreadable: the socket is another user's;
  /// node_unreachable: nothing listens, the system says why.
  [[nodiscard]] result<void> open();
  /// From now on Ctrl-C ends what waits with `cancelled`, in place of the process.
  void heed_interrupts();

  /// Sends a request and waits for the answer; open()s. Errors, after which the next one connects
  /// anew: those of open(); timed_out: no answer within `at_most`; cancelled; node_unreachable: it
  /// hung up.
  [[nodiscard]] result<http_answer> ask(std::string_view method, const std::string& target,
                                        const std::string& body, std::chrono::milliseconds at_most);
  /// As ask(), without a limit of time. The lines of an answer of status 200, without their ends,
  /// go to `each` as they come, until it says false, after which the next request connects anew;
  /// the body of any other answer is returned.
  [[nodiscard]] result<http_answer> lines(std::string_view method, const std::string& target,
                                          const std::string& body,
                                          const std::function<bool(std::string_view)>& each);

private:
  struct connection;
  std::filesystem::path directory_;
  std::unique_ptr<connection> connection_;
};

} // namespace caucus
