#include "actors/peer_net/peer_book.hpp"

#include "actors/peer_net/limits.hpp"
#include "messages/hello.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

peer_book::peer_book(std::vector<peer_record> known) {
  for (auto& one : known) {
    if (known_.size() == peers_known_max) {
      break;
    }
    if (one.addresses.size() > addresses_per_peer_max) {
      one.addresses.resize(addresses_per_peer_max);
    }
    const auto who = one.peer;
    known_.emplace(who, std::move(one));
  }
}

const peer_record* peer_book::find(const peer_id& who) const {
  const auto found = known_.find(who);
  return found == known_.end() ? nullptr : &found->second;
}

peer_record& peer_book::add_peer(const peer_id& who, const std::string& address, wall_ms now) {
  auto found = known_.find(who);
  if (found == known_.end()) {
    make_room(who, now);
    found = known_.try_emplace(who).first;
    found->second.peer = who;
    found->second.first_seen = now;
  }
  auto& record = found->second;
  record.last_seen = now;
  if (!address.empty() && address.size() <= address_size_max) {
    auto& list = record.addresses;
    list.erase(std::remove(list.begin(), list.end(), address), list.end());
    list.insert(list.begin(), address);
    list.resize(std::min(list.size(), addresses_per_peer_max));
  }
  dirty_[who] = true;
  return record;
}

void peer_book::remove_peer(const peer_id& who) {
  if (known_.erase(who) > 0) {
    dirty_[who] = false;
  }
}

bool peer_book::is_banned(const peer_id& who, wall_ms now) const {
  const auto* const record = find(who);
  return record != nullptr && record->banned_until > now;
}

void peer_book::ban(const peer_id& who, wall_ms until, std::string_view why, wall_ms now) {
  auto& record = add_peer(who, {}, now);
  record.banned_until = until;
  record.ban_reason = why.substr(0, ban_reason_size_max);
}

bool peer_book::record_behaviour(const peer_id& who, std::string_view what, wall_ms now) {
  auto& record = add_peer(who, {}, now);
  if (now - record.last_strike > strikes_last) {
    record.strikes = 0;
  }
  record.last_strike = now;
  if (++record.strikes < strikes_max) {
    return false;
  }
  record.strikes = 0;
  const auto doublings = std::min(record.bans, 16U);
  record.bans = std::min(record.bans + 1, 64U);
  ban(who, now + std::min(ban_min * (1 << doublings), ban_max), what, now);
  return true;
}

bool peer_book::is_siphoner(const peer_record& of) {
  return !of.reached && of.links_taken >= 3 && of.dial_backs_failed >= 2;
}

std::vector<peer_record> peer_book::take_changed() {
  std::vector<peer_record> out;
  for (auto at = dirty_.begin(); at != dirty_.end();) {
    if (!at->second) {
      ++at;
      continue;
    }
    out.push_back(known_.at(at->first));
    at = dirty_.erase(at);
  }
  return out;
}

std::vector<peer_id> peer_book::take_gone() {
  std::vector<peer_id> out;
  for (auto at = dirty_.begin(); at != dirty_.end();) {
    if (at->second) {
      ++at;
      continue;
    }
    out.push_back(at->first);
    at = dirty_.erase(at);
  }
  return out;
}

// O(n), and only beyond 4,096 peers. A banned one is let go last: it would be back unbanned.
void peer_book::make_room(const peer_id& keep, wall_ms now) {
  if (known_.size() < peers_known_max) {
    return;
  }
  const auto worth = [now](const peer_record& of) {
    return std::pair{of.banned_until > now, of.last_seen};
  };
  const auto least = std::min_element(known_.begin(), known_.end(), [&](auto& a, auto& b) {
    return worth(a.second) < worth(b.second);
  });
  if (least->first != keep) {
    remove_peer(peer_id{least->first});
  }
}

} // namespace caucus
