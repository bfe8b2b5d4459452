#include "actors/peer_net/handshake_gate.hpp"

#include "runtime/base/assert.hpp"

#include <algorithm>

namespace caucus {

std::size_t handshake_gate::count(const address_key& from) const {
  return static_cast<std::size_t>(
    std::count_if(inside_.begin(), inside_.end(),
                  [&from](const auto& one) { return one.second.address == from; }));
}

handshake_gate::verdict handshake_gate::enter(link_id who, const address_key& from,
                                              time_point now) {
  CAUCUS_ASSERT(inside_.empty() || inside_.rbegin()->first < who);
  const bool address_full = count(from) >= limits_.per_address;
  verdict out{true, std::nullopt};
  if (address_full || inside_.size() >= limits_.in_all) {
    const auto oldest = std::find_if(inside_.begin(), inside_.end(), [&](const auto& one) {
      return !address_full || one.second.address == from; // each pays for its own address
    });
    if (now - oldest->second.since < limits_.grace) {
      return {};
    }
    out.displaced = oldest->first;
    inside_.erase(oldest);
  }
  inside_.emplace(who, entry{from, now});
  return out;
}

void handshake_gate::leave(link_id who) {
  inside_.erase(who);
}

} // namespace caucus
