#pragma once

#include "messages/ids.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <utility>

/// What links wait for: of one link first come first served, and the links in turn, so that one
/// that asks for much keeps no other waiting for more than one piece of it.
/// Pure. Who pushes sees to the bounds: has_room().

namespace caucus {

template <class T>
class link_queue {
public:
  /// A link for which nothing waits always has room: others do not take its only place. So no more
  /// wait than `in_all_max` and one for each link.
  [[nodiscard]] bool has_room(link_id of, std::size_t per_link_max, std::size_t in_all_max) const {
    const auto waiting = count(of);
    return waiting < per_link_max && (waiting == 0 || size_ < in_all_max);
  }
  void push(link_id of, T what) {
    auto& line = lines_[of];
    if (line.empty()) {
      in_turn_.push_back(of);
    }
    line.push_back(std::move(what));
    ++size_;
  }
  /// The oldest of the link whose turn it is. Nothing: none waits.
  std::optional<std::pair<link_id, T>> pop() {
    if (in_turn_.empty()) {
      return std::nullopt;
    }
    const auto found = lines_.find(in_turn_.front());
    in_turn_.pop_front();
    std::pair<link_id, T> out{found->first, std::move(found->second.front())};
    found->second.pop_front();
    --size_;
    if (found->second.empty()) {
      lines_.erase(found);
    } else {
      in_turn_.push_back(out.first);
    }
    return out;
  }
  void drop(link_id of) {
    if (const auto found = lines_.find(of); found != lines_.end()) {
      size_ -= found->second.size();
      lines_.erase(found);
      in_turn_.erase(std::find(in_turn_.begin(), in_turn_.end(), of));
    }
  }
  void clear() {
    lines_.clear();
    in_turn_.clear();
    size_ = 0;
  }
  [[nodiscard]] std::size_t count(link_id of) const {
    const auto found = lines_.find(of);
    return found == lines_.end() ? 0 : found->second.size();
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

private:
  std::map<link_id, std::deque<T>> lines_; ///< none is empty
  std::deque<link_id> in_turn_;            ///< each of `lines_` once
  std::size_t size_ = 0;
};

} // namespace caucus
