#pragma once

#include "messages/committee.hpp"
#include "messages/evidence.hpp"
#include "messages/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What a proof of a lie says, for people and for monitors.
/// Pure.

namespace caucus {

struct accusation {
  peer_id peer;                       ///< whose key signed both
  std::string member;                 ///< as it is named; empty: a stranger, an author of batches
  std::optional<caucus::epoch> epoch; ///< of votes and proposals
  std::string_view
    kind; ///< for scripts: "conflicting_votes", "conflicting_proposals", "conflicting_batches"
  std::optional<caucus::view> view;     ///< of votes and proposals
  std::optional<caucus::height> height; ///< of proposals
  std::optional<batch_number> number;   ///< of batches
  std::string text;                     ///< "signed two different blocks for view 17 (height 12)"
};
/// The epoch whose members a proof is about: of votes and proposals, which name members by their
/// numbers. None: of batches, it is about a key.
[[nodiscard]] std::optional<epoch> epoch_of(const evidence& what);
/// The notary checked `what` before it kept it. `voters`: of its epoch, if it has one. A member
/// that they have not has the zero id.
[[nodiscard]] accusation accusation_of(const evidence& what, const committee& voters);

} // namespace caucus
