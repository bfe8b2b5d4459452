#include "actors/peer_net/transport.hpp"

#include "actors/peer_net/transport_inside.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/clock.hpp"
#include "runtime/log.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <utility>

namespace caucus {

namespace {

/// Of one edge and turn: the sockets have theirs in between.
constexpr std::size_t items_per_turn = 256;

/// OpenSSL writes with write(): a peer that is gone must be an error, not the end of the process.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

} // namespace

// -- the handle ------------------------------------------------------------------------------------

transport::transport(io_thread& io, transport_settings settings, transport_ports ports)
    : inside_{std::make_shared<inside>(io, std::move(settings), std::move(ports))} {
  inside_->register_turns();
}

transport::~transport() {
  try {
    stop();
  } catch (...) {
    std::terminate(); // links must not outlive us
  }
}

result<void> transport::route(const std::vector<packet_rule>& codes, net_ends ends,
                              code_range whose) {
  return inside_->route(codes, std::move(ends), whose);
}

result<void> transport::start() {
  result<void> opened;
  if (!inside_->io().call([&] { opened = inside_->open(); })) {
    opened = inside_->open(); // the thread does not run yet
  }
  return opened;
}

std::uint16_t transport::port() const {
  return inside_->port();
}

void transport::stop() {
  if (!inside_->io().call([this] { inside_->close(); })) {
    inside_->close(); // it does not run any more, or never did
  }
}

// -- opening and closing ---------------------------------------------------------------------------

void transport::inside::register_turns() {
  io_.post([] { block_sigpipe(); });
  io_.on_rung(
    [weak = weak_from_this()] {
      const auto self = weak.lock();
      return self && self->step();
    },
    [weak = weak_from_this()] {
      const auto self = weak.lock();
      return !self || self->idle();
    });
}

result<void> transport::inside::open() {
  if (settings_.net.listen) {
    if (auto opened = listener_.open(settings_.net.hostname, settings_.net.port); !opened) {
      return opened;
    }
    port_ = listener_.port();
    listener_.accept(shared_from_this());
    log("peer_net", log_level::info, "listening on port " + std::to_string(port_));
  }
  open_ = true;
  tell_actor_everything();
  on_turn_end();
  tick();
  return {};
}

void transport::inside::close() {
  if (std::exchange(closed_, true)) {
    return;
  }
  listener_.close();
  timer_.cancel();
  names_.stop();
  looking_up_.clear();
  const auto all = links_;
  for (const auto& [id, one] : all) {
    one->end({errc::shutting_down, {}, {}});
    one->cut(errc::shutting_down);
  }
  links_.clear();
  on_turn_end();
}

// -- turns of the doorbell -------------------------------------------------------------------------

bool transport::inside::step() {
  if (!open_ || closed_) {
    return false;
  }
  look_for_new_lives();
  bool worked = flush_deliveries();
  worked |= commands_.connected() && commands_.drain(items_per_turn, [this](link_command one) {
    perform(std::move(one));
  }) > 0;
  worked |= drain_said();
  worked |= resume_starved();
  on_turn_end();
  return worked;
}

bool transport::inside::idle() {
  if (!open_ || closed_) {
    return true;
  }
  const auto quiet = [](consumer& one) {
    return one.net_in.idle() && (!one.net_out.connected() || one.net_out.empty());
  };
  // No short cuts: each edge is asked, for each registers what it waits for.
  bool all = events_.idle() && (!commands_.connected() || commands_.empty());
  for (auto& one : consumers_) {
    all &= quiet(one);
  }
  for (const auto& weak : starved_) {
    const auto one = weak.lock();
    all &= !one || !one->machine().may_read(steady_now()).hungry;
  }
  return all;
}

void transport::inside::look_for_new_lives() {
  for (std::size_t i = 0; i < consumers_.size(); ++i) {
    look_for_new_life(static_cast<sink>(i));
  }
  if (events_.restarted()) {
    events_.clear(); // all of it is told anew
    tell_actor_everything();
  }
}

void transport::inside::look_for_new_life(sink of) {
  auto* const who = consumer_of(of);
  if (who == nullptr || !who->net_in.restarted()) {
    return;
  }
  for (const auto& [id, one] : links_) {
    one->machine().forget_requests(of);
    if (one->is_ready()) {
      tell(of, link_up{one->info()});
    }
  }
}

bool transport::inside::flush_deliveries() {
  bool any = events_.flush();
  for (auto& one : consumers_) {
    any |= one.net_in.flush();
    if (one.net_in.waiting() > 0) {
      continue;
    }
    for (const auto& weak : std::exchange(one.waiting, {})) {
      if (const auto waiting = weak.lock()) {
        waiting->resume();
      }
    }
  }
  return any;
}

bool transport::inside::drain_said() {
  bool any = false;
  const auto now = steady_now(); // for all of a turn
  for (std::size_t i = 0; i < consumers_.size(); ++i) {
    const auto by = static_cast<sink>(i);
    auto& said = consumers_[i].net_out;
    if (!said.connected()) {
      continue;
    }
    // A drain takes of one life only. Another core has written the bodies: all are asked for before
    // the first is looked at.
    any |= said.restarted();
    any |= said.drain(items_per_turn, [this](to_net item) {
      __builtin_prefetch(item.frame.body.get());
      said_.push_back(std::move(item));
    }) > 0;
    // Whoever said this may be a new life since step() looked: its requests must not be forgotten as
    // a former one's. And a former one's, which is taken only now, must never be remembered.
    look_for_new_life(by);
    const bool former = said.superseded();
    for (auto& item : said_) {
      if (!former || item.request == 0) {
        send(std::move(item), by, now);
      }
    }
    said_.clear();
  }
  for (const auto id : std::exchange(to_flush_, {})) { // once a turn: many frames, one write
    if (auto* const one = find(id)) {
      one->flush();
    }
  }
  return any;
}

bool transport::inside::resume_starved() {
  bool any = false;
  for (auto& weak : std::exchange(starved_, {})) {
    const auto one = weak.lock();
    if (one == nullptr || one->gone()) {
      continue;
    }
    if (one->machine().may_read(steady_now()).hungry) {
      one->resume();
      any = true;
    } else {
      starved_.push_back(std::move(weak));
    }
  }
  return any;
}

void transport::inside::perform(link_command command) {
  std::visit(overloaded{[this](const dial_link& going) { start_dial(going); },
                        [this](const accept_link& yes) {
                          if (auto* const one = find(yes.id)) {
                            one->accept();
                          }
                        },
                        [this](const end_link& no) {
                          if (auto* const one = find(no.id)) {
                            one->end(no.goodbye);
                          }
                        }},
             command);
}

void transport::inside::send(to_net what, sink by, time_point now) {
  auto* const to = find(what.link);
  const auto id = what.link;
  const auto request = what.request;
  const auto number = what.frame.code;
  const auto sent =
    to == nullptr ? fail(errc::link_lost) : to->machine().send(std::move(what), by, now);
  if (sent) {
    if (to_flush_.empty() || to_flush_.back() != id) {
      to_flush_.push_back(id);
    }
    return;
  }
  const auto why = sent.error().code;
  if (request != 0) {
    tell(by, request_ended{id, request, why});
  }
  if (why == errc::busy && request == 0) {
    const auto* const code = codes_.find(number);
    if (code->lane == lane::consensus) { // see frame_writer: no gap in silence
      to->end({errc::write_stalled, "too much waits", {}});
      return;
    }
  }
  if (why != errc::link_lost) {
    log_once_per("peer_net/send/" + std::string{to_string(why)}, std::chrono::seconds{60},
                 "peer_net", log_level::warn,
                 "a frame of code " + std::to_string(static_cast<std::uint16_t>(number))
                   + " was not sent: " + to_string(sent.error()));
  }
}

void transport::inside::tick() {
  if (closed_) {
    return;
  }
  const auto now = steady_now();
  const auto all = links_; // some end on the way
  for (const auto& [id, one] : all) {
    for (const auto& by : one->machine().expired(now)) {
      tell(by.sink, request_ended{id, by.tag, errc::timed_out});
    }
    one->on_tick(now);
  }
  give_up_lookups(now);
  if (settings_.net.listen) {
    listener_.accept(shared_from_this());
  }
  on_turn_end();
  timer_.expires_after(caucus::tick);
  timer_.async_wait([keep = shared_from_this()](boost::system::error_code why) {
    if (!why) {
      keep->tick();
    }
  });
}

} // namespace caucus
