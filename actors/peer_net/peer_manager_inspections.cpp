#include "actors/peer_net/peer_manager.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

// Whom the inspectors are asked about: part of peer_manager.cpp. Their time is the scarce thing here: a
// stranger's hello costs a handshake, a verdict maybe a question to a person. So nobody is asked about
// what could not be let in anyway, and one peer, or one address, has so many links that wait.

namespace caucus {

void peer_manager::inspect(const hello_heard& heard, const manager_turn& at) {
  if (auto no = why_not_ask(heard, at)) {
    refuse(heard, std::move(*no), at);
    return;
  }
  const auto other = std::find_if(inspected_.begin(), inspected_.end(), [&](const auto& one) {
    return one.second.hello.info.peer == heard.info.peer;
  });
  if (other != inspected_.end()) {
    const auto former = inspected_.extract(other);
    at.want(connection_withdrawn{former.key()});
    refuse(former.mapped().hello, {errc::duplicate_link, {}, {}}, at);
  }
  inspection fresh{heard, at.now, {}};
  for (std::size_t i = 0; i < config_.inspectors; ++i) {
    fresh.missing.insert(i);
  }
  inspected_.insert_or_assign(heard.info.id, std::move(fresh));
  at.want(connection_asked{heard.info, is_member(heard.info.peer)});
}

std::optional<goodbye> peer_manager::why_not_ask(const hello_heard& heard,
                                                 const manager_turn& at) const {
  const goodbye duplicate{errc::duplicate_link, {}, {}};
  const auto wins = [&](bool dialled, time_point hello_at) {
    return newer_wins(dialled, hello_at, heard, at.now) ? std::nullopt : std::optional{duplicate};
  };
  const auto& who = heard.info.peer;
  for (const auto& [id, one] : inspected_) {
    if (one.hello.info.peer != who) {
      continue;
    }
    // A dial that replaced one of the same side would be replaced by the next in turn, and a slow verdict
    // would never be in time. The older has at most the rest of its handshake's time.
    return one.hello.info.dialled == heard.info.dialled
             ? std::optional{duplicate}
             : wins(one.hello.info.dialled, one.time); // by the rule that the other end has too
  }
  if (const auto linked = current_.find(who); linked != current_.end()) {
    const auto& old = links_.at(linked->second);
    return wins(old.dialled, old.hello_at);
  }
  auto none = why_no_place(heard, at.now);
  if (!none && many_are_inspected(heard)) {
    none = "an application is asked about others first";
  }
  return none ? std::optional{goodbye{errc::full_house, std::move(*none), hints_for(who)}}
              : std::nullopt;
}

bool peer_manager::many_are_inspected(const hello_heard& heard) const {
  if (heard.info.dialled || is_member(heard.info.peer)) {
    return false;
  }
  const auto count = [this](auto&& fits) {
    return static_cast<std::size_t>(
      std::count_if(inspected_.begin(), inspected_.end(), [&](const auto& one) {
        const auto& said = one.second.hello;
        return !said.info.dialled && !is_member(said.info.peer) && fits(said);
      }));
  };
  return count([](const hello_heard&) { return true; }) >= config_.net.handshakes
         || count([&](const hello_heard& said) { return said.origin == heard.origin; })
              >= config_.net.handshakes_per_address;
}

} // namespace caucus
