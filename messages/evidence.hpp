#pragma once

#include "messages/block.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/vote.hpp"

#include <variant>

/// Proof that a peer lied: two things that it signed and that an honest one never signs both.
/// Anyone can check it with the group's member list alone.
/// Pure values.

namespace caucus {

/// Two votes of one member and view: two notarize of different headers, two finalize of different
/// headers, or a nullify and a finalize.
struct conflicting_votes {
  vote first;
  vote second;
  friend bool operator==(const conflicting_votes&, const conflicting_votes&) = default;
};

/// Two headers that one leader signed for one view.
struct conflicting_proposals {
  member_index leader;
  block_header first;
  signature first_signature;
  block_header second;
  signature second_signature;
  friend bool operator==(const conflicting_proposals&, const conflicting_proposals&) = default;
};

/// Two batches that one author signed under one number.
struct conflicting_batches {
  batch_header first;
  signature first_signature;
  batch_header second;
  signature second_signature;
  friend bool operator==(const conflicting_batches&, const conflicting_batches&) = default;
};

using evidence = std::variant<conflicting_votes, conflicting_proposals, conflicting_batches>;

} // namespace caucus
