#include "actors/consensus/doubt.hpp"

#include "runtime/base/assert.hpp"

#include <algorithm>

namespace caucus::voting {

void doubt::open(cause why) {
  CAUCUS_ASSERT(why != cause::none);
  why_ = std::max(why_, why);
  was_seen_ = was_seen_ || why == cause::older;
}

void doubt::close() {
  why_ = cause::none;
  was_seen_ = false;
  words_.clear();
}

void doubt::answered(member_index who, const word& said) {
  CAUCUS_ASSERT(who.value() < members_);
  highest_ = std::max(highest_, said.entered);
  words_[who] = said;
}

std::size_t doubt::needed() const {
  return std::min(2 * liars_ + 1, members_ - 1);
}

bool doubt::may_be_new() const {
  return why_ == cause::blank && !was_seen_
         && std::none_of(words_.begin(), words_.end(),
                         [](const auto& one) { return one.second.knows_asker; });
}

bool doubt::is_new() const {
  return may_be_new() && words_.size() + 1 >= quorum_;
}

std::optional<view> doubt::over() const {
  CAUCUS_ASSERT(is_open() && words_.size() < members_);
  if (is_new()) {
    return view{};
  }
  const auto sure =
    std::count_if(words_.begin(), words_.end(), [](const auto& one) { return !one.second.blank; });
  if (liars_ == 0 || static_cast<std::size_t>(sure) < needed()) {
    return std::nullopt;
  }
  return std::max(highest_, view{1}).next();
}

std::vector<member_index> doubt::heard() const {
  std::vector<member_index> out;
  for (const auto& [who, one] : words_) {
    if (!one.blank) {
      out.push_back(who);
    }
  }
  return out;
}

} // namespace caucus::voting
