#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/peer_manager.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

// Who has a place: part of peer_manager.cpp. Members and own dials have places kept. Strangers share the rest,
// and nobody keeps a newcomer out for ever by staying: whoever has had his time gives way.

namespace caucus {

void peer_manager::on(const links_active& told) {
  for (const auto& [id, when] : told.links) {
    if (const auto found = links_.find(id); found != links_.end()) {
      found->second.active_at = std::max(found->second.active_at, when);
    }
  }
}

std::size_t peer_manager::room_for(const hello_heard& heard) const {
  const std::size_t all = config_.net.max_connections;
  if (is_member(heard.info.peer)) {
    return all;
  }
  const auto members =
    static_cast<std::size_t>(std::count_if(config_.members.begin(), config_.members.end(),
                                           [&](auto& one) { return one.peer != config_.self; }));
  const auto members_here = static_cast<std::size_t>(std::count_if(
    links_.begin(), links_.end(), [&](auto& one) { return is_member(one.second.peer); }));
  const auto for_members =
    std::min(members, all / 2) - std::min(members_here, std::min(members, all / 2));
  const auto for_dials = std::max<std::size_t>(all / 8, 1)
                         - std::min(count_dialled(), std::max<std::size_t>(all / 8, 1));
  return all - for_members - (heard.info.dialled ? 0 : for_dials);
}

peer_manager::shortage peer_manager::short_of(const hello_heard& heard) const {
  if (!heard.info.dialled && !is_member(heard.info.peer)) {
    const auto of_address =
      static_cast<std::size_t>(std::count_if(links_.begin(), links_.end(), [&](auto& one) {
        return !one.second.dialled && one.second.origin == heard.origin
               && !is_member(one.second.peer);
      }));
    if (of_address >= config_.net.connections_per_address) {
      return shortage::of_address;
    }
  }
  return links_.size() < room_for(heard) ? shortage::none : shortage::of_places;
}

bool peer_manager::siphons(const peer_id& who) const {
  const auto* const record = book_.find(who);
  return record != nullptr && peer_book::is_siphoner(*record);
}

std::tuple<bool, bool, duration> peer_manager::claim_to_go(const link_entry& of,
                                                           time_point now) const {
  const duration idle = now - std::max(of.active_at, of.hello_at);
  const duration linked = now - of.hello_at;
  return {siphons(of.peer), idle >= idle_min, idle >= idle_min ? idle : linked};
}

// For a member any stranger goes. For a stranger, one who siphons, or one who dialled us and has had his
// time; where it is his address that has its share, one of the same address.
const peer_manager::link_entry* peer_manager::victim_for(const hello_heard& heard, shortage of,
                                                         time_point now) const {
  const bool member = is_member(heard.info.peer);
  const bool siphoner = siphons(heard.info.peer);
  const link_entry* victim = nullptr;
  for (const auto& [id, one] : links_) {
    if (is_member(one.peer)
        || (of == shortage::of_address && (one.dialled || one.origin != heard.origin))) {
      continue;
    }
    const auto [worst, idle, span] = claim_to_go(one, now);
    const bool had_its_time = !one.dialled && (idle || span >= turn_min);
    if ((member || (!siphoner && (worst || had_its_time)))
        && (victim == nullptr || claim_to_go(*victim, now) < claim_to_go(one, now))) {
      victim = &one;
    }
  }
  return victim;
}

std::optional<std::string> peer_manager::why_no_place(const hello_heard& heard,
                                                      time_point now) const {
  const auto of = short_of(heard);
  if (of == shortage::none || victim_for(heard, of, now) != nullptr) {
    return std::nullopt;
  }
  const auto share = std::to_string(config_.net.connections_per_address);
  return of == shortage::of_address
           ? share
               + " links of your address are in use here, and no more may be "
                 "(net.connections_per_address); one is free within a minute"
           : "all places for others than members are in use (net.max_connections = "
               + std::to_string(config_.net.max_connections) + "); one is free within a minute";
}

std::optional<std::string> peer_manager::find_place(const hello_heard& heard,
                                                    const manager_turn& at) {
  if (auto none = why_no_place(heard, at.now)) {
    return none;
  }
  const auto of = short_of(heard);
  if (of == shortage::none) {
    return std::nullopt;
  }
  const auto& victim = *victim_for(heard, of, at.now);
  const auto [worst, idle, span] = claim_to_go(victim, at.now);
  static_cast<void>(worst);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(span).count();
  const auto why = (idle ? "idle for " : "linked for ") + std::to_string(seconds)
                   + " s, and another waits for a place";
  at.want(note{true, "place made",
               "ended the link of " + short_name(victim.peer) + ", " + why
                 + "; net.max_connections and net.connections_per_address say how many "
                   "places there are"});
  end(victim.id, {errc::full_house, why, hints_for(victim.peer)}, at);
  return std::nullopt;
}

bool peer_manager::any_ready() const {
  return std::any_of(links_.begin(), links_.end(), [](auto& one) { return one.second.ready; });
}

} // namespace caucus
