#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/peer_manager.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

// Whom to dial and when: the other half of peer_manager.cpp lets in and ends.

namespace caucus {

namespace {

/// Dials in flight: a node of 64 members dials all at once at its start, and no more than those.
constexpr std::size_t dials_max = 64;

std::string port_of(const std::string& address) {
  const auto colon = address.rfind(':');
  return colon == std::string::npos ? std::string{} : address.substr(colon + 1);
}

} // namespace

// -- dialling --------------------------------------------------------------------------------------

void peer_manager::plan(const manager_turn& at) {
  if (!knows_links_) {
    return; // a link that a former life made would be made anew, and the old one ended
  }
  for (auto& one : targets_) {
    if (one.dialling == 0 && one.next_at <= at.now && !satisfied(one)) {
      dial_target(one, at);
    }
  }
  for (auto& one : probes_) {
    if (one.dialling == 0 && one.next_at <= at.now) {
      dial_probe(one, at);
    }
  }
}

void peer_manager::dial_target(target& to, const manager_turn& at) {
  const auto in_flight = static_cast<std::size_t>(std::count_if(
    targets_.begin(), targets_.end(), [](const auto& one) { return one.dialling != 0; }));
  const bool banned = to.peer && book_.is_banned(*to.peer, at.wall);
  const auto addresses = addresses_of(to);
  // Half of the places stay for those who dial us: a node keeps serving.
  const bool too_many = !to.permanent && count_dialled() >= config_.net.max_connections / 2;
  if (in_flight >= dials_max || banned || too_many || addresses.empty()) {
    to.next_at = at.now + config_.net.redial_max;
    return;
  }
  to.dialling = ++last_dial_;
  to.dialled = addresses[to.next_address++ % addresses.size()];
  to.dials = std::min(to.dials + 1, 1'000'000U);
  at.want(link_command{dial_link{to.dialling, to.dialled, to.peer, false}});
}

void peer_manager::dial_probe(probe& to, const manager_turn& at) {
  to.dialling = ++last_dial_;
  at.want(link_command{dial_link{to.dialling, to.address, to.peer, true}});
}

// `dial` 0: it came to us.
void peer_manager::note_answer(dial_number dial, const peer_id& by) {
  for (auto& one : targets_) {
    if (dial != 0 && one.dialling == dial) {
      one.dialling = 0;
      one.found = by;
    }
    if (one.peer == by || one.found == by) {
      one.unanswered = 0;
      one.dials = 0;
    }
  }
}

// Exponential, with the upper half of each pause drawn at random: nodes that lost one another at
// once do not come back at once.
void peer_manager::pause(target& after, duration floor, time_point now) {
  const auto doubled = duration{config_.net.redial_min} * (1U << std::min(after.attempts, 16U));
  const auto most = std::min(doubled, duration{config_.net.redial_max});
  ++after.attempts;
  const auto half = std::max<duration::rep>(most.count() / 2, 1);
  const auto drawn =
    duration{half + static_cast<duration::rep>(random() % static_cast<std::uint64_t>(half))};
  after.next_at = now + std::max(drawn, floor);
}

void peer_manager::tell_unanswered(const target& of, const error& why,
                                   const manager_turn& at) const {
  const auto addresses = addresses_of(of);
  if (addresses.empty()) {
    return;
  }
  const auto& last = addresses[(of.next_address + addresses.size() - 1) % addresses.size()];
  const auto who = of.peer ? short_name(*of.peer) + " at " + last : last;
  at.want(
    note{true, "unanswered: " + last,
         who + " does not answer: " + to_string(why) + "; it is dialled again, after "
           + std::to_string(std::chrono::ceil<std::chrono::seconds>(config_.net.redial_max).count())
           + " s at most"});
}

void peer_manager::want(wanted_peer who, bool permanent, time_point now) {
  if (who.peer == config_.self || who.address.size() > address_size_max) {
    return;
  }
  auto found = std::find_if(targets_.begin(), targets_.end(),
                            [&](const auto& one) { return one.peer == who.peer; });
  if (found == targets_.end()) {
    const auto extra = static_cast<std::size_t>(
      std::count_if(targets_.begin(), targets_.end(), [](auto& one) { return !one.permanent; }));
    if (!permanent && extra >= targets_max) {
      return;
    }
    target to;
    to.peer = who.peer;
    to.permanent = permanent;
    // Of two members that start at once the lower dials first: most duplicates never come to be.
    to.next_at = permanent && who.peer < config_.self && is_member(config_.self)
                   ? now + config_.net.redial_min + duration{random() % 100'000}
                   : now;
    found = targets_.insert(targets_.end(), std::move(to));
  }
  auto& list = found->addresses;
  if (!who.address.empty() && list.size() < addresses_per_peer_max
      && std::find(list.begin(), list.end(), who.address) == list.end()) {
    list.push_back(std::move(who.address));
  }
}

void peer_manager::take_hints(const std::vector<peer_hint>& hints, const manager_turn& at) {
  const bool alone = !any_ready();
  for (std::size_t i = 0; alone && i < std::min(hints.size(), hints_max); ++i) {
    if (!port_of(hints[i].address).empty()) {
      want({hints[i].peer, hints[i].address}, false, at.now);
    }
  }
}

std::optional<time_point> peer_manager::next_wake() const {
  std::optional<time_point> due;
  if (!knows_links_) {
    return due;
  }
  const auto consider = [&due](time_point when) { due = due ? std::min(*due, when) : when; };
  for (const auto& one : targets_) {
    if (one.dialling == 0 && !satisfied(one)) {
      consider(one.next_at);
    }
  }
  for (const auto& one : probes_) {
    if (one.dialling == 0) {
      consider(one.next_at);
    }
  }
  return due;
}

// -- what is known -----------------------------------------------------------------------------------

bool peer_manager::is_member(const peer_id& who) const {
  return std::any_of(config_.members.begin(), config_.members.end(),
                     [&who](const auto& one) { return one.peer == who; });
}

bool peer_manager::satisfied(const target& of) const {
  const auto& who = of.peer ? of.peer : of.found;
  return who && (*who == config_.self || current_.contains(*who));
}

std::vector<std::string> peer_manager::addresses_of(const target& of) const {
  auto out = of.addresses;
  const auto add = [&out](const std::vector<std::string>& more) {
    for (const auto& one : more) {
      if (std::find(out.begin(), out.end(), one) == out.end()) {
        out.push_back(one);
      }
    }
  };
  if (const auto* const record = of.peer ? book_.find(*of.peer) : nullptr; record != nullptr) {
    add(record->addresses);
  }
  add(of.learned);
  return out;
}

std::vector<missing_peer> peer_manager::missing() const {
  std::vector<missing_peer> out;
  for (const auto& one : targets_) {
    if (!one.permanent || satisfied(one)) {
      continue;
    }
    const auto addresses = addresses_of(one);
    out.push_back({one.peer.value_or(peer_id{}),
                   !one.dialled.empty() || addresses.empty() ? one.dialled : addresses.front(),
                   one.trouble, one.dials});
  }
  return out;
}

std::vector<peer_hint> peer_manager::hints_for(const peer_id& whom) const {
  std::vector<peer_hint> out;
  for (const auto& [peer, id] : current_) {
    const auto* const record = book_.find(peer);
    if (out.size() == hints_max) {
      break;
    }
    if (peer != whom && record != nullptr && record->reached && !record->addresses.empty()) {
      out.push_back({peer, record->addresses.front()});
    }
  }
  return out;
}

std::size_t peer_manager::count_dialled() const {
  return static_cast<std::size_t>(std::count_if(
    links_.begin(), links_.end(), [](const auto& one) { return one.second.dialled; }));
}

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): one addition of state, good enough to spread dials.
std::uint64_t peer_manager::random() {
  random_ += 0x9E3779B97F4A7C15U;
  auto z = random_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

} // namespace caucus
