#include "apps/caucus/option_checks.hpp"

#include "apps/caucus/output.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

namespace caucus::cli {

namespace {

std::string complaint(const std::string& given, const std::string& allowed) {
  return "given '" + harmless(given) + "'; allowed: " + allowed;
}

template <class Number>
CLI::Validator within(Number low, Number high, const std::string& kind, const std::string& shown) {
  std::ostringstream from;
  from << low;
  std::ostringstream to;
  to << high;
  const auto allowed = kind + ", " + from.str() + " to " + to.str();
  return {[low, high, allowed](std::string& text) {
            Number number{};
            const auto* const last = text.data() + text.size();
            const auto [end, failed] = std::from_chars(text.data(), last, number);
            const bool fits =
              failed == std::errc{} && end == last && number >= low && number <= high; // no NaN
            return fits ? std::string{} : complaint(text, allowed);
          },
          shown + " in [" + from.str() + " - " + to.str() + "]"};
}

} // namespace

CLI::Validator in_range(int low, int high) {
  return within(low, high, "a whole number", "INT");
}

CLI::Validator in_range(double low, double high) {
  return within(low, high, "a number", "FLOAT");
}

CLI::Validator one_of(std::vector<std::string> words) {
  std::string all;
  for (const auto& word : words) {
    all += (all.empty() ? "" : ", ") + word;
  }
  std::string shown = all;
  shown.erase(std::remove(shown.begin(), shown.end(), ' '), shown.end());
  return {[words = std::move(words), all](std::string& text) {
            const bool known = std::find(words.begin(), words.end(), text) != words.end();
            return known ? std::string{} : complaint(text, all);
          },
          "{" + shown + "}"};
}

} // namespace caucus::cli
