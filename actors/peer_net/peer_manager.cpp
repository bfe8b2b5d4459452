#include "actors/peer_net/peer_manager.hpp"

#include "actors/peer_net/limits.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

namespace {

/// Addresses to look at one another's door; each is dialled once or twice, then forgotten.
constexpr std::size_t probes_max = 64;
bool is_hopeless(errc why) {
  return why == errc::wrong_network || why == errc::no_common_version || why == errc::banned
         || why == errc::own_id || why == errc::not_the_dialled || why == errc::bad_x509;
}

} // namespace

std::string listening_at(const std::string& seen, std::uint16_t port) {
  const auto colon = seen.rfind(':');
  if (port == 0 || colon == std::string::npos) {
    return {};
  }
  return seen.substr(0, colon + 1) + std::to_string(port);
}

link_info as_it_says(link_info who, const std::optional<hello>& said) {
  who.mode = said ? said->mode : node_mode::server;
  who.protocol = said ? std::min(said->version_max, protocol_version_max) : protocol_version_min;
  who.listens_at =
    who.dialled ? who.address : listening_at(who.address, said ? said->listen_port : 0);
  return who;
}

peer_manager::peer_manager(manager_config config, peer_book book, time_point now)
    : config_{std::move(config)}, book_{std::move(book)}, random_{config_.seed},
      last_dial_{(config_.seed | 1U) << 32U} {
  for (const auto& one : config_.members) {
    want(one, true, now);
  }
  for (const auto& address : config_.net.join) {
    target to;
    to.addresses = {address};
    to.permanent = true;
    to.next_at = now;
    targets_.push_back(std::move(to));
  }
}

void peer_manager::step(const manager_event& what, const manager_turn& at) {
  std::visit(overloaded{[](const time_passed&) {}, // for the plan
                        [&](const link_event& heard) { on(heard, at); },
                        [&](const directive& told) { on(told, at); },
                        [&](const inspector_said& said) { on_verdict(said, at); },
                        [&](const links_active& active) { on(active); }},
             what);
  plan(at);
}

void peer_manager::finish_turn(const manager_turn& at) {
  for (auto& changed : book_.take_changed()) {
    at.want(save_peer{std::move(changed)});
  }
  for (const auto& gone : book_.take_gone()) {
    at.want(forget_peer{gone});
  }
}

void peer_manager::on(const link_event& what, const manager_turn& at) {
  std::visit(
    overloaded{[&](const hello_heard& heard) { on_hello(heard, at); },
               [&](const link_ready& ready) { on_ready(ready, at); },
               [&](const link_closed& closed) { on_closed(closed, at); },
               [&](const dial_failed& failed) {
                 on_dial_end(failed.dial, error{failed.code, failed.detail}, at);
               },
               [&](const dial_answered& answered) { on_dial_end(answered.dial, std::nullopt, at); },
               [&](const told_all&) { knows_links_ = true; },
               [](const listening&) {}}, // the shell's
    what);
}

// -- letting in ----------------------------------------------------------------------------------

void peer_manager::on_hello(const hello_heard& heard, const manager_turn& at) {
  if (auto no = judge(heard, at)) {
    refuse(heard, std::move(*no), at);
    return;
  }
  if (config_.inspectors == 0) {
    let_in(heard, at);
    return;
  }
  inspect(heard, at);
}

void peer_manager::on_verdict(const inspector_said& by, const manager_turn& at) {
  CAUCUS_ASSERT(by.inspector < config_.inspectors);
  const auto& said = by.verdict;
  const auto found = inspected_.find(said.id);
  if (found == inspected_.end()) {
    return; // ended meanwhile
  }
  // One who was asked twice, for a life of ours that is gone, may answer twice.
  found->second.missing.erase(by.inspector);
  if (said.allowed && !found->second.missing.empty()) {
    return;
  }
  const auto one = std::move(found->second);
  inspected_.erase(found);
  if (!said.allowed && !one.missing.empty()) {
    at.want(connection_withdrawn{said.id}); // the others need not think about it
  }
  auto no = said.allowed ? judge(one.hello, at) // banned meanwhile, maybe
                         : std::optional{goodbye{errc::refused_by_application, {}, {}}};
  if (no) {
    refuse(one.hello, std::move(*no), at);
    return;
  }
  // As of its hello: how long an application thinks must not decide which of two links is kept.
  let_in(one.hello, {one.time, at.wall, at.out});
}

void peer_manager::let_in(const hello_heard& heard, const manager_turn& at) {
  const auto same = current_.find(heard.info.peer);
  if (same == current_.end()) {
    if (auto none = find_place(heard, at)) {
      refuse(heard, {errc::full_house, std::move(*none), hints_for(heard.info.peer)}, at);
    } else {
      admit(heard, at);
    }
    return;
  }
  const auto& old = links_.at(same->second);
  if (!newer_wins(old.dialled, old.hello_at, heard, at.now)) {
    refuse(heard, {errc::duplicate_link, {}, {}}, at);
    return;
  }
  end(same->second, {errc::duplicate_link, {}, {}}, at);
  admit(heard, at); // in the place of the other
}

