#pragma once

#include "messages/vote.hpp"

#include <optional>

/// What this replica signed in one view. No value of this type breaks rules 1 or 2: there is one
/// place for a notarize vote, and one for the vote that ends the view, which is a nullify or a
/// finalize vote.
/// Pure.

namespace caucus::voting {

class own_votes {
public:
  [[nodiscard]] const vote* notarize() const { return notarize_ ? &*notarize_ : nullptr; }
  [[nodiscard]] const vote* nullify() const { return last_of(vote_kind::nullify); }
  [[nodiscard]] const vote* finalize() const { return last_of(vote_kind::finalize); }
  [[nodiscard]] bool empty() const { return !notarize_ && !last_; }

  /// Rules 1 to 3 allow a vote of this kind now.
  [[nodiscard]] bool may_sign(vote_kind kind) const {
    return !last_ && (kind != vote_kind::notarize || !notarize_);
  }
  /// Asserts rules 1 to 3.
  void sign(const vote& mine);
  /// A vote of a former life. False, and nothing changes: it contradicts another one.
  [[nodiscard]] bool restore(const vote& mine);
  /// Asserts that all of them are `signer`'s, of view `of`.
  void check(view of, member_index signer) const;

private:
  [[nodiscard]] const vote* last_of(vote_kind kind) const {
    return last_ && last_->on.kind == kind ? &*last_ : nullptr;
  }

  std::optional<vote> notarize_;
  std::optional<vote> last_; ///< nullify or finalize
};

} // namespace caucus::voting
