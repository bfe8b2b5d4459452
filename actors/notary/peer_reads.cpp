#include "actors/notary/peer_reads.hpp"

#include "runtime/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

namespace {

/// What an answer costs at least, however small: the frame and the look-up. Bounds them to 256 a turn.
constexpr std::size_t least_cost = 1'024;

} // namespace

std::optional<errc> peer_reads::asked(link_id link, std::uint64_t msg_id, const read_request& what,
                                      height newest, const notary_turn& t) {
  const bool is_early = newest == height{} || what.height_min > newest;
  if (is_early && what.height_min > newest
      && what.height_min.value() - newest.value() > config_.reads_ahead_max) {
    return errc::not_yet;
  }
  const auto found = counts_.find(link);
  const bool member = found == counts_.end() ? peers_.is_member(link) : found->second.member;
  const auto waiting = found == counts_.end() ? 0 : found->second.waiting;
  // Members are few, so their links' bounds are enough. Who has none waiting always has room: other
  // strangers do not take his only place.
  if (waiting >= config_.reads_per_link_max
      || (!member && waiting != 0 && of_others_ >= config_.reads_max)) {
    return errc::busy;
  }
  counts_[link] = {member, waiting + 1};
  of_others_ += member ? 0 : 1;
  if (is_early) {
    early_.push_back({link, {msg_id, what}, t.now + config_.remote_read_timeout});
  } else {
    queue(link, {msg_id, what});
  }
  return std::nullopt;
}

void peer_reads::queue(link_id link, question what) {
  (counts_.at(link).member ? members_ : others_).push(link, std::move(what));
}

void peer_reads::certified(height newest) {
  const auto rest = std::stable_partition(early_.begin(), early_.end(), [newest](const early& one) {
    return one.question.read.height_min > newest;
  });
  for (auto at = rest; at != early_.end(); ++at) {
    queue(at->link, std::move(at->question));
  }
  early_.erase(rest, early_.end());
}

void peer_reads::serve(bool members, std::size_t portion, const builder& build,
                       const notary_turn& t) {
  auto& from = members ? members_ : others_;
  for (std::size_t spent = 0; spent < portion && !from.empty();) {
    auto [link, asked] = std::move(*from.pop());
    forget(link);
    std::size_t cost = 0;
    if (auto made = build(asked.read, cost)) {
      t.want(notary_out::respond{link, asked.msg_id, read_response{std::move(*made), {}}});
    } else {
      refuse(link, asked.msg_id, made.error().code, t);
    }
    spent += std::max(cost, least_cost);
  }
}

void peer_reads::refuse(link_id link, std::uint64_t msg_id, errc why, const notary_turn& t) {
  t.want(notary_out::respond{link, msg_id, read_response{std::nullopt, why}});
}

void peer_reads::forget(link_id link) {
  const auto found = counts_.find(link);
  CAUCUS_ASSERT(found != counts_.end() && found->second.waiting > 0);
  of_others_ -= found->second.member ? 0 : 1;
  if (--found->second.waiting == 0) {
    counts_.erase(found);
  }
}

void peer_reads::tick(const notary_turn& t) {
  while (!early_.empty() && early_.front().deadline <= t.now) {
    const auto& one = early_.front();
    refuse(one.link, one.question.msg_id, errc::not_yet, t);
    forget(one.link);
    early_.pop_front();
  }
}

void peer_reads::stop(const notary_turn& t) {
  for (const auto& one : early_) {
    refuse(one.link, one.question.msg_id, errc::stopping, t);
  }
  for (auto* const from : {&members_, &others_}) {
    while (const auto one = from->pop()) {
      refuse(one->first, one->second.msg_id, errc::stopping, t);
    }
  }
  early_.clear();
  counts_.clear();
  of_others_ = 0;
}

void peer_reads::link_gone(link_id link) {
  const auto found = counts_.find(link);
  if (found == counts_.end()) {
    return;
  }
  of_others_ -= found->second.member ? 0 : found->second.waiting;
  counts_.erase(found);
  early_.erase(std::remove_if(early_.begin(), early_.end(),
                              [link](const early& one) { return one.link == link; }),
               early_.end());
  members_.drop(link);
  others_.drop(link);
}

std::optional<time_point> peer_reads::next_wake() const {
  return early_.empty() ? std::nullopt : std::optional{early_.front().deadline};
}

} // namespace caucus