std::optional<goodbye> peer_manager::judge(const hello_heard& heard, const manager_turn& at) const {
  const auto& said = heard.hello;
  if (heard.info.peer == config_.self) {
    return goodbye{errc::own_id, {}, {}};
  }
  if (said.network != config_.network) {
    return goodbye{errc::wrong_network, "another genesis or other rules", {}};
  }
  if (said.version_min > protocol_version_max || said.version_max < protocol_version_min
      || said.version_min > said.version_max) {
    return goodbye{errc::no_common_version,
                   "versions " + std::to_string(protocol_version_min) + " to "
                     + std::to_string(protocol_version_max),
                   {}};
  }
  if (said.neighbour_id != 0) { // no tracker of ours has given any
    return goodbye{errc::unknown_neighbour, {}, {}};
  }
  if (book_.is_banned(heard.info.peer, at.wall)) {
    return goodbye{errc::banned, book_.find(heard.info.peer)->ban_reason, {}};
  }
  if (std::binary_search(barred_.begin(), barred_.end(), heard.info.peer)) {
    return goodbye{errc::banned, "the group has barred it", {}};
  }
  return std::nullopt;
}

bool peer_manager::newer_wins(bool dialled, time_point hello_at, const hello_heard& heard,
                              time_point now) const {
  if (dialled == heard.info.dialled || now - hello_at > same_meeting) {
    return true;
  }
  const bool ours_wins = config_.self < heard.info.peer; // the lower id's dial
  return heard.info.dialled == ours_wins;
}

void peer_manager::admit(const hello_heard& heard, const manager_turn& at) {
  const auto id = heard.info.id;
  link_entry entry{id,
                   heard.info.peer,
                   heard.info.dialled,
                   false,
                   heard.origin,
                   at.now,
                   listening_at(heard.info.address, heard.hello.listen_port),
                   at.now};
  links_.insert_or_assign(id, std::move(entry));
  current_.insert_or_assign(heard.info.peer, id);
  at.want(link_command{accept_link{id}});
}

void peer_manager::refuse(const hello_heard& heard, goodbye what, const manager_turn& at) {
  if (what.reason != errc::duplicate_link) {
    ++refused_;
    at.want(note{true,
                 std::string{to_string(what.reason)} + (heard.dial == 0 ? " of a stranger" : ""),
                 "refused " + short_name(heard.info.peer) + " at " + heard.info.address + ": "
                   + to_string(error{what.reason, what.detail})});
  }
  for (auto& one : targets_) { // who lives at the address is known now, ourselves maybe
    if (heard.dial != 0 && one.dialling == heard.dial
        && (what.reason == errc::duplicate_link || what.reason == errc::own_id)) {
      one.found = heard.info.peer;
    }
  }
  at.want(link_command{end_link{heard.info.id, std::move(what)}});
}

void peer_manager::end(link_id which, goodbye what, const manager_turn& at) {
  const auto found = links_.find(which);
  if (found != links_.end()) {
    if (const auto of = current_.find(found->second.peer);
        of != current_.end() && of->second == which) {
      current_.erase(of);
    }
    links_.erase(found);
  }
  at.want(link_command{end_link{which, std::move(what)}});
}

void peer_manager::learn_who_is_at(const std::string& address, const peer_id& peer) {
  for (auto& one : targets_) {
    const auto& list = one.addresses;
    if (!one.peer && std::find(list.begin(), list.end(), address) != list.end()) {
      one.found = peer;
    }
  }
}

