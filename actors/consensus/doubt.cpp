#include "actors/consensus/doubt.hpp"

#include "messages/quorum.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>

namespace caucus::voting {

void doubt::open(cause why) {
  CAUCUS_ASSERT(why != cause::none);
  why_ = std::max(why_, why);
}

void doubt::close() {
  why_ = cause::none;
  words_.clear();
}

void doubt::answered(member_index who, const word& said) {
  highest_ = std::max(highest_, said.entered);
  words_[who] = said;
}

std::size_t doubt::needed(std::size_t members) {
  const std::size_t liars = liars_max(static_cast<std::uint16_t>(members));
  return std::min(2 * liars + 1, members - 1);
}

bool doubt::may_be_new() const {
  return why_ == cause::blank && std::none_of(words_.begin(), words_.end(), [](const auto& one) {
           return one.second.heard;
         });
}

bool doubt::is_new(std::size_t members) const {
  return may_be_new() && words_.size() + 1 >= quorum(static_cast<std::uint16_t>(members));
}

bool doubt::needs_operator(std::size_t members) const {
  return liars_max(static_cast<std::uint16_t>(members)) == 0
         && std::any_of(words_.begin(), words_.end(),
                        [](const auto& one) { return one.second.heard; });
}

std::optional<view> doubt::over(std::size_t members) const {
  CAUCUS_ASSERT(is_open() && members > 0);
  if (is_new(members)) {
    return view{};
  }
  const auto sure =
    std::count_if(words_.begin(), words_.end(), [](const auto& one) { return !one.second.blank; });
  if (liars_max(static_cast<std::uint16_t>(members)) == 0
      || static_cast<std::size_t>(sure) < needed(members)) {
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
