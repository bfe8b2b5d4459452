#include "actors/consensus/view_votes.hpp"

#include "actors/consensus/certificate.hpp"
#include "actors/consensus/rules.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace caucus::voting {

view_votes::added view_votes::add(const vote& what, check_state state) {
  std::size_t in_slot = 0;
  for (const auto& kept : votes_) {
    if (kept.vote.signer != what.signer || kept.vote.subject.kind != what.subject.kind) {
      continue;
    }
    // Once one signature on a subject is good, another one on it adds nothing.
    if (kept.vote == what
        || (kept.vote.subject == what.subject && kept.state == check_state::good)) {
      return added::repeated;
    }
    ++in_slot;
  }
  if (in_slot >= votes_per_slot_max && state != check_state::good) {
    return added::surplus;
  }
  votes_.push_back({what, state});
  return added::fresh;
}

std::vector<vote> view_votes::take_unchecked(const subject& on, member_index from,
                                             std::size_t needed, bool certified) {
  auto counted = signers_of(on, check_state::asked);
  auto count = static_cast<std::size_t>(__builtin_popcountll(counted));
  std::vector<vote> out;
  for (auto& kept : votes_) {
    if (kept.state != check_state::no) {
      continue;
    }
    const auto bit = std::uint64_t{1} << kept.vote.signer.value();
    const bool counts =
      !certified && kept.vote.subject == on && count < needed && (counted & bit) == 0;
    const bool conflicts =
      kept.vote.signer == from && (conflicts_told_ & bit) == 0
      && std::any_of(votes_.begin(), votes_.end(), [&kept](const kept_vote& other) {
           return other.vote.signer == kept.vote.signer
                  && contradict(other.vote.subject, kept.vote.subject);
         });
    // Two signatures on one subject: one of them may be bad, and must not keep the other out.
    const bool doubled = kept.vote.signer == from
                         && std::any_of(votes_.begin(), votes_.end(), [&kept](const auto& other) {
                              return &other != &kept && other.vote.signer == kept.vote.signer
                                     && other.vote.subject == kept.vote.subject;
                            });
    if (!counts && !conflicts && !doubled) {
      continue;
    }
    if (kept.vote.subject == on && (counted & bit) == 0) {
      counted |= bit;
      ++count;
    }
    kept.state = check_state::asked;
    out.push_back(kept.vote);
  }
  // A vote that contradicts an unchecked one makes that one worth a check too; the loop above took
  // it, as `contradict` is symmetric.
  return out;
}

void view_votes::settle(const vote& what, bool good) {
  const auto found = std::find_if(votes_.begin(), votes_.end(),
                                  [&what](const auto& kept) { return kept.vote == what; });
  if (found == votes_.end()) {
    return;
  }
  if (good) {
    found->state = check_state::good;
  } else {
    votes_.erase(found);
  }
}

bool view_votes::is_good(const vote& what) const {
  return std::any_of(votes_.begin(), votes_.end(), [&what](const auto& kept) {
    return kept.state == check_state::good && kept.vote == what;
  });
}

std::uint64_t view_votes::signers_of(const subject& on, check_state least) const {
  std::uint64_t signers = 0;
  for (const auto& kept : votes_) {
    if (kept.state >= least && kept.vote.subject == on) {
      signers |= std::uint64_t{1} << kept.vote.signer.value();
    }
  }
  return signers;
}

std::size_t view_votes::good_count(const subject& on) const {
  return static_cast<std::size_t>(__builtin_popcountll(signers_of(on, check_state::good)));
}

std::size_t view_votes::hopeful_count(const subject& on) const {
  return static_cast<std::size_t>(__builtin_popcountll(signers_of(on, check_state::asked)));
}

bool view_votes::any_asked(const subject& on) const {
  return std::any_of(votes_.begin(), votes_.end(), [&on](const kept_vote& kept) {
    return kept.state == check_state::asked && kept.vote.subject == on;
  });
}

std::vector<vote> view_votes::good_votes(const subject& on, std::size_t count_max) const {
  std::map<member_index, vote> sorted;
  for (const auto& kept : votes_) {
    if (kept.state == check_state::good && kept.vote.subject == on && sorted.size() < count_max) {
      sorted.try_emplace(kept.vote.signer, kept.vote);
    }
  }
  std::vector<vote> out;
  out.reserve(sorted.size());
  for (const auto& one : sorted) {
    out.push_back(one.second);
  }
  return out;
}

// -- the leader's proposals ----------------------------------------------------------------------

const kept_proposal* view_votes::find_proposal(const digest& id) const {
  const auto found = std::find_if(proposals_.begin(), proposals_.end(),
                                  [&id](const auto& each) { return each.id == id; });
  return found == proposals_.end() ? nullptr : &*found;
}

