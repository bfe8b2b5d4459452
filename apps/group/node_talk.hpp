#pragma once

#include "apps/group/control_socket.hpp"
#include "messages/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is asked of a node whose process is ours. Any thread, each with its own control_socket.

namespace caucus {

/// What a node says of itself.
struct node_view {
  std::uint64_t height = 0;
  std::uint64_t view = 0;
  std::uint64_t root_height = 0; ///< whose root it is
  std::string state_root;        ///< hex
  std::size_t peers = 0;
  bool votes = false;
  std::string problems; ///< what keeps it from working, one a line; empty: nothing
  std::string json;     ///< all of it
};
/// Errors: those of control_socket::ask(); internal: the answer is no status.
[[nodiscard]] result<node_view> view_of(control_socket& node, std::chrono::milliseconds at_most);

/// A mutation, in words.
struct wanted {
  std::string variable;
  std::string mutation;
  std::vector<std::string> arguments;
};

/// A mutation's fate.
struct proposed {
  unsigned status = 0; ///< of HTTP; 200: a receipt
  std::string outcome; ///< "applied", "refused", or the error's code
  std::uint64_t height = 0;
  std::uint64_t index = 0;
  std::string detail{};         ///< of an error, or the rule's reason
  std::optional<errc> failed{}; ///< the error's code; nullopt: a receipt
};
/// `timeout`: how long the node waits for the receipt; `at_most`: how long we wait for the node. An
/// error that the node answers is a fate. Errors: those of control_socket::ask(); internal: the
/// answer is neither.
[[nodiscard]] result<proposed> propose(control_socket& to, const wanted& mutation,
                                       std::string_view request_id,
                                       std::chrono::milliseconds timeout,
                                       std::chrono::milliseconds at_most);

/// Looks again until it holds. Errors: timed_out, naming `condition`; cancelled (see
/// interrupts.hpp).
[[nodiscard]] result<void> wait_until(const std::string& condition,
                                      std::chrono::milliseconds at_most,
                                      const std::function<bool()>& holds);

} // namespace caucus
