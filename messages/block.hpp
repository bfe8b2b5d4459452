#pragma once

#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <vector>

/// What the group votes on. A vote signs the header's digest, so a certificate authenticates
/// everything behind it: the payload, the parent chain, and the state that the chain led to.
/// Pure values.

namespace caucus {

/// 1,024 digests are 32 KiB: a proposal fits one frame of 64 KiB.
inline constexpr std::size_t batches_per_block_max = 1'024;
/// 8 MiB of batches in one block: a follower asks for them one by one, and holds one block's at
/// most.
inline constexpr std::size_t block_payload_size_max = 8 * 1024 * 1024;

struct block_header {
  group_id group;
  caucus::epoch epoch;
  caucus::height height; ///< the parent's + 1
  caucus::view view;     ///< > parent_view; the views strictly between are nullified
  caucus::view parent_view;
  digest parent;        ///< of the parent's header; zero in genesis
  wall_ms time{0};      ///< >= the parent's; a hint for rules
  digest payload;       ///< payload_digest() of the batches' digests
  digest state_root;    ///< of the state that the *parent* leads to
  digest receipts_root; ///< Merkle root over the *parent's* receipts

  friend bool operator==(const block_header&, const block_header&) = default;
};

struct block {
  block_header header;
  std::vector<digest> batches; ///< in the order of execution; <= batches_per_block_max, distinct

  friend bool operator==(const block&, const block&) = default;
};

/// A block as its view's leader signs it.
struct proposal {
  static constexpr auto packet =
    packet_rule::notice(0x0100, "proposal", 64 * 1024, lane::consensus);
  caucus::block block;
  caucus::signature signature; ///< purpose "proposal", over the header's digest

  friend bool operator==(const proposal&, const proposal&) = default;
};

} // namespace caucus
