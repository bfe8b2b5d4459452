#pragma once

#include "messages/block.hpp"
#include "messages/closing.hpp"
#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

/// What the notary tells an actor of its node about the group. Local; never on the wire.
/// Pure values.

namespace caucus {

/// At once, and again whenever the book, the members of what comes next or the count of proofs of
/// lies is another, until the asker asks anew: one a asker.
struct group_request {
  std::uint64_t tag = 0;
};
/// As of the newest final block.
struct group_told {
  std::uint64_t tag = 0;
  caucus::height height;
  wall_ms time{0};
  shared_group book;                       ///< never null
  std::shared_ptr<const committee> voters; ///< of what comes next; never null
  shared_history history;                  ///< never null
  std::uint64_t evidence_count = 0;
  std::optional<block_header> certified{}; ///< the newest header with a finalization of its own
  certificate finalization{};              ///< of it
};

/// Who votes from a block on.
struct epoch_begun {
  caucus::epoch epoch;
  height first;                ///< of its first block
  std::vector<member> members; ///< in the order of their indices

  friend bool operator==(const epoch_begun&, const epoch_begun&) = default;
};

} // namespace caucus
