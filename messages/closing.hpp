#pragma once

#include "messages/block.hpp"
#include "messages/bytes.hpp"
#include "messages/committee.hpp"
#include "messages/proof.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <memory>
#include <vector>

/// How an epoch ended, so that whoever knows its members knows those of the next one, trusting
/// nobody.
/// Pure values.

namespace caucus {

/// Blocks behind an epoch's last one that it took to have a certificate. As many as a page of the
/// chain can hold; one or none unless messages are lost.
inline constexpr std::size_t closing_headers_max = blocks_per_page_max;

struct closing {
  block_header last;                ///< of the epoch
  std::vector<block_header> behind; ///< each the child of the one before; <= closing_headers_max
  certificate finalization;         ///< of the last one of these
  bytes members;     ///< the entry of the state that `last` certifies: the next epoch's membership
  state_proof proof; ///< that it is there

  friend bool operator==(const closing&, const closing&) = default;
};

/// The epochs so far: who votes in each, and what shows it to whoever knows the first one's
/// members.
struct epoch_history {
  committees voters;
  /// Of each epoch of `voters` but the newest; none null.
  std::vector<std::shared_ptr<const closing>> ends;
};
using shared_history = std::shared_ptr<const epoch_history>;

} // namespace caucus
