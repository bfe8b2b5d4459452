#pragma once

#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

/// Lets strangers' handshakes in: so many at once, so many of one address, asked before any TLS
/// work is done for them. Where there is no room the oldest that has had a second gives way: an
/// honest handshake takes less, so those who open and then say nothing keep nobody out.
/// Pure.

namespace caucus {

/// An IPv4 address, or the /64 of an IPv6 one, which is what one host is given.
struct address_key {
  std::uint64_t prefix = 0;
  bool is_v6 = false;
  friend auto operator<=>(const address_key&, const address_key&) = default;
};

struct gate_limits {
  std::size_t in_all = 64;
  std::size_t per_address = 16;
  duration grace{std::chrono::seconds{1}}; ///< that each may take before it can be displaced
};

class handshake_gate {
public:
  explicit handshake_gate(gate_limits limits) : limits_{limits} {}

  struct verdict {
    bool admitted = false;
    std::optional<link_id> displaced; ///< end this one; it is out of the gate already
  };
  /// `who` counts up from call to call. O(n), n = in_all.
  [[nodiscard]] verdict enter(link_id who, const address_key& from, time_point now);
  /// It is through, or gone. Nothing happens for one that is not in.
  void leave(link_id who);

  [[nodiscard]] std::size_t size() const { return inside_.size(); }

private:
  struct entry {
    address_key address;
    time_point since;
  };
  [[nodiscard]] std::size_t count(const address_key& from) const;

  gate_limits limits_;
  std::map<link_id, entry> inside_; ///< oldest first
};

} // namespace caucus
