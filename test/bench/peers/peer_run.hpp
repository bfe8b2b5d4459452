#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

/// What the programs of this folder have in common: one measurement each, one line of JSON.
/// They end at the first thing that goes wrong, and say which.

namespace caucus::peers {

using clock = std::chrono::steady_clock;

struct run {
  bool echoes = false;     ///< else one way
  std::size_t size = 0;    ///< bytes of a message
  std::uint64_t count = 0; ///< messages
};

inline void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "there is no %s\n", what);
    std::exit(EXIT_FAILURE);
  }
}

inline run understand(int count, char** words) {
  const bool fits =
    count == 4
    && (std::string_view{words[1]} == "frames" || std::string_view{words[1]} == "round_trip");
  if (!fits) {
    std::fprintf(stderr, "usage: %s frames|round_trip SIZE COUNT\n", words[0]);
    std::exit(EXIT_FAILURE);
  }
  return {std::string_view{words[1]} == "round_trip", std::stoul(words[2]), std::stoull(words[3])};
}

/// Of all messages but the first, with which the clock was started.
inline void say_rate(const char* who, const run& of, clock::time_point began) {
  const std::chrono::duration<double> took = clock::now() - began;
  std::printf("{\"who\": \"%s\", \"size\": %zu, \"per_s\": %.0f}\n", who, of.size,
              static_cast<double>(of.count - 1) / took.count());
  std::fflush(stdout);
}

inline void say_median(const char* who, const run& of, std::vector<float> trips_us) {
  std::sort(trips_us.begin(), trips_us.end());
  std::printf("{\"who\": \"%s\", \"size\": %zu, \"p50_us\": %.1f}\n", who, of.size,
              static_cast<double>(trips_us.at(trips_us.size() / 2)));
  std::fflush(stdout);
}

[[nodiscard]] inline int wait_for(pid_t child) {
  int how = 0;
  return waitpid(child, &how, 0) == child && how == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace caucus::peers
