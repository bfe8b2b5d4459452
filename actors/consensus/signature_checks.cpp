#include "actors/consensus/signature_checks.hpp"

#include "actors/consensus/certificate.hpp"
#include "actors/consensus/consensus_limits.hpp"
#include "actors/consensus/rules.hpp"

#include <algorithm>
#include <utility>

namespace caucus::voting {

std::uint64_t signature_checks::ask(pending_check what, std::vector<claim> claims,
                                    const outlet& out) {
  CAUCUS_ASSERT(!claims.empty());
  const auto token = ++tokens_;
  out.check(token, voters_, std::move(claims));
  pending_.emplace(token, std::move(what));
  return token;
}

std::optional<pending_check> signature_checks::take(std::uint64_t token) {
  const auto found = pending_.find(token);
  if (found == pending_.end()) {
    return std::nullopt;
  }
  CAUCUS_ASSERT(token != 0 && token <= tokens_);
  auto out = std::move(found->second);
  pending_.erase(found);
  return out;
}

// -- certificates of others ----------------------------------------------------------------------

bool signature_checks::offer(link_id from, certificate what,
                             std::shared_ptr<const proposal> block) {
  CAUCUS_ASSERT_RULE(6, is_quorum(what.signers, *voters_));
  const auto count = waiting_.find(from);
  if (count != waiting_.end() && count->second >= candidates_per_link_max) {
    return false;
  }
  auto& waiting = candidates_[what.subject];
  if (std::any_of(waiting.begin(), waiting.end(),
                  [&](const candidate& each) { return each.link == from || each.held == what; })) {
    return false;
  }
  waiting.push_back({std::move(what), from, std::move(block), 0});
  const auto waits = ++waiting_[from];
  CAUCUS_ASSERT_RULE(10, waits <= candidates_per_link_max);
  return true;
}

std::optional<subject> signature_checks::first() const {
  return candidates_.empty() ? std::nullopt : std::optional{candidates_.begin()->first};
}

std::optional<subject> signature_checks::next(const subject& after) const {
  const auto found = candidates_.upper_bound(after);
  return found == candidates_.end() ? std::nullopt : std::optional{found->first};
}

const candidate* signature_checks::unasked(const subject& on) const {
  const auto found = candidates_.find(on);
  if (found == candidates_.end()) {
    return nullptr;
  }
  CAUCUS_ASSERT_RULE(10, !found->second.empty());
  const auto& first = found->second.front();
  CAUCUS_ASSERT(first.held.subject == on);
  return first.token == 0 ? &first : nullptr;
}

void signature_checks::ask(const subject& on, std::vector<claim> claims, const outlet& out) {
  auto& first = candidates_.at(on).front();
  CAUCUS_ASSERT(first.token == 0);
  first.token = ask(pending_check{on}, std::move(claims), out);
}

std::optional<candidate> signature_checks::take_first(const subject& on, std::uint64_t token) {
  const auto found = candidates_.find(on);
  if (found == candidates_.end() || found->second.front().token != token) {
    return std::nullopt;
  }
  auto out = std::move(found->second.front());
  found->second.pop_front();
  release(out.link);
  if (found->second.empty()) {
    candidates_.erase(found);
  }
  return out;
}

void signature_checks::release(link_id from) {
  const auto count = waiting_.find(from);
  if (count == waiting_.end()) {
    return; // its link is gone
  }
  CAUCUS_ASSERT_RULE(10, count->second > 0);
  if (--count->second == 0) {
    waiting_.erase(count);
  }
}

void signature_checks::drop(const subject& on) {
  const auto found = candidates_.find(on);
  if (found == candidates_.end()) {
    return;
  }
  for (const auto& each : found->second) {
    release(each.link);
  }
  candidates_.erase(found);
}

void signature_checks::forget(view final_view, view over) {
  for (auto on = first(); on; on = next(*on)) {
    if (on->view <= (on->kind == vote_kind::finalize ? final_view : over)) {
      drop(*on);
    }
  }
}

void signature_checks::link_down(link_id which) {
  waiting_.erase(which);
  for (auto& [on, waiting] : candidates_) {
    // The first is being checked, and good news whoever brought it.
    const auto rest = std::next(waiting.begin());
    waiting.erase(std::remove_if(rest, waiting.end(),
                                 [&](const candidate& each) { return each.link == which; }),
                  waiting.end());
  }
}

} // namespace caucus::voting
