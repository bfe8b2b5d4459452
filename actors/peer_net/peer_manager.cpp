#include "actors/peer_net/peer_manager.hpp"

#include "actors/peer_net/limits.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

namespace {

/// Addresses to look at one another's door; each is dialled once or twice, then forgotten.
constexpr std::size_t probes_max = 64;
/// A wrong network or version does not heal by itself: a minute.
constexpr duration hopeless_pause{std::chrono::minutes{1}};
/// Dials in flight: a node of 64 members dials all at once at its start, and no more than those.
constexpr std::size_t dials_max = 64;

bool is_hopeless(errc why) {
  return why == errc::wrong_network || why == errc::no_common_version || why == errc::banned
         || why == errc::own_id || why == errc::not_the_dialled || why == errc::bad_x509;
}

std::string port_of(const std::string& address) {
  const auto colon = address.rfind(':');
  return colon == std::string::npos ? std::string{} : address.substr(colon + 1);
}

/// The host we see, the port it says: what it says of its host is not asked for.
std::string listening_at(const std::string& seen, std::uint16_t port) {
  const auto colon = seen.rfind(':');
  if (port == 0 || colon == std::string::npos) {
    return {};
  }
  return seen.substr(0, colon + 1) + std::to_string(port);
}

} // namespace

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

std::vector<manager_action> peer_manager::step(const manager_event& event, const moment& at) {
  actions out;
  if (const auto* const heard = std::get_if<link_event>(&event)) {
    on(*heard, at, out);
  } else if (const auto* const told = std::get_if<directive>(&event)) {
    on(*told, at, out);
  }
  plan(at, out);
  for (auto& changed : book_.take_changed()) {
    out.emplace_back(save_peer{std::move(changed)});
  }
  for (const auto& gone : book_.take_gone()) {
    out.emplace_back(forget_peer{gone});
  }
  return out;
}

void peer_manager::on(const link_event& event, const moment& at, actions& out) {
  if (const auto* const heard = std::get_if<hello_heard>(&event)) {
    on_hello(*heard, at, out);
  } else if (const auto* const ready = std::get_if<link_ready>(&event)) {
    on_ready(*ready, at, out);
  } else if (const auto* const closed = std::get_if<link_closed>(&event)) {
    on_closed(*closed, at, out);
  } else if (const auto* const failed = std::get_if<dial_failed>(&event)) {
    on_dial_end(failed->dial, false, failed->why, at);
  } else if (const auto* const answered = std::get_if<dial_answered>(&event)) {
    on_dial_end(answered->dial, true, {}, at);
  }
}

// -- letting in ----------------------------------------------------------------------------------

void peer_manager::on_hello(const hello_heard& heard, const moment& at, actions& out) {
  if (auto no = judge(heard, at)) {
    refuse(heard, std::move(*no), out);
    return;
  }
  const auto same = current_.find(heard.who.peer);
  if (same == current_.end()) {
    if (find_place(heard, at, out)) {
      admit(heard, at, out);
    } else {
      refuse(heard, {errc::full_house, {}, hints_for(heard.who.peer)}, out);
    }
    return;
  }
  if (!newer_wins(links_.at(same->second), heard, at.now)) {
    refuse(heard, {errc::duplicate_link, {}, {}}, out);
    return;
  }
  end(same->second, {errc::duplicate_link, {}, {}}, out);
  admit(heard, at, out); // in the place of the other
}

