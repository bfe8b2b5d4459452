#include "runtime/base/nearest_name.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace caucus {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : a) {
    auto diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto change = diagonal + (letter == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view nearest_name(std::string_view given,
                              std::span<const std::string_view> candidates) {
  // A third of the letters may be wrong: "scroe" is meant to be "score", "foo" is not.
  std::string_view best;
  auto least = (given.size() + 2) / 3 + 1;
  if (given.size() > near_name_size_max) {
    return best;
  }
  for (const auto one : candidates) {
    if (const auto count = edit_distance(given, one); count < least) {
      least = count;
      best = one;
    }
  }
  return best;
}

} // namespace caucus
