#pragma once

#include "messages/group.hpp"
#include "runtime/variables/catalog.hpp"

#include <memory>
#include <mutex>
#include <utility>

/// The names of a group's variables as they are now. The notary says so before it tells of what
/// came about under them; a program's threads, which have no edge of their own, and rpc look here.
/// A number keeps its name for ever, so whoever has older ones lacks some, and mistakes none.
/// Any thread.

namespace caucus {

class live_names {
public:
  explicit live_names(std::shared_ptr<const catalog> at_first) : names_{std::move(at_first)} {}

  /// Never null.
  [[nodiscard]] std::shared_ptr<const catalog> now() const {
    const std::lock_guard lock{guard_};
    return names_;
  }
  void set(const declarations& now) {
    auto names = std::make_shared<const catalog>(now);
    const std::lock_guard lock{guard_};
    names_.swap(names);
  }

private:
  mutable std::mutex guard_; // of the below
  std::shared_ptr<const catalog> names_;
};

} // namespace caucus
