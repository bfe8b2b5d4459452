#include "actors/peer_net/transport_inside.hpp"

#include "messages/try.hpp"
#include "runtime/clock.hpp"
#include "runtime/log.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace caucus {

namespace {

/// Machines kept for the next links: a reconnect allocates nothing of theirs.
constexpr std::size_t spare_max = 32;
constexpr std::chrono::seconds log_interval{60};

sink sink_at(std::size_t index) {
  return static_cast<sink>(index);
}

name_lookups::finder
finder_of(std::function<result<std::vector<std::string>>(const std::string&)> given) {
  if (given == nullptr) {
    return system_addresses;
  }
  return [given = std::move(given)](const std::string& host) -> result<host_addresses> {
    CAUCUS_TRY(const auto found, given(host));
    host_addresses out;
    for (const auto& one : found) {
      out.push_back(boost::asio::ip::make_address(one));
    }
    return out;
  };
}

} // namespace

transport::inside::inside(io_thread& io, transport_settings settings, transport_ports ports)
    : io_{io}, settings_{std::move(settings)}, codes_{settings_.network,
                                                      settings_.net.max_message_size},
      events_{std::move(ports.events)}, commands_{std::move(ports.commands)},
      gate_{{settings_.net.handshakes, settings_.net.handshakes_per_address}},
      rates_{settings_.net}, listener_{io.context(),
                                       [this](tcp::socket came, const tcp::endpoint& from) {
                                         take(std::move(came), from);
                                       }},
      timer_{io.context()}, names_{io.context(), finder_of(settings_.find_name)} {}

result<void> transport::inside::route(const std::vector<packet_rule>& codes, net_ends ends,
                                      code_range whose) {
  const auto to = sink_at(consumers_.size());
  consumers_.push_back(
    {delivery{std::move(ends.net_in), former_life::is_over}, std::move(ends.net_out), {}});
  for (const auto& one : codes) {
    if (auto added = codes_.add(one, to, whose); !added) {
      return added;
    }
  }
  return {};
}

// -- what links say --------------------------------------------------------------------------------

hello transport::inside::our_hello() const {
  hello out;
  out.network = settings_.network;
  out.mode = settings_.mode;
  out.listen_port = port_;
  out.agent = settings_.agent;
  return out;
}

std::shared_ptr<peer_rates> transport::inside::rates_of(const peer_id& who) {
  return rates_.of(who, steady_now());
}

void transport::inside::on_secured(link& which) {
  gate_.leave(which.machine().id());
  if (which.from().probe) {
    tell_actor(dial_answered{which.from().dial});
  }
}

void transport::inside::on_hello(link& which) {
  tell_actor(
    hello_heard{which.info(), *which.machine().theirs(), which.from().key, which.from().dial});
}

void transport::inside::on_ready(link& which) {
  tell_all(link_up{which.info()});
  tell_actor(link_ready{which.info(), *which.machine().theirs(), which.from().key,
                        which.from().dial, which.meter()});
}

bool transport::inside::deliver(heard_frame frame) {
  auto* const to = consumer_of(frame.sink);
  if (to == nullptr) {
    return true;
  }
  from_net item{std::move(frame.frame)};
  if (frame.may_drop) {
    static_cast<void>(to->net_in.offer(std::move(item)));
    return true;
  }
  const auto from = std::get<frame_in>(item).link;
  if (to->net_in.push(std::move(item))) {
    return true;
  }
  if (const auto found = links_.find(from); found != links_.end()) {
    to->waiting.push_back(found->second);
  }
  return false;
}

void transport::inside::on_gone(link& which, link_closed how) {
  const bool was_ready = which.machine().was_ready();
  gate_.leave(how.id);
  end_requests(which);
  if (was_ready) {
    tell_all(link_down{how.id, how.peer, how.code});
  }
  if (how.by_peer && how.dial != 0 && how.code != errc::duplicate_link) {
    tell_all(link_refused{how.peer, how.code, how.detail});
  }
  if (!how.peer.is_zero()) {
    tell_actor(std::move(how));
  } else if (how.dial != 0) {
    tell_actor(dial_failed{how.dial, how.code, std::move(how.detail)});
  } else {
    count_turned_away(to_string(how.code).data(), which.from().address);
    log_once_per("peer_net/" + std::string{to_string(how.code)}, log_interval, "peer_net",
                 log_level::info,
                 "a connection from " + which.from().address
                   + " ended before hello: " + to_string(error{how.code, how.detail}));
  }
}

void transport::inside::on_dead(link& which) {
  const auto found = links_.find(which.machine().id());
  if (found == links_.end()) {
    return;
  }
  gate_.leave(found->first);
  links_.erase(found);
}

void transport::inside::on_turn_end() {
  for (auto& one : consumers_) {
    one.net_in.ring();
  }
  events_.ring();
}

void transport::inside::on_starved(link& which) {
  starved_.push_back(which.weak_from_this());
}

void transport::inside::end_requests(link& which) {
  for (const auto& by : which.machine().end_requests()) {
    tell(by.sink, request_ended{which.machine().id(), by.tag, errc::link_lost});
  }
}

// -- telling ---------------------------------------------------------------------------------------

transport::inside::consumer* transport::inside::consumer_of(sink which) {
  const auto index = static_cast<std::size_t>(which);
  return index < consumers_.size() ? &consumers_[index] : nullptr;
}

