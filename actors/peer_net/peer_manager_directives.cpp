#include "actors/peer_net/peer_manager.hpp"

#include "actors/peer_net/limits.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <string>
#include <utility>

// What other actors want of links, and what is held against peers: part of peer_manager.cpp.

namespace caucus {

void peer_manager::on(const directive& what, const manager_turn& at) {
  std::visit(
    overloaded{
      [&](const dial& more) {
        want({more.peer, more.address}, false, at.now);
      },
      [&](const hang_up& less) { on_hang_up(less, at); },
      [&](const ban& never) {
        const auto time = std::chrono::duration_cast<wall_ms>(never.time);
        book_.ban(never.peer, at.wall + time, never.reason, at.wall);
        end_link_of(never.peer, {errc::banned, never.reason.substr(0, address_size_max), {}}, at);
      },
      [&](const blame& accused) { on_blame(accused, at); },
      [&](const address_learned& learned) { on_learned(learned); },
      [&](const group_links& now) { on_group(now, at); }},
    what);
}

/// Whoever told it may be wrong or lie: it is tried after what is known otherwise, and its key must answer.
void peer_manager::on_learned(address_learned what) {
  const auto found = std::find_if(targets_.begin(), targets_.end(), [&](const auto& one) {
    return one.permanent && one.peer == what.peer;
  });
  if (found == targets_.end() || what.address.empty() || what.address.size() > address_size_max) {
    return;
  }
  auto& list = found->learned;
  list.erase(std::remove(list.begin(), list.end(), what.address), list.end());
  list.insert(list.begin(), std::move(what.address));
  list.resize(std::min(list.size(), addresses_per_peer_max));
}

/// Who is no member any more keeps its link, as anybody has one, and is dialled no more. Where an address
/// changed, the new one takes the old one's place.
void peer_manager::on_group(const group_links& now, const manager_turn& at) {
  const auto stays = [&now](const peer_id& who) {
    return std::any_of(now.members.begin(), now.members.end(),
                       [&who](const auto& one) { return one.peer == who; });
  };
  std::erase_if(targets_, [&](const target& one) {
    return one.permanent && one.peer && is_member(*one.peer) && !stays(*one.peer);
  });
  config_.members.clear();
  for (const auto& one : now.members) {
    config_.members.push_back({one.peer, one.address});
  }
  for (const auto& one : config_.members) {
    const auto known = std::find_if(targets_.begin(), targets_.end(),
                                    [&](const auto& each) { return each.peer == one.peer; });
    if (known != targets_.end()) {
      known->permanent = true;
      if (!one.address.empty() && one.address.size() <= address_size_max) {
        known->addresses = {one.address};
      }
    } else {
      want(one, true, at.now);
    }
  }
  barred_ = now.barred;
  for (const auto& who : barred_) {
    end_link_of(who, {errc::banned, "the group has barred it", {}}, at);
  }
}

void peer_manager::on_hang_up(const hang_up& on, const manager_turn& at) {
  std::erase_if(targets_, [&](const target& one) { return !one.permanent && one.peer == on.peer; });
  for (auto& one : targets_) {
    if (one.peer == on.peer || one.found == on.peer) {
      one.next_at = at.now + hopeless_pause;
    }
  }
  end_link_of(on.peer, {on.code, {}, {}}, at);
}

void peer_manager::on_blame(const blame& accused, const manager_turn& at) {
  if (links_.contains(accused.link)) {
    end(accused.link, {accused.code, {}, {}}, at);
    for (auto& one : targets_) {
      if (one.peer == accused.peer || one.found == accused.peer) {
        pause(one, {}, at.now);
      }
    }
  }
  misbehaved(accused.peer, {accused.code, accused.detail}, at);
}

void peer_manager::end_link_of(const peer_id& who, goodbye what, const manager_turn& at) {
  if (const auto found = current_.find(who); found != current_.end()) {
    end(found->second, std::move(what), at);
  }
}

void peer_manager::misbehaved(const peer_id& who, const error& how, const manager_turn& at) {
  const auto what = std::string{to_string(how.code)} + ": " + how.detail;
  // Strangers are one cause together: a new name costs them nothing, and each would have a line.
  const auto whose = is_member(who) ? short_name(who) : std::string{"strangers"};
  at.want(note{true, std::string{to_string(how.code)} + " by " + whose,
               short_name(who) + " misbehaved: " + what});
  if (is_member(who)) {
    // Never banned by itself: a member's link is what the group lives on, and its lies are proven
    // and dealt with by the group.
    book_.add_peer(who, {}, at.wall);
    return;
  }
  if (book_.record_behaviour(who, what, at.wall)) {
    at.want(note{true, "ban of " + short_name(who), "banned " + short_name(who)});
    end_link_of(who, {errc::banned, {}, {}}, at);
  }
}

} // namespace caucus
