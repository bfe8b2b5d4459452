#pragma once

#include "messages/result.hpp"
#include "runtime/file.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// Free TCP ports on localhost for nodes that must know one another's before they start. Any
/// thread.

namespace caucus {

/// Consecutive ports that no other such object of this machine has, for as long as this one lives.
/// They lie below the range from which the system gives outgoing connections theirs, and were seen
/// to be free: so a node that is killed and started again finds its port. A port is held by a name
/// among the abstract Unix sockets, which belong to the same network namespace as ports do and end
/// with the process.
class local_ports {
public:
  /// Error: in_use: there are not so many in a row.
  [[nodiscard]] static result<local_ports> take(std::size_t count);
  [[nodiscard]] std::uint16_t first() const { return first_; }

private:
  std::vector<unique_fd> held_; ///< one a port, ascending
  std::uint16_t first_ = 0;
};

} // namespace caucus
