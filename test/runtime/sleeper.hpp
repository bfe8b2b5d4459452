#pragma once

#include "runtime/base/doorbell.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace caucus {

/// A thread that sleeps until its doorbell rings. One thread at a time, but for the bell.
class sleeper {
public:
  [[nodiscard]] const std::shared_ptr<doorbell>& bell() const { return bell_; }

  /// Sleeps until rung, unless there is something to do. False: nobody rang for 20 s.
  template <class Idle>
  [[nodiscard]] bool rest(Idle&& idle) {
    if (!bell_->try_sleep(idle)) {
      return true;
    }
    std::unique_lock lock{guard_};
    const bool in_time =
      changed_.wait_for(lock, std::chrono::seconds{20}, [this] { return rung_; });
    rung_ = false;
    return in_time;
  }

private:
  std::mutex guard_;
  std::condition_variable changed_;
  bool rung_ = false;
  std::shared_ptr<doorbell> bell_ = std::make_shared<doorbell>([this] {
    const std::lock_guard lock{guard_};
    rung_ = true;
    changed_.notify_one();
  });
};

} // namespace caucus
