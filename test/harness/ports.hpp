#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

/// Free TCP ports on localhost for nodes that must know one another's before they start.
/// Throws std::runtime_error, as test code may.

namespace caucus::harness {

/// Consecutive ports that no other harness on this machine has, for as long as this lives: each is
/// guarded by a file lock, lies below the range from which the kernel gives outgoing connections
/// theirs, and was seen to be free. So a node that is killed and started again finds its port.
class port_lease {
public:
  explicit port_lease(std::size_t count);
  port_lease(port_lease&&) noexcept;
  port_lease& operator=(port_lease&&) noexcept;
  ~port_lease();

  [[nodiscard]] std::uint16_t first() const { return first_; }

private:
  struct locks;
  std::unique_ptr<locks> locks_;
  std::uint16_t first_ = 0;
};

} // namespace caucus::harness
