#pragma once

#include "messages/ids.hpp"
#include "runtime/append_log.hpp"
#include "runtime/base/assert.hpp"

#include <cstddef>
#include <cstdint>
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

  /// Of the heights below the last one's. `stored`: the marks of those, oldest first, and one more
  /// of any height. Nothing: they are others.
  [[nodiscard]] static std::optional<block_index> restore(const std::vector<block_mark>& stored) {
    if (stored.empty() || stored.back().height == height{}) {
      return std::nullopt;
    }
    block_index out;
    out.count_ = stored.back().height.value() - 1;
    if (stored.size() - 1 != (out.count_ + stride - 1) / stride) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i + 1 < stored.size(); ++i) {
      if (stored[i].height.value() != i * stride + 1) {
        return std::nullopt;
      }
      out.marks_.push_back(stored[i].where);
    }
    return out;
  }

  /// The next height's.
  void push(log_position where) {
    if (is_marked(height{++count_})) {
      marks_.push_back(where);
    }
  }
  [[nodiscard]] height newest() const { return height{count_}; }

  /// The last mark that is not above. Precondition: 1 <= `wanted` <= newest().
  [[nodiscard]] block_mark before(height wanted) const {
    CAUCUS_ASSERT(wanted.value() >= 1 && wanted <= newest());
    const auto which = (wanted.value() - 1) / stride;
    return {height{which * stride + 1}, marks_[which]};
  }

private:
  std::vector<log_position> marks_; ///< of the heights 1, 1 + stride, ...
  std::uint64_t count_ = 0;
};

} // namespace caucus
