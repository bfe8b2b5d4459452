#include "actors/consensus/pacemaker.hpp"

#include <algorithm>

namespace caucus::voting {

pacemaker::pacemaker(pace its_pace, std::size_t members, std::optional<duration> delta)
    : pace_{its_pace}, delta_{std::clamp(delta.value_or(pace_.delta), pace_.delta,
                                         pace_.delta_max)},
      heard_at_(members, duration{0}) {}

void pacemaker::enter(time_point now) {
  entered_at_ = now;
  started_at_.reset();
}

void pacemaker::start(time_point now) {
  if (!started_at_) {
    started_at_ = now;
  }
}

void pacemaker::passed() {
  failures_ = 0;
  delta_ = std::max(pace_.delta, delta_ - delta_ / 4);
}

void pacemaker::failed() {
  if (++failures_ >= 2) {
    delta_ = std::min(pace_.delta_max, delta_ + delta_ / 2);
  }
}

void pacemaker::count(bool busy, time_point now) {
  if (counting_ && now > counted_to_) {
    busy_ += now - counted_to_;
  }
  counting_ = busy;
  counted_to_ = now;
}

void pacemaker::heard(member_index who) {
  heard_at_[who.value()] = busy_;
}

std::size_t pacemaker::talking(std::optional<member_index> self) const {
  std::size_t out = 0;
  for (std::size_t i = 0; i < heard_at_.size(); ++i) {
    out += (self && self->value() == i) || talks(i) ? 1 : 0;
  }
  return out;
}

bool pacemaker::silent(member_index who, std::optional<member_index> self,
                       std::size_t needed) const {
  return !talks(who.value()) && talking(self) >= needed;
}

} // namespace caucus::voting