void peer_manager::on_ready(const link_ready& ready, const manager_turn& at) {
  const auto& who = ready.info;
  auto found = links_.find(who.id);
  if (found == links_.end()) {
    if (current_.contains(who.peer) || book_.is_banned(who.peer, at.wall)) {
      return; // ended by us meanwhile: the command is on its way
    }
    // Told to a new life of ours.
    found =
      links_
        .emplace(who.id, link_entry{who.id, who.peer, who.dialled, false, ready.origin, at.now,
                                    listening_at(who.address, ready.hello.listen_port)})
        .first;
    current_.insert_or_assign(who.peer, who.id);
    if (who.dialled) {
      learn_who_is_at(who.address, who.peer);
    }
  }
  auto& entry = found->second;
  if (std::exchange(entry.ready, true)) {
    return;
  }
  auto& record = book_.add_peer(who.peer, who.dialled ? who.address : entry.advertised, at.wall);
  if (who.dialled) {
    record.reached = true;
    record.dial_backs_failed = 0;
  } else {
    record.links_taken = std::min(record.links_taken + 1, 1'000U);
    if (!record.reached && !entry.advertised.empty() && !is_member(who.peer)
        && probes_.size() < probes_max
        && std::none_of(probes_.begin(), probes_.end(),
                        [&](const auto& one) { return one.peer == who.peer; })) {
      probes_.push_back({who.peer, entry.advertised, 0, at.now + duration{random() % 1'000'000}});
    }
  }
  note_answer(ready.dial, who.peer);
  at.want(note{false, "link",
               "link to " + short_name(who.peer) + " at " + who.address
                 + (who.dialled ? ", dialled" : ", accepted")});
}

void peer_manager::on_closed(const link_closed& closed, const manager_turn& at) {
  if (const auto one = inspected_.extract(closed.id)) {
    at.want(connection_withdrawn{closed.id});
    if (closed.code == errc::handshake_timeout) {
      ++refused_;
      at.want(note{true, "no verdict",
                   "refused " + short_name(closed.peer) + " at " + one.mapped().hello.info.address
                     + ": the application did not allow it in time"});
    }
  }
  const auto found = links_.find(closed.id);
  const bool was_current = found != links_.end();
  duration lived{0};
  if (was_current) {
    lived = found->second.ready ? at.now - found->second.hello_at : duration{0};
    current_.erase(found->second.peer);
    links_.erase(found);
  }
  if (!closed.peer.is_zero() && closed.misbehaved) {
    misbehaved(closed.peer, {closed.code, closed.detail}, at);
  }
  if (closed.by_peer && closed.dial != 0 && !closed.peer.is_zero()
      && (is_hopeless(closed.code) || closed.code == errc::full_house)) {
    at.want(note{true, "dialled: " + std::string{to_string(closed.code)},
                 short_name(closed.peer)
                   + " refuses us: " + to_string(error{closed.code, closed.detail})});
  }
  if (closed.by_peer && closed.code == errc::full_house) {
    take_hints(closed.hints, at);
  }
  pause_targets(closed, was_current, lived, at.now);
}

void peer_manager::pause_targets(const link_closed& closed, bool was_current, duration lived,
                                 time_point now) {
  for (auto& one : targets_) {
    const bool dialled_it = closed.dial != 0 && one.dialling == closed.dial;
    const bool of_its_peer = was_current && !closed.peer.is_zero()
                             && (one.peer == closed.peer || one.found == closed.peer);
    if (dialled_it) {
      one.dialling = 0;
      one.unanswered = 0;
    }
    if (dialled_it || of_its_peer) {
      note_end(one, closed);
      one.attempts = lived > config_.net.redial_max ? 0 : one.attempts;
      pause(one, closed.by_peer ? pause_after(closed.code) : duration{0}, now);
    }
  }
}

void peer_manager::note_end(target& of, const link_closed& how) {
  if (how.code != errc::duplicate_link) {
    of.trouble = (how.by_peer ? "it ended the link: " : "")
                 + to_string(error{how.code, how.detail}).substr(0, address_size_max);
  } else if (how.by_peer && !how.peer.is_zero()) {
    of.found = how.peer; // it keeps another link of ours
  }
}

duration peer_manager::pause_after(errc said) const {
  if (is_hopeless(said)) {
    return hopeless_pause;
  }
  return said == errc::full_house && any_ready() ? full_house_pause : duration{0};
}

void peer_manager::end_dial(target& of, const std::optional<error>& failed,
                            const manager_turn& at) {
  of.dialling = 0;
  if (failed) {
    of.trouble = failed->detail.empty() ? to_string(*failed) : failed->detail;
  }
  if (failed && of.permanent && ++of.unanswered == unanswered_told) {
    tell_unanswered(of, *failed, at);
  }
  pause(of, failed && is_hopeless(failed->code) ? hopeless_pause / 4 : duration{0}, at.now);
}

void peer_manager::on_dial_end(dial_number dial, const std::optional<error>& failed,
                               const manager_turn& at) {
  for (auto& one : targets_) {
    if (one.dialling == dial) {
      end_dial(one, failed, at);
    }
  }
  const auto probed = std::find_if(probes_.begin(), probes_.end(),
                                   [dial](const auto& one) { return one.dialling == dial; });
  if (probed == probes_.end()) {
    return;
  }
  auto& record = book_.add_peer(probed->peer, failed ? std::string{} : probed->address, at.wall);
  record.reached |= !failed;
  record.dial_backs_failed = !failed ? 0 : std::min(record.dial_backs_failed + 1, 1'000U);
  if (!failed || record.dial_backs_failed >= 2) {
    probes_.erase(probed);
  } else {
    probed->dialling = 0;
    probed->next_at = at.now + hopeless_pause;
  }
}

} // namespace caucus
