#pragma once

#include "messages/ids.hpp"

#include <algorithm>
#include <vector>

/// Who is where in a group's book.
/// Pure.

namespace caucus {

/// Of seats and standbys, by their peer.
template <class Places>
[[nodiscard]] auto find_in(Places& places, const peer_id& who) {
  return std::find_if(places.begin(), places.end(),
                      [&who](const auto& one) { return one.member.peer == who; });
}

[[nodiscard]] inline bool holds(const std::vector<peer_id>& all, const peer_id& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

} // namespace caucus
