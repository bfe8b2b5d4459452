#pragma once

#include "messages/mutation.hpp"
#include "messages/vote.hpp"
#include "test/system/hostile_peer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

/// A member whose key is in the wrong hands: it keeps links to the honest nodes as a node would,
/// and says to each what it likes. Runs on a thread of its own.

namespace caucus::harness {

class false_member {
public:
  struct said {
    packet_code code = packet_code::none;
    bytes body;
    std::uint64_t answers = 0; ///< msg_id of the request; 0: it is no answer
  };
  /// Called on the thread for each frame that comes; what it returns goes back to the same node.
  using answering = std::function<std::vector<said>(std::size_t node, const hostile_peer::frame&)>;

  /// Links to all of `ports` are up when this returns.
  false_member(const masquerade& who, const network_id& network,
               const std::vector<std::uint16_t>& ports, answering answers);
  false_member(const false_member&) = delete;
  false_member& operator=(const false_member&) = delete;
  ~false_member();

  /// Any thread. All of it goes in one piece.
  void say(std::size_t to, std::vector<said> what);
  /// Why a node ended its link, once it has.
  [[nodiscard]] std::optional<errc> goodbye_of(std::size_t node) const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// What the member `index` signs.
[[nodiscard]] false_member::said vote_of(const masquerade& who, const network_id& network,
                                         member_index index, const subject& on);
/// A batch of one mutation. `author`: whose batch it claims to be.
[[nodiscard]] false_member::said batch_of(const masquerade& who, const network_id& network,
                                          const peer_id& author, batch_number number,
                                          const mutation& what);

} // namespace caucus::harness
