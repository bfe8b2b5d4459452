#include "actors/consensus/own_votes.hpp"

#include "actors/consensus/rules.hpp"

namespace caucus::voting {

void own_votes::sign(const vote& mine) {
  const auto kind = mine.on.kind;
  CAUCUS_ASSERT_RULE(1, kind != vote_kind::notarize || !notarize_); // one notarize a view
  CAUCUS_ASSERT_RULE(1, kind != vote_kind::finalize || finalize() == nullptr);
  CAUCUS_ASSERT_RULE(2, kind != vote_kind::nullify || finalize() == nullptr);
  CAUCUS_ASSERT_RULE(2, kind != vote_kind::finalize || nullify() == nullptr);
  CAUCUS_ASSERT_RULE(3, kind != vote_kind::notarize || !last_);
  CAUCUS_ASSERT_RULE(3, may_sign(kind)); // nor a second nullify
  CAUCUS_ASSERT_RULE(3, !notarize_ || notarize_->on.in == mine.on.in);
  (kind == vote_kind::notarize ? notarize_ : last_) = mine;
}

bool own_votes::restore(const vote& mine) {
  auto& slot = mine.on.kind == vote_kind::notarize ? notarize_ : last_;
  if (slot && *slot != mine) {
    return false;
  }
  slot = mine;
  return true;
}

void own_votes::check(view of, member_index signer) const {
  CAUCUS_ASSERT_RULE(1, !notarize_ || notarize_->on.kind == vote_kind::notarize);
  CAUCUS_ASSERT_RULE(1, !notarize_ || (notarize_->on.in == of && notarize_->from == signer));
  CAUCUS_ASSERT_RULE(2, !last_ || last_->on.kind != vote_kind::notarize);
  CAUCUS_ASSERT_RULE(2, !last_ || (last_->on.in == of && last_->from == signer));
  CAUCUS_ASSERT_RULE(2, nullify() == nullptr || last_->on.of.is_zero());
}

} // namespace caucus::voting
