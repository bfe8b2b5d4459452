#include "actors/consensus/mempool.hpp"

#include <algorithm>

namespace caucus::voting {

void mempool::held(const batch_held& what, bool waits) {
  const auto [found, fresh] =
    held_.try_emplace(what.id, entry{what.author, what.number, what.body_size, 0});
  if (!fresh || !waits) {
    return;
  }
  auto& numbers = by_author_[what.author];
  if (!numbers.try_emplace(what.number, what.id).second) {
    return; // the author signed two of one number: the first waits, the other may still be voted for
  }
  found->second.arrival = ++arrivals_;
  waiting_.emplace(found->second.arrival, what.id);
}

void mempool::stop_waiting(entry& of) {
  if (of.arrival == 0) {
    return;
  }
  waiting_.erase(of.arrival);
  of.arrival = 0;
  const auto numbers = by_author_.find(of.author);
  numbers->second.erase(of.number);
  if (numbers->second.empty()) {
    by_author_.erase(numbers);
  }
}

void mempool::gone(const digest& id) {
  const auto found = held_.find(id);
  if (found != held_.end()) {
    stop_waiting(found->second);
    held_.erase(found);
  }
}

void mempool::listed(const digest& id) {
  const auto found = held_.find(id);
  if (found != held_.end()) {
    stop_waiting(found->second);
  }
}

std::size_t mempool::size_of(const digest& id) const {
  const auto found = held_.find(id);
  return found == held_.end() ? 0 : found->second.body_size;
}

bool mempool::any_waiting_but(const std::unordered_set<digest>& listed) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [&listed](const auto& one) { return !listed.contains(one.second); });
}

std::vector<digest> mempool::choose(const std::unordered_set<digest>& listed, std::size_t count_max,
                                    std::size_t size_max) const {
  std::vector<digest> out;
  std::unordered_set<digest> taken;
  std::size_t size = 0;
  for (const auto& one : waiting_) {
    if (taken.contains(one.second) || listed.contains(one.second)) {
      continue;
    }
    const auto& last = held_.at(one.second);
    for (const auto& [number, id] : by_author_.at(last.author)) {
      if (number > last.number) {
        break;
      }
      if (listed.contains(id) || taken.contains(id)) {
        continue;
      }
      size += held_.at(id).body_size;
      if (out.size() == count_max || size > size_max) {
        return out;
      }
      taken.insert(id);
      out.push_back(id);
    }
  }
  return out;
}

} // namespace caucus::voting