std::optional<goodbye> peer_manager::judge(const hello_heard& heard, const moment& at) const {
  const auto& said = heard.what;
  if (heard.who.peer == config_.self) {
    return goodbye{errc::own_id, {}, {}};
  }
  if (said.network != config_.network) {
    return goodbye{errc::wrong_network, "another genesis", {}};
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
  if (book_.is_banned(heard.who.peer, at.wall)) {
    return goodbye{errc::banned, book_.find(heard.who.peer)->ban_reason, {}};
  }
  return std::nullopt;
}

bool peer_manager::newer_wins(const link_entry& old, const hello_heard& heard,
                              time_point now) const {
  if (old.dialled == heard.who.dialled || now - old.hello_at > same_meeting) {
    return true;
  }
  const bool ours_wins = config_.self < heard.who.peer; // the lower id's dial
  return heard.who.dialled == ours_wins;
}

bool peer_manager::find_place(const hello_heard& heard, const moment& /*at*/, actions& out) {
  const std::size_t all = config_.net.max_connections;
  const auto members =
    static_cast<std::size_t>(std::count_if(config_.members.begin(), config_.members.end(),
                                           [&](auto& one) { return one.peer != config_.self; }));
  const auto members_here = static_cast<std::size_t>(std::count_if(
    links_.begin(), links_.end(), [&](auto& one) { return is_member(one.second.peer); }));
  const auto for_members =
    std::min(members, all / 2) - std::min(members_here, std::min(members, all / 2));
  const auto for_dials = std::max<std::size_t>(all / 8, 1)
                         - std::min(count_dialled(), std::max<std::size_t>(all / 8, 1));
  const bool member = is_member(heard.who.peer);
  auto room = all;
  if (!member) {
    room -= for_members;
    room -= heard.who.dialled ? 0 : for_dials;
    const auto of_address =
      static_cast<std::size_t>(std::count_if(links_.begin(), links_.end(), [&](auto& one) {
        return !one.second.dialled && one.second.origin == heard.origin;
      }));
    if (!heard.who.dialled && of_address >= config_.net.connections_per_address) {
      return false;
    }
  }
  if (links_.size() < room) {
    return true;
  }
  // Evict: a siphoner for anybody better; for a member, else, the stranger who came last.
  const auto siphons = [this](const peer_id& who) {
    const auto* const record = book_.find(who);
    return record != nullptr && peer_book::is_siphoner(*record);
  };
  const link_entry* victim = nullptr;
  for (const auto& [id, one] : links_) {
    const bool worse = siphons(one.peer) && !siphons(heard.who.peer);
    if (!is_member(one.peer) && (worse || member)
        && (victim == nullptr || siphons(one.peer) || !siphons(victim->peer))) {
      victim = &one;
    }
  }
  if (victim == nullptr) {
    return false;
  }
  end(victim->id, {errc::full_house, {}, hints_for(victim->peer)}, out);
  return links_.size() < room || member;
}

void peer_manager::admit(const hello_heard& heard, const moment& at, actions& out) {
  const auto id = heard.who.id;
  link_entry entry{id,
                   heard.who.peer,
                   heard.who.dialled,
                   false,
                   heard.origin,
                   at.now,
                   listening_at(heard.who.address, heard.what.listen_port)};
  links_.insert_or_assign(id, std::move(entry));
  current_.insert_or_assign(heard.who.peer, id);
  out.emplace_back(link_command{accept_link{id}});
}

void peer_manager::refuse(const hello_heard& heard, goodbye what, actions& out) {
  if (what.reason != errc::duplicate_link) {
    ++refused_;
    out.emplace_back(
      note{true, std::string{to_string(what.reason)} + (heard.dial == 0 ? " of a stranger" : ""),
           "refused " + short_name(heard.who.peer) + " at " + heard.who.address + ": "
             + std::string{to_string(what.reason)}});
  }
  for (auto& one : targets_) { // who lives at the address is known now, ourselves maybe
    if (heard.dial != 0 && one.dialling == heard.dial
        && (what.reason == errc::duplicate_link || what.reason == errc::own_id)) {
      one.found = heard.who.peer;
    }
  }
  out.emplace_back(link_command{end_link{heard.who.id, std::move(what)}});
}

void peer_manager::end(link_id which, goodbye what, actions& out) {
  const auto found = links_.find(which);
  if (found != links_.end()) {
    if (const auto of = current_.find(found->second.peer);
        of != current_.end() && of->second == which) {
      current_.erase(of);
    }
    links_.erase(found);
  }
  out.emplace_back(link_command{end_link{which, std::move(what)}});
}

void peer_manager::on_ready(const link_ready& ready, const moment& at, actions& out) {
  const auto& who = ready.who;
  auto found = links_.find(who.id);
  if (found == links_.end()) {
    if (current_.contains(who.peer) || book_.is_banned(who.peer, at.wall)) {
      return; // ended by us meanwhile: the command is on its way
    }
    // Told to a new life of ours.
    found =
      links_
        .emplace(who.id, link_entry{who.id, who.peer, who.dialled, false, ready.origin, at.now,
                                    listening_at(who.address, ready.what.listen_port)})
        .first;
    current_.insert_or_assign(who.peer, who.id);
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
  for (auto& one : targets_) {
    if (ready.dial != 0 && one.dialling == ready.dial) {
      one.dialling = 0;
      one.found = who.peer;
    }
  }
  out.emplace_back(note{false, "link",
                        "link to " + short_name(who.peer) + " at " + who.address
                          + (who.dialled ? ", dialled" : ", accepted")});
}

void peer_manager::on_closed(const link_closed& closed, const moment& at, actions& out) {
  const auto found = links_.find(closed.id);
  const bool was_current = found != links_.end();
  duration lived{0};
  if (was_current) {
    lived = found->second.ready ? at.now - found->second.hello_at : duration{0};
    current_.erase(found->second.peer);
    links_.erase(found);
  }
  if (!closed.peer.is_zero() && closed.misbehaved) {
    misbehaved(closed.peer, std::string{to_string(closed.why)} + ": " + closed.detail, at, out);
  }
  if (closed.by_peer && closed.why == errc::full_house) {
    take_hints(closed.hints, at);
  }
  for (auto& one : targets_) {
    const bool dialled_it = closed.dial != 0 && one.dialling == closed.dial;
    const bool of_its_peer = was_current && !closed.peer.is_zero()
                             && (one.peer == closed.peer || one.found == closed.peer);
    if (!dialled_it && !of_its_peer) {
      continue;
    }
    if (dialled_it) {
      one.dialling = 0;
    }
    if (lived > config_.net.redial_max) {
      one.attempts = 0;
    }
    if (closed.why == errc::duplicate_link && closed.by_peer && !closed.peer.is_zero()) {
      one.found = closed.peer; // it keeps another link of ours
    }
    pause(one, is_hopeless(closed.why) && closed.by_peer ? hopeless_pause : duration{0}, at.now);
  }
}

void peer_manager::on_dial_end(dial_number dial, bool answered, errc why, const moment& at) {
  for (auto& one : targets_) {
    if (one.dialling == dial) {
      one.dialling = 0;
      pause(one, is_hopeless(why) ? hopeless_pause / 4 : duration{0}, at.now);
    }
  }
  const auto probed = std::find_if(probes_.begin(), probes_.end(),
                                   [dial](const auto& one) { return one.dialling == dial; });
  if (probed == probes_.end()) {
    return;
  }
  auto& record = book_.add_peer(probed->peer, answered ? probed->address : std::string{}, at.wall);
  record.reached |= answered;
  record.dial_backs_failed = answered ? 0 : std::min(record.dial_backs_failed + 1, 1'000U);
  if (answered || record.dial_backs_failed >= 2) {
    probes_.erase(probed);
  } else {
    probed->dialling = 0;
    probed->next_at = at.now + hopeless_pause;
  }
}

// -- what other actors want ------------------------------------------------------------------------

void peer_manager::on(const directive& event, const moment& at, actions& out) {
  if (const auto* const more = std::get_if<dial>(&event)) {
    want({more->peer, more->address}, false, at.now);
  } else if (const auto* const less = std::get_if<hang_up>(&event)) {
    std::erase_if(targets_,
                  [&](const target& one) { return !one.permanent && one.peer == less->peer; });
    for (auto& one : targets_) {
      if (one.peer == less->peer || one.found == less->peer) {
        one.next_at = at.now + hopeless_pause;
      }
    }
    if (const auto found = current_.find(less->peer); found != current_.end()) {
      end(found->second, {less->why, {}, {}}, out);
    }
  } else if (const auto* const never = std::get_if<ban>(&event)) {
    const auto time = std::chrono::duration_cast<wall_ms>(never->time);
    book_.ban(never->peer, at.wall + time, never->why, at.wall);
    if (const auto found = current_.find(never->peer); found != current_.end()) {
      end(found->second, {errc::banned, never->why.substr(0, address_size_max), {}}, out);
    }
  } else if (const auto* const accused = std::get_if<blame>(&event)) {
    if (links_.contains(accused->link)) {
      end(accused->link, {accused->why, {}, {}}, out);
      for (auto& one : targets_) {
        if (one.peer == accused->peer || one.found == accused->peer) {
          pause(one, {}, at.now);
        }
      }
    }
    misbehaved(accused->peer, std::string{to_string(accused->why)} + ": " + accused->detail, at,
               out);
  }
}

void peer_manager::misbehaved(const peer_id& who, const std::string& what, const moment& at,
                              actions& out) {
  out.emplace_back(
    note{true, "misbehaviour of " + short_name(who), short_name(who) + " misbehaved: " + what});
  if (is_member(who)) {
    // Never banned by itself: a member's link is what the group lives on, and its lies are proven
    // and dealt with by the group.
    book_.add_peer(who, {}, at.wall);
    return;
  }
  if (book_.record_behaviour(who, what, at.wall)) {
    out.emplace_back(note{true, "ban of " + short_name(who), "banned " + short_name(who)});
    if (const auto found = current_.find(who); found != current_.end()) {
      end(found->second, {errc::banned, {}, {}}, out);
    }
  }
}

// -- dialling --------------------------------------------------------------------------------------

void peer_manager::plan(const moment& at, actions& out) {
  for (auto& one : targets_) {
    if (one.dialling == 0 && one.next_at <= at.now && !satisfied(one)) {
      dial_target(one, at, out);
    }
  }
  for (auto& one : probes_) {
    if (one.dialling == 0 && one.next_at <= at.now) {
      dial_probe(one, out);
    }
  }
}

void peer_manager::dial_target(target& to, const moment& at, actions& out) {
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
  out.emplace_back(link_command{
    dial_link{to.dialling, addresses[to.next_address++ % addresses.size()], to.peer, false}});
}

void peer_manager::dial_probe(probe& to, actions& out) {
  to.dialling = ++last_dial_;
  out.emplace_back(link_command{dial_link{to.dialling, to.address, to.peer, true}});
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

void peer_manager::take_hints(const std::vector<peer_hint>& hints, const moment& at) {
  const bool alone =
    std::none_of(links_.begin(), links_.end(), [](auto& one) { return one.second.ready; });
  for (std::size_t i = 0; alone && i < std::min(hints.size(), hints_max); ++i) {
    if (!port_of(hints[i].address).empty()) {
      want({hints[i].peer, hints[i].address}, false, at.now);
    }
  }
}

std::optional<time_point> peer_manager::next_due() const {
  std::optional<time_point> due;
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
  const auto* const record = of.peer ? book_.find(*of.peer) : nullptr;
  if (record != nullptr) {
    for (const auto& one : record->addresses) {
      if (std::find(out.begin(), out.end(), one) == out.end()) {
        out.push_back(one);
      }
    }
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
