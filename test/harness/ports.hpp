#pragma once

#include "apps/group/local_ports.hpp"

#include <cstddef>
#include <cstdint>

/// Free TCP ports on localhost for nodes that must know one another's before they start.
/// Throws std::runtime_error, as test code may.

namespace caucus::harness {

/// Consecutive ports that no other harness on this machine has, for as long as this lives: see
/// apps/group/local_ports.hpp.
class port_lease {
public:
  explicit port_lease(std::size_t count);
  [[nodiscard]] std::uint16_t first() const { return ports_.first(); }

private:
  local_ports ports_;
};

} // namespace caucus::harness
