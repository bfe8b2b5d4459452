#include "messages/result.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace caucus {

namespace {

static_assert(std::adjacent_find(error_codes.begin(), error_codes.end(),
                                 [](const auto& one, const auto& next) {
                                   return one.code >= next.code;
                                 })
                == error_codes.end(),
              "ascending, and each number once");
static_assert(std::all_of(error_codes.begin(), error_codes.end(),
                          [](const auto& each) { return !each.meaning.empty(); }),
              "each has words");
static_assert(std::none_of(error_codes.begin(), error_codes.end(),
                           [](const auto& each) {
                             constexpr std::array former{51, 60, 61, 67, 86};
                             return std::find(former.begin(), former.end(),
                                              static_cast<int>(each.code))
                                    != former.end();
                           }),
              "a number of a former version means what it meant");

/// Null: a number that stands for no error of ours.
const error_row* find(errc code) {
  const auto* const found =
    std::lower_bound(error_codes.begin(), error_codes.end(), code,
                     [](const error_row& row, errc wanted) { return row.code < wanted; });
  return found == error_codes.end() || found->code != code ? nullptr : found;
}

} // namespace

std::string_view to_string(errc code) {
  const auto* const found = find(code);
  return found == nullptr ? "unknown" : found->name;
}

std::optional<errc> error_named(std::string_view name) {
  const auto* const found = std::find_if(error_codes.begin(), error_codes.end(),
                                         [&](const error_row& row) { return row.name == name; });
  return found == error_codes.end() ? std::nullopt : std::optional{found->code};
}

error_kind kind_of(errc code) {
  const auto* const found = find(code);
  return found == nullptr ? error_kind::failure : found->kind;
}

std::string to_string(const error& what) {
  std::string out{to_string(what.code)};
  if (!what.detail.empty()) {
    out += ": " + what.detail;
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, errc code) {
  return out << to_string(code);
}

std::ostream& operator<<(std::ostream& out, const error& what) {
  return out << to_string(what);
}

} // namespace caucus
