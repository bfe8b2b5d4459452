#include "actors/consensus/mempool.hpp"

#include <algorithm>
#include <utility>

namespace caucus::voting {

namespace {

/// Strangers' batches that find no room before no more of them are looked at: their names cost nothing, so
/// there may be as many as the pool holds.
constexpr std::size_t strangers_over_max = 64;

} // namespace

void mempool::held(const batch_held& what, bool waits) {
  const auto [found, fresh] = held_.try_emplace(
    what.id, entry{what.author, what.number, what.body_size, what.stranger, what.quota_size, 0});
  if (!fresh || !waits) {
    return;
  }
  auto& numbers = by_author_[what.author];
  if (numbers.contains(what.number)) {
    return; // the author signed two of one number: the first waits, the other may still be voted for
  }
  found->second.arrival = ++arrivals_;
  waiting_of(found->second).emplace(found->second.arrival, what.id);
  if (!what.stranger) {
    named_authors_.insert(what.author);
  } else if (!numbers.empty()) {
    strangers_next_.erase(next_of(numbers));
  }
  numbers.emplace(what.number, what.id);
  if (what.stranger) {
    strangers_next_.insert(next_of(numbers));
  }
}

/// Precondition: not empty.
std::pair<std::uint64_t, digest>
mempool::next_of(const std::map<batch_number, digest>& numbers) const {
  const auto& id = numbers.begin()->second;
  return {held_.at(id).quota_size, id};
}

void mempool::stop_waiting(entry& of) {
  if (of.arrival == 0) {
    return;
  }
  waiting_of(of).erase(of.arrival);
  of.arrival = 0;
  const auto numbers = by_author_.find(of.author);
  if (of.stranger) {
    strangers_next_.erase(next_of(numbers->second));
  }
  numbers->second.erase(of.number);
  if (numbers->second.empty()) {
    by_author_.erase(numbers);
    named_authors_.erase(of.author);
  } else if (of.stranger) {
    strangers_next_.insert(next_of(numbers->second));
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

bool mempool::any_named_fits(const quota_room& room) const {
  return std::any_of(named_authors_.begin(), named_authors_.end(), [&](const peer_id& author) {
    const auto& numbers = by_author_.at(author);
    const auto known = room.authors.find(author);
    const auto next =
      known == room.authors.end() ? numbers.begin() : numbers.upper_bound(known->second.last);
    return next != numbers.end()
           && held_.at(next->second).quota_size <= room.left_for(author, false);
  });
}

bool mempool::any_fits(const shared_quota_room& room) const {
  if (room == nullptr) {
    return any_waiting();
  }
  return any_named_fits(*room)
         || (!strangers_next_.empty()
             && strangers_next_.begin()->first <= room->left_for({}, true));
}

/// What one proposal lists, as it grows.
struct mempool::listing {
  const std::unordered_set<digest>* before; ///< listed by its ancestors
  std::size_t count_max = 0;
  std::size_t size_max = 0;
  quota_count quota;
  std::vector<digest> out;
  std::unordered_set<digest> taken;
  std::unordered_set<peer_id> over; ///< their quota is used up
  std::size_t strangers_over = 0;
  std::size_t size = 0;
  bool full = false; ///< something found no room in it

  [[nodiscard]] bool has(const digest& id) const {
    return before->contains(id) || taken.contains(id);
  }

  /// False: no later one of this author may follow.
  bool add(const digest& id, const entry& next) {
    if (out.size() == count_max || size + next.body_size > size_max) {
      full = true;
      return false;
    }
    const auto judged = quota.take(next.author, next.number, next.stranger, next.quota_size);
    if (judged == quota_count::verdict::beyond) { // a later one would overtake it
      over.insert(next.author);
      strangers_over += next.stranger ? 1 : 0;
      return false;
    }
    if (judged == quota_count::verdict::fits) {
      size += next.body_size;
      taken.insert(id);
      out.push_back(id);
    }
    return true;
  }
};

std::vector<digest> mempool::choose(const std::unordered_set<digest>& listed, std::size_t count_max,
                                    std::size_t size_max, const shared_quota_room& room) const {
  listing made{&listed, count_max, size_max, quota_count{room}, {}, {}, {}};
  auto named = named_.begin();
  auto stranger = strangers_.begin();
  while (!made.full && (named != named_.end() || stranger != strangers_.end())) {
    const bool of_named =
      stranger == strangers_.end() || (named != named_.end() && named->first < stranger->first);
    const auto& id = (of_named ? *named++ : *stranger++).second;
    const auto& last = held_.at(id);
    if (!made.has(id) && !made.over.contains(last.author)) {
      list_up_to(last, made);
    }
    if (made.strangers_over >= strangers_over_max) {
      stranger = strangers_.end();
    }
  }
  if (!made.full) {
    list_smallest(made);
  }
  return std::move(made.out);
}

/// Its author's ascending, as a later number overtakes those before it.
void mempool::list_up_to(const entry& last, listing& to) const {
  for (const auto& [number, id] : by_author_.at(last.author)) {
    if (number > last.number || (!to.has(id) && !to.add(id, held_.at(id)))) {
      return;
    }
  }
}

/// The smallest of those that were not looked at, so that what any_fits() promises is listed.
void mempool::list_smallest(listing& to) const {
  for (const auto& [quota_size, id] : strangers_next_) {
    if (to.has(id)) {
      continue;
    }
    const auto count = to.out.size();
    static_cast<void>(to.add(id, held_.at(id)));
    if (to.out.size() == count) {
      return;
    }
  }
}

bool mempool::may_be_listed(const std::vector<digest>& all, const shared_quota_room& room) const {
  if (room == nullptr) {
    return true;
  }
  quota_count quota{room};
  return std::all_of(all.begin(), all.end(), [&](const digest& id) {
    const auto found = held_.find(id);
    return found != held_.end()
           && quota.take(found->second.author, found->second.number, found->second.stranger,
                         found->second.quota_size)
                == quota_count::verdict::fits;
  });
}

} // namespace caucus::voting
