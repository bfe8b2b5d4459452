#pragma once

#include <cstddef>
#include <string>

/// Whether what must never happen did. The first violation is kept.

namespace caucus::sim {

using node_index = std::size_t;

class verdict {
public:
  void fail(node_index who, const std::string& what) {
    if (violation_.empty()) {
      violation_ = "node " + std::to_string(who) + ": " + what;
    }
  }
  [[nodiscard]] bool ok() const { return violation_.empty(); }
  [[nodiscard]] const std::string& violation() const { return violation_; }

private:
  std::string violation_;
};

} // namespace caucus::sim
