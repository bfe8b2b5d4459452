#include "actors/consensus/clock_watch.hpp"

#include "actors/consensus/consensus_limits.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <cstdio>

namespace caucus::voting {

namespace {

std::string seconds_of(wall_ms span) {
  char out[40];
  static_cast<void>(
    std::snprintf(out, sizeof out, "%.1f s", static_cast<double>(span.count()) / 1'000));
  return out;
}

std::string name_of(std::span<const std::string> names, member_index who) {
  return who.value() < names.size() ? names[who.value()] : "member " + std::to_string(who.value());
}

} // namespace

void clock_watch::heard(member_index leader, const block_header& header, wall_ms parent,
                        wall_ms wall) {
  CAUCUS_ASSERT(leader.value() < seen_.size());
  auto& it = seen_[leader.value()];
  const auto ahead = header.time - wall;
  const bool slow = ahead < -clock_off_min;
  const bool counts = slow ? it.late_once || (it.ahead && *it.ahead < wall_ms{0})
                           : ahead > clock_off_min && header.time > parent;
  it.late_once = slow;
  it.ahead = counts ? std::optional{ahead} : std::nullopt;
}

std::vector<clock_off> clock_watch::off() const {
  std::vector<clock_off> out;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i].ahead) {
      out.push_back({member_index{static_cast<std::uint16_t>(i)}, *seen_[i].ahead});
    }
  }
  return out;
}

std::optional<wall_ms> own_clock_ahead(std::span<const clock_off> off, std::size_t members) {
  const auto others = members - 1;
  for (const bool behind : {false, true}) {
    std::vector<wall_ms> agreeing;
    for (const auto& one : off) {
      if ((one.ahead < wall_ms{0}) == behind) {
        agreeing.push_back(one.ahead);
      }
    }
    if (agreeing.size() >= 2 && agreeing.size() * 2 > others) {
      std::sort(agreeing.begin(), agreeing.end());
      return -agreeing[agreeing.size() / 2];
    }
  }
  return std::nullopt;
}

std::string clock_text(std::span<const clock_off> off, std::span<const std::string> names) {
  if (const auto own = own_clock_ahead(off, names.size())) {
    const bool behind = *own < wall_ms{0};
    return "this machine's clock is " + seconds_of(behind ? -*own : *own)
           + (behind ? " behind" : " ahead of") + " most members'";
  }
  std::string out;
  for (const auto& one : off) {
    const bool behind = one.ahead < wall_ms{0};
    out += (out.empty() ? "" : "; ") + name_of(names, one.member) + "'s clock is "
           + seconds_of(behind ? -one.ahead : one.ahead)
           + (behind ? " or more behind this one's" : " ahead of this one's");
  }
  return out;
}

} // namespace caucus::voting
