#pragma once

#include "test/sim/weather.hpp"

#include <string>

/// Whether what must never happen did. The first violation is kept.

namespace caucus::sim {

class verdict {
public:
  void fail(node_index who, const std::string& what) {
    fail("node " + std::to_string(who) + ": " + what);
  }
  void fail(const std::string& what) {
    if (violation_.empty()) {
      violation_ = what;
    }
  }
  [[nodiscard]] bool ok() const { return violation_.empty(); }
  [[nodiscard]] const std::string& violation() const { return violation_; }

private:
  std::string violation_;
};

} // namespace caucus::sim