void transport::inside::tell(sink which, from_net item) {
  if (auto* const to = consumer_of(which)) {
    static_cast<void>(to->net_in.push(std::move(item)));
  }
}

void transport::inside::tell_all(const from_net& item) {
  for (std::size_t i = 0; i < consumers_.size(); ++i) {
    tell(sink_at(i), item);
  }
}

void transport::inside::tell_actor(link_event event) {
  static_cast<void>(events_.push(std::move(event)));
}

void transport::inside::tell_actor_everything() {
  tell_actor(listening{port_, turned_away_});
  for (const auto& [id, one] : links_) {
    const auto& machine = one->machine();
    if (one->is_ready()) {
      tell_actor(link_ready{one->info(), *machine.theirs(), one->from().key, one->from().dial,
                            one->meter()});
    } else if (machine.judged_by_others()) {
      tell_actor(hello_heard{one->info(), *machine.theirs(), one->from().key, one->from().dial});
    }
  }
  tell_actor(told_all{});
}

void transport::inside::count_turned_away(const char* cause, const std::string& address) {
  turned_away_->fetch_add(1, std::memory_order_relaxed);
  log_once_per(std::string{"peer_net/turned away: "} + cause, log_interval, "peer_net",
               log_level::debug, "turned away " + address + ": " + cause);
}

// -- links -----------------------------------------------------------------------------------------

link* transport::inside::find(link_id id) {
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : found->second.get();
}

std::shared_ptr<link> transport::inside::make_link(tls_socket socket, link::origin from,
                                                   bool dialled) {
  std::unique_ptr<link_machine> machine;
  if (spare_.empty()) {
    machine = std::make_unique<link_machine>(codes_, settings_.net, io_.bell());
  } else {
    machine = std::move(spare_.back());
    spare_.pop_back();
  }
  last_id_ = last_id_.next();
  machine->init(last_id_, dialled, steady_now());
  auto made = std::make_shared<link>(shared_from_this(), std::move(machine), std::move(socket),
                                     std::move(from));
  links_.emplace(last_id_, made);
  return made;
}

void transport::inside::recycle(std::unique_ptr<link_machine> machine) {
  if (spare_.size() < spare_max) {
    spare_.push_back(std::move(machine));
  }
}

// No TLS before this has looked at it: a stranger's cheapest packet must cost us little.
void transport::inside::take(tcp::socket came, const tcp::endpoint& from) {
  const auto address = to_text(from);
  const std::size_t most = settings_.net.max_connections + settings_.net.handshakes;
  const bool behind = std::any_of(consumers_.begin(), consumers_.end(), [](const auto& one) {
    return one.net_in.waiting() >= overflow_max;
  });
  if (closed_ || behind || events_.waiting() >= overflow_max || links_.size() >= most) {
    count_turned_away("no room", address);
    return;
  }
  const auto key = key_of(from);
  const auto verdict = gate_.enter(last_id_.next(), key, steady_now());
  if (!verdict.admitted) {
    count_turned_away("too many handshakes", address);
    return;
  }
  if (verdict.displaced) {
    if (auto* const old = find(*verdict.displaced)) {
      old->cut(errc::handshake_timeout);
    }
  }
  make_link(tls_socket{std::move(came)}, {address, key, 0, std::nullopt, false}, false)
    ->begin(settings_.server.get(), tls_side::server);
}

// A name's look-up takes none of its handshake's time, and there is no link before it ends.
void transport::inside::start_dial(const dial_link& what) {
  const auto parts = split_address(what.address);
  if (!parts) {
    tell_actor(dial_failed{what.dial, parts.error().code, parts.error().detail});
    return;
  }
  boost::system::error_code is_name;
  const auto number = boost::asio::ip::make_address(parts->host, is_name);
  if (!is_name) {
    connect(what, {{number, parts->port}});
    return;
  }
  const auto now = steady_now();
  const auto ticket = names_.find(
    parts->host, now, [this, what, port = parts->port](const result<host_addresses>& found) {
      looking_up_.erase(what.dial);
      if (!found) {
        tell_actor(dial_failed{what.dial, found.error().code, found.error().detail});
        on_turn_end();
        return;
      }
      std::vector<tcp::endpoint> where;
      for (const auto& one : *found) {
        where.emplace_back(one, port);
      }
      connect(what, where);
    });
  looking_up_.insert_or_assign(what.dial, lookup{parts->host, ticket, now + lookup_timeout});
}

void transport::inside::connect(const dial_link& what, const std::vector<tcp::endpoint>& where) {
  const auto made = make_link(tls_socket{io_.context()},
                              {what.address, {}, what.dial, what.peer, what.probe}, true);
  connect_to(made->socket().lower(), where, made,
             [this, keep = shared_from_this(), made](const result<tcp::endpoint>& to) {
               if (!to) {
                 made->fail_to_connect(to.error().code, to.error().detail);
                 return;
               }
               made->begin(settings_.client.get(), tls_side::client);
             });
}

void transport::inside::give_up_lookups(time_point now) {
  for (auto at = looking_up_.begin(); at != looking_up_.end();) {
    if (at->second.until > now) {
      ++at;
      continue;
    }
    names_.forget(at->second.ticket);
    tell_actor(dial_failed{at->first, errc::connect_failed,
                           "the name \"" + at->second.host
                             + "\" was not found in time: do its name servers answer?"});
    at = looking_up_.erase(at);
  }
}

} // namespace caucus
