#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

/// Counts latencies to within 3 %, without keeping them. One thread at a time.

namespace caucus::cli {

class latency_histogram {
public:
  /// 32 steps an octave, of microseconds up to 2^40 (twelve days).
  static constexpr std::size_t steps = 32;
  static constexpr std::size_t bucket_count = 36 * steps;

  void add(std::chrono::microseconds latency, std::uint64_t count = 1) {
    counts_[bucket_of(latency)] += count;
    total_ += count;
  }
  void add_bucket(std::size_t bucket, std::uint64_t count) {
    counts_[bucket < bucket_count ? bucket : bucket_count - 1] += count;
    total_ += count;
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] const std::array<std::uint64_t, bucket_count>& counts() const { return counts_; }

  /// The latency that `share` of all stay below; in [0, 1]. Zero if there are none.
  [[nodiscard]] double milliseconds_at(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < bucket_count; ++i) {
      seen += counts_[i];
      if (seen > wanted || (seen == total_ && total_ > 0)) {
        return upper_end(i) / 1'000.0;
      }
    }
    return 0;
  }

private:
  static std::size_t bucket_of(std::chrono::microseconds latency) {
    const auto value = static_cast<std::uint64_t>(latency.count() < 0 ? 0 : latency.count());
    if (value < steps) {
      return value;
    }
    const auto octave = static_cast<std::size_t>(std::bit_width(value)) - 6;
    const auto bucket = (octave + 1) * steps + ((value >> octave) - steps);
    return bucket < bucket_count ? bucket : bucket_count - 1;
  }
  static double upper_end(std::size_t bucket) {
    if (bucket < steps) {
      return static_cast<double>(bucket) + 1;
    }
    const auto octave = bucket / steps - 1;
    return static_cast<double>((bucket % steps + steps + 1) << octave);
  }

  std::array<std::uint64_t, bucket_count> counts_{};
  std::uint64_t total_ = 0;
};

} // namespace caucus::cli
