#pragma once

#include "messages/ids.hpp"
#include "runtime/append_log.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

/// Where final blocks lie in the ledger: of every 64th, since a ledger is long. Those between are
/// found by going on from record to record, of which only the headers are read.
/// Pure.

namespace caucus {

/// A final block, and where its record starts.
struct block_mark {
  caucus::height height;
  log_position where;
};

class block_index {
public:
  static constexpr std::uint64_t stride = 64;

  [[nodiscard]] static bool is_marked(height which) { return which.value() % stride == 1; }

  /// Of the heights below the last one's. `stored`: the marks of those, oldest first, none left out
  /// from the first on, and one more of any height. Nothing: they are others.
  [[nodiscard]] static std::optional<block_index> restore(const std::vector<block_mark>& stored) {
    if (stored.empty() || stored.back().height == height{}) {
      return std::nullopt;
    }
    block_index out;
    out.count_ = stored.back().height.value() - 1;
    for (std::size_t i = 0; i + 1 < stored.size(); ++i) {
      const auto at = stored[i].height.value();
      if (!is_marked(stored[i].height) || at > out.count_
          || (i > 0 && at != stored[i - 1].height.value() + stride)) {
        return std::nullopt;
      }
      out.push_mark(at, stored[i].where);
    }
    const auto last = out.first_ + out.marks_.size() * stride;
    return out.marks_.empty() || last > out.count_ ? std::optional{std::move(out)} : std::nullopt;
  }

  /// The next one's is of this height. Precondition: nothing was pushed.
  void begin_at(height first) { count_ = first.value() - 1; }
  /// The next height's.
  void push(log_position where) {
    if (is_marked(height{++count_})) {
      push_mark(count_, where);
    }
  }
  [[nodiscard]] height newest() const { return height{count_}; }

  /// The last mark that is not above; none: there is none.
  [[nodiscard]] std::optional<block_mark> before(height wanted) const {
    if (marks_.empty() || wanted.value() < first_) {
      return std::nullopt;
    }
    const auto which = std::min((wanted.value() - first_) / stride, marks_.size() - 1);
    return block_mark{height{first_ + which * stride}, marks_[which]};
  }
  /// Marks of heights below go.
  void forget_below(height keep) {
    while (!marks_.empty() && first_ < keep.value()) {
      marks_.pop_front();
      first_ += stride;
    }
  }
  /// Of the oldest mark; 0: there is none.
  [[nodiscard]] height oldest() const { return height{marks_.empty() ? 0 : first_}; }

private:
  void push_mark(std::uint64_t at, log_position where) {
    first_ = marks_.empty() ? at : first_;
    marks_.push_back(where);
  }

  std::deque<log_position> marks_; ///< of the heights first_, first_ + stride, ...
  std::uint64_t first_ = 1;
  std::uint64_t count_ = 0;
};

} // namespace caucus
