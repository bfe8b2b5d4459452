#pragma once

#include <cstddef>
#include <span>
#include <string_view>

/// What somebody may have meant by a name that does not exist.
/// Pure; any thread.

namespace caucus {

/// Letters to change, add or leave out (Levenshtein's distance). O(a b).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// 64: twice the longest name that we give to anything. What is longer is no slip, and costs
/// nothing.
inline constexpr std::size_t near_name_size_max = 64;
/// The candidate with the fewest changed letters; empty: none is near.
[[nodiscard]] std::string_view nearest_name(std::string_view given,
                                            std::span<const std::string_view> candidates);

} // namespace caucus
