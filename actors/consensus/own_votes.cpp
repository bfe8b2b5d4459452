#include "actors/consensus/own_votes.hpp"

#include "actors/consensus/rules.hpp"

namespace caucus::voting {

const vote* own_votes::last() const {
  return nullify() != nullptr ? nullify() : finalize();
}

void own_votes::keep(const vote& mine) {
  switch (mine.subject.kind) {
    case vote_kind::notarize: notarize_.emplace(mine); return;
    case vote_kind::nullify: last_.emplace(vote_of<vote_kind::nullify>{mine}); return;
    case vote_kind::finalize: last_.emplace(vote_of<vote_kind::finalize>{mine}); return;
  }
}

void own_votes::sign(const vote& mine) {
  const auto kind = mine.subject.kind;
  CAUCUS_ASSERT_RULE(1, kind != vote_kind::notarize || !notarize_); // one notarize a view
  CAUCUS_ASSERT_RULE(1, kind != vote_kind::finalize || finalize() == nullptr);
  CAUCUS_ASSERT_RULE(2, kind != vote_kind::nullify || finalize() == nullptr);
  CAUCUS_ASSERT_RULE(2, kind != vote_kind::finalize || nullify() == nullptr);
  CAUCUS_ASSERT_RULE(3, kind != vote_kind::notarize || !last_);
  CAUCUS_ASSERT_RULE(3, may_sign(kind)); // nor a second nullify
  CAUCUS_ASSERT_RULE(3, !notarize_ || notarize_->get().subject.view == mine.subject.view);
  keep(mine);
}

bool own_votes::restore(const vote& mine) {
  const auto* const held = mine.subject.kind == vote_kind::notarize ? notarize() : last();
  if (held != nullptr) {
    return *held == mine;
  }
  keep(mine);
  return true;
}

void own_votes::check(view of, member_index signer) const {
  const auto is_own = [&](const vote* mine) {
    return mine == nullptr || (mine->subject.view == of && mine->signer == signer);
  };
  CAUCUS_ASSERT_RULE(1, is_own(notarize()));
  CAUCUS_ASSERT_RULE(2, is_own(last()));
  CAUCUS_ASSERT_RULE(2, nullify() == nullptr || nullify()->subject.digest.is_zero());
}

} // namespace caucus::voting
