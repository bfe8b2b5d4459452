#include "actors/peer_net/request_table.hpp"

#include "runtime/base/assert.hpp"

#include <algorithm>
#include <string>

namespace caucus {

void request_table::reset() {
  CAUCUS_ASSERT(waiting_.empty());
  *this = {};
}

result<std::uint64_t> request_table::issue(asker by, time_point deadline) {
  if (waiting_.size() >= requests_max) {
    return fail(errc::busy, std::to_string(requests_max) + " requests wait on this link");
  }
  const auto id = ++last_id_;
  waiting_.emplace(id, entry{by, deadline});
  deadlines_.emplace(deadline, id);
  return id;
}

result<std::optional<asker>> request_table::answer(std::uint64_t id) {
  if (const auto found = waiting_.find(id); found != waiting_.end()) {
    const auto by = found->second.asker;
    deadlines_.erase({found->second.deadline, id});
    waiting_.erase(found);
    return std::optional{by};
  }
  const bool is_late = late_.erase(id) > 0 || (id < forgiven_below_ && id > 0);
  if (!is_late) {
    return fail(errc::unasked_response, "request " + std::to_string(id) + " of "
                                          + std::to_string(last_id_) + " does not wait");
  }
  ++late_count_;
  return std::optional<asker>{};
}

bool request_table::fits(std::uint64_t id, const known_code& response) const {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) {
    return true;
  }
  const auto& by = found->second.asker;
  if (is_application(response.code) && response.sink != by.sink) {
    return false;
  }
  return response.answers == packet_code::none || response.answers == by.code;
}

std::vector<asker> request_table::expire(time_point now) {
  std::vector<asker> ended;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto id = deadlines_.begin()->second;
    ended.push_back(waiting_.at(id).asker);
    waiting_.erase(id);
    deadlines_.erase(deadlines_.begin());
    remember_late(id);
  }
  return ended;
}

std::vector<asker> request_table::end_all() {
  std::vector<asker> ended;
  ended.reserve(waiting_.size());
  for (const auto& [id, one] : waiting_) {
    ended.push_back(one.asker);
  }
  waiting_.clear();
  deadlines_.clear();
  return ended;
}

void request_table::forget(sink who) {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (at->second.asker.sink != who) {
      ++at;
      continue;
    }
    deadlines_.erase({at->second.deadline, at->first});
    remember_late(at->first);
    at = waiting_.erase(at);
  }
}

void request_table::remember_late(std::uint64_t id) {
  late_.insert(id);
  if (late_.size() > late_requests_max) {
    forgiven_below_ = std::max(forgiven_below_, *late_.begin() + 1);
    late_.erase(late_.begin());
  }
}

} // namespace caucus
