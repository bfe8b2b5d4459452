#include "messages/quota.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace caucus {

namespace {

constexpr std::uint64_t milli = 1'000;
static_assert(quota_burst_max < std::numeric_limits<std::uint64_t>::max() / milli / 2);
static_assert(batch_body_size_max + quota_batch_overhead
                + mutations_per_batch_max * (reason_size_max + quota_refusal_overhead)
              <= quota_burst_min);

} // namespace

quota_level quota_level_at(const quota& limit, const quota_level& of, wall_ms now) {
  if (now <= of.time) {
    return of;
  }
  const auto passed = static_cast<std::uint64_t>((now - of.time).count());
  const bool all = passed > of.milli_bytes / std::max<std::uint64_t>(limit.per_second, 1);
  return {all ? 0 : of.milli_bytes - passed * limit.per_second, now};
}

quota_level quota_level_with(const quota& limit, const quota_level& of, wall_ms now,
                             std::uint64_t size) {
  auto out = quota_level_at(limit, of, now);
  out.milli_bytes += std::min(size, quota_burst_max) * milli;
  out.milli_bytes = std::min(out.milli_bytes, 2 * quota_burst_max * milli);
  return out;
}

std::uint64_t quota_left(const quota& limit, const quota_level& of, wall_ms now) {
  const auto used = (quota_level_at(limit, of, now).milli_bytes + milli - 1) / milli;
  return used >= limit.burst ? 0 : limit.burst - used;
}

std::uint64_t quota_size_of(const batch_header& what) {
  return what.body_size + quota_batch_overhead
         + what.mutation_count * (std::uint64_t{reason_size_max} + quota_refusal_overhead);
}

std::uint64_t quota_room::left_for(const peer_id& author, bool stranger) const {
  if (stranger) {
    return quota_left(limits.strangers, strangers, now);
  }
  const auto found = authors.find(author);
  return found == authors.end() ? limits.author.burst
                                : quota_left(limits.author, found->second.level, now);
}

quota_count::verdict quota_count::take(const peer_id& author, batch_number number, bool stranger,
                                       std::uint64_t quota_size) {
  if (room_ == nullptr) {
    return verdict::fits;
  }
  if (stranger) {
    if (strangers_ + quota_size > room_->left_for(author, true)) {
      return verdict::beyond;
    }
    strangers_ += quota_size;
    return verdict::fits;
  }
  auto& mine = authors_[author];
  const auto found = room_->authors.find(author);
  const auto last =
    std::max(mine.last, found == room_->authors.end() ? batch_number{} : found->second.last);
  if (number <= last) {
    return verdict::overtaken;
  }
  if (mine.size + quota_size > room_->left_for(author, false)) {
    return verdict::beyond;
  }
  mine = {mine.size + quota_size, number};
  return verdict::fits;
}

} // namespace caucus
