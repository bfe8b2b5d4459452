#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Which causes may be logged now, when each may only once in its interval.
/// Pure: given the time. Memory is bounded: if a peer makes up causes, they share one entry.

namespace caucus {

/// 1,024 causes: more than an operator reads. Beyond it, causes that have been quiet for their
/// interval make room; where none has, the new ones share the entry "others".
inline constexpr std::size_t log_causes_max = 1'024;

class log_causes {
public:
  using time = std::chrono::steady_clock::time_point;

  /// How often the cause was held back since it was last said; nothing: hold it back now, counted.
  [[nodiscard]] std::optional<std::uint64_t> may_say(std::string_view key,
                                                     std::chrono::seconds interval, time now) {
    auto found = causes_.find(key);
    if (found == causes_.end()) {
      // One place is kept for "others".
      if (causes_.size() >= log_causes_max - 1) {
        std::erase_if(causes_, [now](const auto& one) { return one.second.quiet_until <= now; });
      }
      const bool room = causes_.size() < log_causes_max - 1;
      found = causes_.try_emplace(room ? std::string{key} : std::string{"others"}).first;
    }
    auto& [quiet_until, held_back] = found->second;
    if (now < quiet_until) {
      ++held_back;
      return std::nullopt;
    }
    quiet_until = now + interval;
    return std::exchange(held_back, 0);
  }

  [[nodiscard]] std::size_t size() const { return causes_.size(); }

private:
  struct cause {
    time quiet_until{};
    std::uint64_t held_back = 0;
  };
  std::map<std::string, cause, std::less<>> causes_; ///< size <= log_causes_max
};

} // namespace caucus
