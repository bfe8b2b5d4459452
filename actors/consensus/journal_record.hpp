#pragma once

#include "messages/block.hpp"
#include "messages/ids.hpp"
#include "messages/vote.hpp"

#include <memory>
#include <variant>

/// What a replica writes down before it says it, so that it never contradicts itself.
/// Pure values.

namespace caucus::voting {

/// An own vote.
struct voted {
  vote what;
};
/// An own proposal, or one that an own notarize is for: if all restart, somebody must have it.
struct seen_block {
  std::shared_ptr<const proposal> what; ///< never null
};
/// A certificate that led to a vote or into a view. Without it, liars that withhold theirs after a
/// restart of all could keep the rest from making it anew.
struct seen_certificate {
  certificate what;
};
/// "I vote in no view above this" (vote_keeping::ceiling).
struct ceiling {
  view top;
};
using journal_record = std::variant<std::monostate, voted, seen_block, seen_certificate, ceiling>;

/// The view that it is about; records of views that are final and durable may go.
[[nodiscard]] view view_of(const journal_record& what);
/// It binds this replica, so it must be durable before anything else leaves.
[[nodiscard]] bool binds(const journal_record& what);

} // namespace caucus::voting
