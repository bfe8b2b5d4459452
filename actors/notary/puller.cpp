#include "actors/notary/puller.hpp"

#include <algorithm>

namespace caucus {

void puller::want(const digest& id, height at, std::optional<member_index> first, bool listed,
                  const notary_turn& t) {
  const auto [found, fresh] = wanted_.try_emplace(id);
  auto& one = found->second;
  if (fresh) {
    one.not_before = t.now;
    order_.push_back(id);
  }
  one.height = at == height{} ? one.height : at;
  one.first = first ? first : one.first;
  one.listed = one.listed || listed;
}

void puller::drop(const digest& id) {
  wanted_.erase(id);
}

std::optional<digest> puller::answered(std::uint64_t tag, bool arrived, bool has_none,
                                       const notary_turn& t) {
  const auto found = by_tag_.find(tag);
  if (found == by_tag_.end()) {
    return std::nullopt;
  }
  const auto [id, link] = found->second;
  by_tag_.erase(found);
  if (const auto count = in_flight_.find(link); count != in_flight_.end() && --count->second == 0) {
    in_flight_.erase(count);
  }
  if (const auto still = wanted_.find(id); still != wanted_.end() && still->second.tag == tag) {
    still->second.tag = 0;
    still->second.without += has_none ? 1 : 0;
    still->second.not_before = arrived ? t.now + config_.pull_timeout : t.now;
  }
  return id;
}

void puller::retry(const digest& id, const notary_turn& t) {
  if (const auto found = wanted_.find(id); found != wanted_.end()) {
    found->second.not_before = t.now;
  }
}

namespace {

/// Where an epoch ends those who have it may all be newcomers, in client mode too: they come last.
bool serves(const linked_peer& one) {
  return one.mode == node_mode::server || one.member.has_value();
}

} // namespace

puller::choice puller::choose(const wish& of) {
  bool queued = false;
  const auto free = [&](const linked_peer& one) {
    if (of.tried.contains(one.link)) {
      return false;
    }
    const auto count = in_flight_.find(one.link);
    const bool has_room = count == in_flight_.end() || count->second < config_.pulls_per_link_max;
    queued = queued || !has_room;
    return has_room;
  };
  if (of.first) {
    if (const auto one = peers_.of(*of.first); one && free(*one)) {
      return {one->link};
    }
  }
  const auto& all = peers_.links();
  for (const bool first : {true, false}) {
    auto at = all.upper_bound(last_);
    for (std::size_t i = 0; i < all.size(); ++i, ++at) {
      at = at == all.end() ? all.begin() : at;
      if (serves(at->second) == first && free(at->second)) {
        return {at->first};
      }
    }
    if (queued) {
      break;
    }
  }
  return {std::nullopt, queued};
}

void puller::pump(const notary_turn& t) {
  starved_ = false;
  pump(true, t);
  pump(false, t);
}

void puller::pump(bool listed, const notary_turn& t) {
  for (std::size_t i = 0; i < order_.size() && by_tag_.size() < config_.pulls_max;) {
    const auto found = wanted_.find(order_[i]);
    if (found == wanted_.end()) {
      order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    auto& one = found->second;
    ++i;
    if (one.listed != listed) {
      continue;
    }
    if (one.tag != 0 || one.not_before > t.now) {
      starved_ = starved_ || one.tag == 0;
      continue;
    }
    const auto [to, queued] = choose(one);
    one.queued = queued;
    if (queued) {
      continue; // a time would be idle time: of one server a link's share of pulls each pull_retry
    }
    if (!to) { // all were asked, or none is linked: begin anew a little later
      if (!one.tried.empty() && one.without == one.tried.size() && ++one.rounds == 2) {
        one.in_vain = t.now;
        in_vain_ = true;
      }
      one.without = 0;
      one.tried.clear();
      one.not_before = t.now + config_.pull_retry;
      starved_ = true;
      continue;
    }
    last_ = *to;
    one.tried.insert(*to);
    one.tag = next_tag_;
    next_tag_ += 2;
    by_tag_.emplace(one.tag, std::pair{found->first, *to});
    ++in_flight_[*to];
    t.want(notary_out::request{*to, one.tag, config_.pull_timeout,
                               batch_request{found->first, one.height}});
  }
}

bool puller::nobody_has(height at, time_point now) const {
  return in_vain_ && std::any_of(wanted_.begin(), wanted_.end(), [&](const auto& each) {
           const auto& one = each.second;
           return one.height == at && one.rounds >= 2 && now >= one.in_vain + in_vain_time;
         });
}

std::optional<time_point> puller::next_wake() const {
  if (!starved_ || by_tag_.size() >= config_.pulls_max) {
    return std::nullopt; // the end of a request makes room, and is followed by a pump
  }
  auto soonest = time_point::max();
  for (const auto& [id, one] : wanted_) {
    soonest = one.tag == 0 && !one.queued ? std::min(soonest, one.not_before) : soonest;
  }
  return soonest == time_point::max() ? std::nullopt : std::optional{soonest};
}

} // namespace caucus
