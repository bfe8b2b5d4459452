#pragma once

#include "messages/committee.hpp"
#include "messages/ids.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

/// How far the group was when this life began: known once f + 1 members named a final view, and
/// this node is as far.
/// Pure.

namespace caucus::voting {

class height_watch {
public:
  /// `is_known`: in an epoch before, which is not told again.
  height_watch(const committee& voters, bool is_member, bool is_known = false)
      : needed_{std::min(voters.liars() + 1, voters.size() - (is_member ? 1U : 0U))}, is_known_{
                                                                                        is_known} {}

  /// A member named its newest final view, or 0. True: that is news.
  bool named(member_index who, view newest) {
    if (!is_known_) {
      named_[who] = newest;
    }
    return !is_known_;
  }
  [[nodiscard]] bool is_known() const { return is_known_; }
  /// `final_view`: of this node. True, once: now it is known. A member that names a view which does
  /// not exist is not counted, as nobody ever gets there.
  [[nodiscard]] bool learn(view final_view) {
    if (is_known_) {
      return false;
    }
    const auto reached = std::count_if(named_.begin(), named_.end(),
                                       [&](const auto& each) { return each.second <= final_view; });
    is_known_ = static_cast<std::size_t>(reached) >= needed_;
    if (is_known_) {
      named_.clear();
    }
    return is_known_;
  }

private:
  std::size_t needed_; ///< f + 1, but no more than there are others
  std::map<member_index, view> named_;
  bool is_known_;
};

} // namespace caucus::voting
