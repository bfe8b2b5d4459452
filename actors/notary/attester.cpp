#include "actors/notary/attester.hpp"

#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>

namespace caucus {

namespace {

/// What one costs beside an answer of bytes: 64 signatures in a portion of 256 KiB, some 3 ms.
constexpr std::size_t signing_cost = 4 * 1024;

} // namespace

std::optional<errc> attester::asked(link_id link, std::uint64_t msg_id, const fresh_nonce& nonce) {
  if (!peers_.self_is_member()) {
    return errc::unknown_member;
  }
  // Bounded as peers' reads are: who has none waiting always has room.
  const auto found = counts_.find(link);
  const bool member = found == counts_.end() ? peers_.is_member(link) : found->second.first;
  const auto open = found == counts_.end() ? 0 : found->second.second;
  if (open >= setup_.config.reads_per_link_max
      || (!member && open != 0 && of_others_ >= setup_.config.reads_max)) {
    return errc::busy;
  }
  counts_[link] = {member, open + 1};
  of_others_ += member ? 0 : 1;
  arrived_.push_back({link, {msg_id, nonce}});
  return std::nullopt;
}

void attester::pump(const notary_turn& t) {
  if (asking_ || (arrived_.empty() && own_asked_.empty())) {
    return;
  }
  asking_ = true;
  covered_ = std::move(arrived_);
  arrived_.clear();
  own_covered_ = std::move(own_asked_);
  own_asked_.clear();
  t.want(to_consensus{finalize_bound_wanted{++tag_}});
}

std::vector<std::pair<std::uint64_t, std::optional<attestation>>>
attester::told(const finalize_bound& what) {
  std::vector<std::pair<std::uint64_t, std::optional<attestation>>> out;
  if (!asking_ || what.tag != tag_) {
    return out; // for a former life of the notary
  }
  asking_ = false;
  bound_ = what;
  for (auto& one : std::exchange(covered_, {})) {
    (counts_.at(one.link).first ? members_ : others_).push(one.link, one.question);
  }
  for (const auto& [read, nonce] : std::exchange(own_covered_, {})) {
    out.emplace_back(read, sign(nonce));
  }
  return out;
}

std::optional<attestation> attester::sign(const fresh_nonce& nonce) const {
  const auto self = peers_.member(setup_.self);
  if (!bound_.bound || !self || bound_.epoch != peers_.voters().in_epoch()) {
    return std::nullopt;
  }
  return attestation{*self, *bound_.bound,
                     setup_.sign(signed_bytes(setup_.network, nonce, *bound_.bound, bound_.epoch))};
}

void attester::serve(bool members, std::size_t portion, const notary_turn& t) {
  auto& from = members ? members_ : others_;
  for (std::size_t spent = 0; spent < portion && !from.empty(); spent += signing_cost) {
    const auto [link, asked] = *from.pop();
    forget(link);
    auto signed_one = sign(asked.nonce);
    t.want(notary_out::respond{
      link, asked.msg_id,
      signed_one ? attest_response{std::move(signed_one), bound_.shown, {}, bound_.epoch}
                 : refusal(errc::not_yet)});
  }
}

void attester::stop(const notary_turn& t) {
  const auto refuse = [&t](link_id link, std::uint64_t msg_id) {
    t.want(notary_out::respond{link, msg_id, refusal(errc::stopping)});
  };
  for (auto* const all : {&arrived_, &covered_}) {
    for (const auto& one : *all) {
      refuse(one.link, one.question.msg_id);
    }
    all->clear();
  }
  for (auto* const all : {&members_, &others_}) {
    while (const auto one = all->pop()) {
      refuse(one->first, one->second.msg_id);
    }
  }
  own_asked_.clear();
  own_covered_.clear();
  counts_.clear();
  of_others_ = 0;
}

void attester::forget(link_id link) {
  const auto found = counts_.find(link);
  CAUCUS_ASSERT(found != counts_.end() && found->second.second > 0);
  of_others_ -= found->second.first ? 0 : 1;
  if (--found->second.second == 0) {
    counts_.erase(found);
  }
}

void attester::link_gone(link_id link) {
  const auto found = counts_.find(link);
  if (found == counts_.end()) {
    return;
  }
  of_others_ -= found->second.first ? 0 : found->second.second;
  counts_.erase(found);
  for (auto* const all : {&arrived_, &covered_}) {
    std::erase_if(*all, [link](const waiting& one) { return one.link == link; });
  }
  members_.drop(link);
  others_.drop(link);
}

} // namespace caucus
