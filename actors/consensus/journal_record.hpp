#pragma once

#include "messages/block.hpp"
#include "messages/ids.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

/// What a replica writes down before it says it, so that it never contradicts itself.
/// Pure values.

namespace caucus::voting {

/// An own vote.
struct voted {
  caucus::vote vote;
};
/// An own proposal, or one that an own notarize is for: if all restart, somebody must have it.
struct seen_block {
  std::shared_ptr<const caucus::proposal> proposal; ///< never null
};
/// A certificate that led to a vote or into a view. Without it, liars that withhold theirs after a
/// restart of all could keep the rest from making it anew.
struct seen_certificate {
  caucus::certificate certificate;
};
/// "I vote in no view above this" (vote_keeping::ceiling), and in none up to this in a later life.
struct ceiling {
  view top;
  epoch in{};
};
/// "What I signed before this I do not know", until the next ceiling.
struct doubted {
  bool blank = false; ///< nothing at all is known of it; else the journal's end was cut off
};
/// Of whom it knows something that they signed, over all lives: by it a member that lost its
/// journal is told from one that never ran.
struct heard_of {
  std::uint64_t members = 0; ///< bit i: member i
  epoch in{};                ///< whose members
};
/// The number of a start of this node, before it is said to anybody.
struct own_life {
  std::uint64_t number = 0;
};
/// The latest of another member, before that is answered.
struct other_life {
  peer_id peer;
  signed_life said;
};
using consensus_record = std::variant<voted, seen_block, seen_certificate, ceiling, doubted,
                                      heard_of, own_life, other_life>;

/// The epoch that it is about; none: it is about whatever is signed.
[[nodiscard]] std::optional<epoch> epoch_of(const consensus_record& what);
/// The view that it is about; records of views that are final and durable may go.
[[nodiscard]] view view_of(const consensus_record& what);
/// Of what was signed in views up to it the journal knows, says this record; 0: it says nothing.
[[nodiscard]] view signed_to(const consensus_record& what);
/// Of starts, this node's or another member's: of no epoch.
[[nodiscard]] bool is_of_lives(const consensus_record& what);
/// It binds this replica, so it must be durable before anything else leaves.
[[nodiscard]] bool binds(const consensus_record& what);

} // namespace caucus::voting