const kept_proposal* view_votes::good_proposal() const {
  const auto found = std::find_if(proposals_.begin(), proposals_.end(),
                                  [](const auto& each) { return each.state == check_state::good; });
  return found == proposals_.end() ? nullptr : &*found;
}

void view_votes::add_proposal(kept_proposal fresh) {
  CAUCUS_ASSERT_RULE(10, has_room());
  CAUCUS_ASSERT(fresh.proposal != nullptr && find_proposal(fresh.id) == nullptr);
  proposals_.push_back(std::move(fresh));
}

const kept_proposal* view_votes::settle_proposal(const digest& id, bool good) {
  const auto found = std::find_if(proposals_.begin(), proposals_.end(),
                                  [&id](const auto& each) { return each.id == id; });
  if (found == proposals_.end()) {
    return nullptr;
  }
  if (!good) {
    proposals_.erase(found);
    return nullptr;
  }
  found->state = check_state::good;
  return &*found;
}

const kept_proposal* view_votes::take_rival(const digest& id) {
  const auto found = std::find_if(proposals_.begin(), proposals_.end(), [&id](const auto& each) {
    return each.state == check_state::good && each.id != id;
  });
  if (found == proposals_.end() || rival_told_) {
    return nullptr;
  }
  rival_told_ = true;
  return &*found;
}

void view_votes::set_own_proposal(std::shared_ptr<const proposal> made) {
  CAUCUS_ASSERT_RULE(1, proposed_ == nullptr && made != nullptr); // a second header is a lie
  proposed_ = std::move(made);
}

// -- what this replica signed, what the group decided ---------------------------------------------

void view_votes::sign(const vote& mine) {
  own_.sign(mine);
  add(mine, check_state::good);
}

bool view_votes::restore(const vote& mine) {
  if (!own_.restore(mine)) {
    return false;
  }
  add(mine, check_state::good);
  return true;
}

const certificate* view_votes::certificate_of(vote_kind kind) const {
  switch (kind) {
    case vote_kind::notarize: return notarization();
    case vote_kind::nullify: return nullification();
    case vote_kind::finalize: break; // ends the view: chain's tip has it
  }
  return nullptr;
}

void view_votes::certify(const certificate& what) {
  CAUCUS_ASSERT_RULE(6, what.subject.kind != vote_kind::finalize);
  CAUCUS_ASSERT_RULE(6, certificate_of(what.subject.kind) == nullptr);
  if (what.subject.kind == vote_kind::notarize) {
    notarized_ = notarized{what};
  } else {
    nullification_ = what;
  }
}

void view_votes::trim() {
  votes_ = {};
  proposals_ = {};
  proposed_.reset();
}

void view_votes::check(view which, const committee& voters,
                       std::optional<member_index> self) const {
  CAUCUS_ASSERT_RULE(1, own_.empty() || self.has_value());
  if (self) {
    own_.check(which, *self);
  }
  CAUCUS_ASSERT_RULE(10, proposals_.size() <= proposals_per_view_max);
  // Of each member and kind so many, and own votes, which are always taken.
  CAUCUS_ASSERT_RULE(10, votes_.size() <= votes_per_slot_max * 3 * voters.size() + 3);
  for (const auto* const held : {notarization(), nullification()}) {
    if (held != nullptr) {
      CAUCUS_ASSERT_RULE(6,
                         held->subject.view == which && held->subject.epoch == voters.in_epoch());
      CAUCUS_ASSERT_RULE(6, is_quorum(held->signers, voters));
      CAUCUS_ASSERT_RULE(6, static_cast<std::size_t>(std::popcount(held->signers))
                              == held->signatures.size());
    }
  }
  CAUCUS_ASSERT_RULE(6, !notarized_ || notarized_->certificate.subject.kind == vote_kind::notarize);
  CAUCUS_ASSERT_RULE(6, !nullification_ || nullification_->subject.kind == vote_kind::nullify);
  CAUCUS_ASSERT_RULE(6, !nullification_ || nullification_->subject.digest.is_zero());
  for (const auto& kept : votes_) {
    CAUCUS_ASSERT(kept.vote.subject.view == which && voters.has(kept.vote.signer));
  }
}

std::optional<conflicting_votes> view_votes::take_conflict(member_index from) {
  const auto bit = std::uint64_t{1} << from.value();
  if ((conflicts_told_ & bit) != 0) {
    return std::nullopt;
  }
  for (auto a = votes_.begin(); a != votes_.end(); ++a) {
    if (a->vote.signer != from || a->state != check_state::good) {
      continue;
    }
    for (auto b = std::next(a); b != votes_.end(); ++b) {
      if (b->vote.signer == from && b->state == check_state::good
          && contradict(a->vote.subject, b->vote.subject)) {
        conflicts_told_ |= bit;
        return conflicting_votes{a->vote, b->vote};
      }
    }
  }
  return std::nullopt;
}

} // namespace caucus::voting
