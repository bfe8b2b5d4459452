#pragma once

#include "apps/caucus/demo_group.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// Steps of a counter, proposed through some nodes without a pause, each retried under its request id
/// until its outcome is known: so the counter must end at exactly the sum. Starts with the
/// constructor; stop() ends it.

namespace caucus::cli {

class demo_load {
public:
  /// `through`: nodes that stay up. `per_node` callers each.
  demo_load(const demo_group& group, const std::vector<std::size_t>& through, std::size_t per_node);
  demo_load(const demo_load&) = delete;
  demo_load& operator=(const demo_load&) = delete;
  ~demo_load();

  struct outcome {
    std::uint64_t applied = 0;
    std::uint64_t retried = 0;
    std::chrono::duration<double> time{0};
    std::chrono::microseconds latency_p50{0};
    std::string problem; ///< empty: none
  };
  /// Lets what is under way end. Idempotent.
  outcome stop();
  [[nodiscard]] std::uint64_t applied() const { return applied_.load(); }

private:
  void run(std::size_t node);

  const demo_group& group_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<std::uint64_t> retried_{0};
  std::mutex guard_;
  std::vector<std::chrono::microseconds> latencies_;
  std::string problem_;
  std::vector<std::jthread> callers_;
};

} // namespace caucus::cli
