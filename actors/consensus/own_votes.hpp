#pragma once

#include "messages/vote.hpp"
#include "runtime/base/assert.hpp"

#include <optional>
#include <variant>

/// What this replica signed in one view, and so what it may still sign there (README.md, "A view's
/// states"). No value of this type breaks rules 1 or 2: there is one place for a notarize vote, and
/// one for the vote that ends the view, which is a nullify or a finalize vote.
/// Pure.

namespace caucus::voting {

/// A vote whose kind is its type's.
template <vote_kind Kind>
class vote_of {
public:
  explicit vote_of(const vote& mine) : vote_{mine} { CAUCUS_ASSERT(mine.subject.kind == Kind); }
  [[nodiscard]] const vote& get() const { return vote_; }

private:
  vote vote_;
};

class own_votes {
public:
  /// Null, as below: not signed.
  [[nodiscard]] const vote* notarize() const { return notarize_ ? &notarize_->get() : nullptr; }
  [[nodiscard]] const vote* nullify() const { return last_of<vote_kind::nullify>(); }
  [[nodiscard]] const vote* finalize() const { return last_of<vote_kind::finalize>(); }
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
  using last_vote = std::variant<vote_of<vote_kind::nullify>, vote_of<vote_kind::finalize>>;

  template <vote_kind Kind>
  [[nodiscard]] const vote* last_of() const {
    const auto* const held = last_ ? std::get_if<vote_of<Kind>>(&*last_) : nullptr;
    return held == nullptr ? nullptr : &held->get();
  }
  /// The vote that ended the view; null: it is open.
  [[nodiscard]] const vote* last() const;
  void keep(const vote& mine);

  std::optional<vote_of<vote_kind::notarize>> notarize_;
  std::optional<last_vote> last_; ///< once set, nothing more is signed
};

} // namespace caucus::voting
