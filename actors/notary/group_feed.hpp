#pragma once

#include "actors/notary/block_chain.hpp"
#include "actors/notary/reads.hpp"
#include "actors/notary/turn.hpp"
#include "messages/group_feed.hpp"

#include <cstdint>
#include <map>
#include <optional>

/// Who of this node's actors wants to know how the group is.
/// Pure.

namespace caucus {

class group_feed {
public:
  /// Is told in the next pump().
  void ask(asker_index who, const group_request& what) { waiting_[who] = {what.tag, {}}; }
  void asker_gone(asker_index who) { waiting_.erase(who); }
  /// Tells those for whom something is new. Once a turn.
  void pump(const tip_state& tip, const shared_history& history, std::uint64_t evidence_count,
            const std::optional<certified_state>& certified, const notary_turn& t);

private:
  struct known {
    const group_book* book = nullptr; ///< it is kept by `held`
    epoch in{};
    std::uint64_t evidence_count = 0;
    std::optional<epoch> certified{}; ///< of what certifies a state
    friend bool operator==(const known&, const known&) = default;
  };
  struct follower {
    std::uint64_t tag = 0;
    known told;
    shared_group held{}; ///< so that no other book has its address
  };
  std::map<asker_index, follower> waiting_;
};

} // namespace caucus
