#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"
#include "test/sim/hashing.hpp"
#include "test/sim/sim_network.hpp"

#include <algorithm>
#include <utility>

/// A node's end of all its links.

namespace caucus::sim {

namespace {

/// Of one edge and turn, as the transport's.
constexpr std::size_t items_per_turn = 256;
/// A dial that nobody answers is given up.
constexpr duration no_answer_time{2'000'000};
constexpr duration turn_time{2};

} // namespace

sim_transport::sim_transport(agenda& time, sim_network& over, settings with, preset_parts& parts)
    : time_{time}, over_{over}, with_{std::move(with)}, codes_{with_.network,
                                                               with_.net.max_message_size},
      bell_{parts.network.bell}, events_{std::move(parts.links.events)}, commands_{std::move(
                                                                           parts.links.commands)},
      calls_{std::move(parts.calls)}, replies_{std::move(parts.replies)} {
  for (auto& route : parts.routes) {
    const auto to = static_cast<sink>(consumers_.size());
    for (const auto& code : route.codes) {
      const auto added = codes_.add(code, to, route.range);
      CAUCUS_ASSERT(added.has_value());
    }
    consumers_.push_back({route.actor, delivery{std::move(route.ends.net_in), former_life::is_over},
                          std::move(route.ends.net_out)});
  }
  over_.open(with_.self, *this);
  tell_peer_net_everything();
  plan(time_.now());
}

sim_transport::~sim_transport() {
  *lives_ = false;
  lose_calls();
  over_.close(with_.self);
}

// -- turns -----------------------------------------------------------------------------------------

void sim_transport::ring() {
  plan(time_.now() + turn_time);
}

void sim_transport::plan(time_point when) {
  if (planned_ && *planned_ <= when) {
    return;
  }
  planned_ = when;
  time_.at(when, [this, when, lives = lives_] {
    if (*lives && planned_ == when) {
      planned_.reset();
      turn();
    }
  });
}

void sim_transport::turn() {
  for (std::size_t i = 0; i < consumers_.size(); ++i) {
    look_for_new_life(i);
  }
  if (events_.restarted()) {
    events_.clear(); // all of it is told anew
    tell_peer_net_everything();
  }
  bool worked = events_.flush();
  for (auto& one : consumers_) {
    worked |= one.heard.flush();
  }
  worked |= commands_.drain(items_per_turn, [this](link_command one) { perform(one); }) > 0;
  worked |= drain_said();
  if (calls_.restarted()) {
    lose_calls(); // a new life knows nothing of them
  }
  worked |= calls_.flush();
  worked |= replies_.drain(items_per_turn, [this](to_control part) { hear_reply(part); }) > 0;
  events_.ring();
  calls_.ring();
  for (auto& one : consumers_) {
    one.heard.ring();
  }
  const auto idle = [this] {
    bool all = events_.idle() && commands_.empty() && calls_.idle() && replies_.empty();
    for (auto& one : consumers_) {
      all = one.heard.idle() && all;
      all = (one.said.empty() || with_.busy_until(one.actor) > time_.now()) && all;
    }
    return all;
  };
  if (worked || !bell_->try_sleep(idle)) {
    plan(time_.now() + turn_time);
  }
}

void sim_transport::look_for_new_life(std::size_t index) {
  auto& who = consumers_[index];
  if (!who.heard.restarted()) {
    return;
  }
  for (auto& [id, one] : ends_) {
    one.requests.forget(static_cast<sink>(index));
    if (one.is == stage::ready) {
      tell(static_cast<sink>(index), link_up{one.who});
    }
  }
}

void sim_transport::tell_peer_net_everything() {
  events_.push(listening{with_.net.listen ? std::uint16_t{7400} : std::uint16_t{0}, nullptr});
  for (const auto& [id, one] : ends_) {
    const address_key origin{one.other + 1, false};
    if (one.is == stage::ready) {
      events_.push(link_ready{one.who, one.theirs, origin, one.dial, one.meter});
    } else if (one.is == stage::judging) {
      events_.push(hello_heard{one.who, one.theirs, origin, one.dial});
    }
  }
  events_.push(told_all{});
}

bool sim_transport::drain_said() {
  bool any = false;
  std::vector<to_net> taken;
  for (std::size_t i = 0; i < consumers_.size(); ++i) {
    auto& one = consumers_[i];
    if (const auto until = with_.busy_until(one.actor); until > time_.now()) {
      plan(until);
      continue;
    }
    any |= one.said.restarted();
    any |= one.said.drain(items_per_turn, [&taken](to_net item) {
      taken.push_back(std::move(item));
    }) > 0;
    // As the transport does: what a former life asked is not asked any more.
    look_for_new_life(i);
    const bool former = one.said.superseded();
    for (auto& item : std::exchange(taken, {})) {
      if (!former || item.request == 0) {
        send(std::move(item), static_cast<sink>(i));
      }
    }
  }
  return any;
}

// -- sending ---------------------------------------------------------------------------------------

void sim_transport::send(to_net what, sink by) {
  const auto found = ends_.find(what.link);
  const auto sent = found == ends_.end() || found->second.is != stage::ready
                      ? fail(errc::link_lost)
                      : send_on(found->second, what, by);
  if (!sent && what.request != 0) {
    tell(by, request_ended{what.link, what.request, sent.error().code});
  }
  // An actor of this process that says what it must not is a bug of it, which the transport logs.
  CAUCUS_ASSERT(sent || sent.error().code == errc::link_lost || sent.error().code == errc::busy);
}

result<void> sim_transport::send_on(end& to, to_net& what, sink by) {
  const auto* const code = codes_.find(what.frame.code);
  if (code == nullptr || !codes_.may_send(*code, by)) {
    return fail(errc::unknown_code);
  }
  if (what.frame.body == nullptr || what.frame.body->size() > code->body_size_max) {
    return fail(errc::body_too_large);
  }
  if ((what.request != 0) != (code->kind == packet_kind::request)
      || (what.responds_to != 0) != (code->kind == packet_kind::response)) {
    return fail(errc::bad_flags);
  }
  auto msg_id = what.responds_to;
  if (what.request != 0) {
    const auto deadline = time_.now() + what.timeout;
    const auto issued = to.requests.issue({by, what.request, code->code}, deadline);
    if (!issued) {
      return tl::make_unexpected(issued.error());
    }
    msg_id = *issued;
    time_.at(deadline, [this, id = what.link, lives = lives_] {
      if (*lives) {
        expire(id);
      }
    });
  }
  to.meter->frames_out.fetch_add(1, std::memory_order_relaxed);
  const auto& with = over_.with_;
  if (with.on_said) {
    with.on_said(with_.self, to.other, what.frame);
  }
  std::vector<marshalled_frame> out;
  if (with.instead) {
    out = with.instead(with_.self, to.other, what.frame);
  } else {
    out.push_back(what.frame);
  }
  for (auto& one : out) {
    over_.carry(with_.self, to.other, what.link, {std::move(one), msg_id}, what.responds_to != 0);
  }
  return {};
}

void sim_transport::inject(node_index to, const marshalled_frame& what) {
  const auto found = std::find_if(ends_.begin(), ends_.end(), [to](const auto& one) {
    return one.second.other == to && one.second.is == stage::ready;
  });
  if (found != ends_.end()) {
    over_.carry(with_.self, to, found->first, {what, 0}, false);
  }
}

void sim_transport::expire(link_id id) {
  const auto found = ends_.find(id);
  if (found == ends_.end()) {
    return;
  }
  for (const auto& by : found->second.requests.expire(time_.now())) {
    tell(by.sink, request_ended{id, by.tag, errc::timed_out});
  }
  ring();
}

void sim_transport::tell(sink to, from_net what) {
  consumers_[static_cast<std::size_t>(to)].heard.push(std::move(what));
}

void sim_transport::tell_all(const from_net& what) {
  for (auto& one : consumers_) {
    one.heard.push(what);
  }
}

// -- the control API -------------------------------------------------------------------------------

std::shared_ptr<const sim_reply> sim_transport::call(std::string method, std::string target,
                                                     std::string body) {
  auto out = std::make_shared<sim_reply>();
  open_calls_.emplace(++last_call_, out);
  calls_.push(control_opened{last_call_, std::move(method), std::move(target), std::move(body)});
  ring();
  return out;
}

void sim_transport::hear_reply(to_control& part) {
  const auto found = open_calls_.find(part.call);
  if (found == open_calls_.end()) {
    return;
  }
  auto& reply = *found->second;
  if (reply.status == 0) {
    reply.status = part.status;
    reply.type = std::move(part.type);
  }
  reply.text += part.text;
  reply.done = part.last;
  if (part.last) {
    open_calls_.erase(found);
  } else {
    calls_.push(control_taken{part.call, part.text.size()});
  }
}

void sim_transport::lose_calls() {
  calls_.clear();
  for (auto& [id, reply] : open_calls_) {
    reply->done = true;
    reply->lost = true;
  }
  open_calls_.clear();
}

// -- handshakes ------------------------------------------------------------------------------------

hello sim_transport::our_hello() const {
  hello out;
  out.network = with_.network;
  out.mode = with_.mode;
  out.listen_port = with_.net.listen ? 7400 : 0;
  out.agent = "caucus/simulated";
  return out;
}

void sim_transport::perform(const link_command& what) {
  std::visit(
    overloaded{[this](const dial_link& going) { start(going); },
               [this](const accept_link& yes) {
                 const auto found = ends_.find(yes.id);
                 if (found == ends_.end() || found->second.is != stage::judging) {
                   return; // it has ended meanwhile
                 }
                 auto& one = found->second;
                 if (one.dial != 0) { // the last word: both have accepted
                   become_ready(one);
                   over_.tell(with_.self, one.other,
                              [id = yes.id](sim_transport& there) { there.hear_ping(id); });
                   return;
                 }
                 one.is = stage::waiting;
                 over_.tell(with_.self, one.other,
                            [id = yes.id, said = our_hello()](sim_transport& there) {
                              there.hear_accepted(id, said);
                            });
               },
               [this](const end_link& no) {
                 const auto found = ends_.find(no.id);
                 if (found == ends_.end()) {
                   return;
                 }
                 over_.tell(with_.self, found->second.other,
                            [id = no.id, said = no.goodbye](sim_transport& there) {
                              there.hear_end(id, said.reason, said.detail, true, said.hints);
                            });
                 close(no.id, no.goodbye.reason, no.goodbye.detail, false);
               }},
    what);
}

void sim_transport::start(const dial_link& what) {
  const auto refuse = [this, dial = what.dial](duration after, errc why) {
    time_.in(after, [this, dial, why, lives = lives_] {
      if (*lives) {
        events_.push(dial_failed{dial, why, "simulated"});
        events_.ring();
      }
    });
  };
  const auto to = over_.node_at(what.address);
  if (!to || over_.is_cut(with_.self, *to) || over_.is_cut(*to, with_.self)) {
    return refuse(no_answer_time, errc::connect_failed);
  }
  const auto* const there = over_.at(*to);
  if (there == nullptr || !there->with_.net.listen || *to == with_.self) {
    return refuse(over_.delay(), errc::connect_failed);
  }
  if (what.peer && *what.peer != there->with_.peer) {
    return refuse(over_.delay(), errc::not_the_dialled);
  }
  if (what.probe) {
    time_.in(over_.delay(), [this, dial = what.dial, lives = lives_] {
      if (*lives) {
        events_.push(dial_answered{dial});
        events_.ring();
      }
    });
    return;
  }
  const auto id = over_.last_link_ = over_.last_link_.next();
  auto& mine = ends_[id];
  mine.other = *to;
  mine.who = {id, there->with_.peer, there->with_.mode, true, what.address, what.address};
  mine.dial = what.dial;
  over_.tell(with_.self, *to,
             [id, from = with_.self, peer = with_.peer, said = our_hello()](sim_transport& other) {
               other.hear_hello(id, from, peer, said);
             });
  limit_handshake(id);
}

void sim_transport::limit_handshake(link_id id) {
  time_.in(with_.net.handshake_timeout, [this, id, lives = lives_] {
    if (!*lives) {
      return;
    }
    if (const auto found = ends_.find(id);
        found != ends_.end() && found->second.is != stage::ready) {
      close(id, errc::handshake_timeout, {}, false);
    }
  });
}

void sim_transport::hear_hello(link_id id, node_index from, const peer_id& peer,
                               const hello& what) {
  auto& mine = ends_[id];
  mine.other = from;
  const auto at = sim_network::address_of(from);
  mine.who = {id, peer, what.mode, false, at, what.listen_port != 0 ? at : std::string{}};
  mine.who.protocol = std::min(what.version_max, protocol_version_max);
  mine.is = stage::judging;
  mine.theirs = what;
  events_.push(hello_heard{mine.who, what, {from + 1, false}, 0});
  events_.ring();
  limit_handshake(id);
}

void sim_transport::hear_accepted(link_id id, const hello& what) {
  const auto found = ends_.find(id);
  if (found == ends_.end() || found->second.is != stage::asking) {
    return;
  }
  auto& one = found->second;
  one.is = stage::judging;
  one.theirs = what;
  one.who.protocol = std::min(what.version_max, protocol_version_max);
  events_.push(hello_heard{one.who, what, {one.other + 1, false}, one.dial});
  events_.ring();
}

void sim_transport::hear_ping(link_id id) {
  if (const auto found = ends_.find(id);
      found != ends_.end() && found->second.is == stage::waiting) {
    become_ready(found->second);
  }
}

void sim_transport::become_ready(end& of) {
  of.is = stage::ready;
  tell_all(link_up{of.who});
  events_.push(link_ready{of.who, of.theirs, {of.other + 1, false}, of.dial, of.meter});
  ring();
}

// -- hearing ---------------------------------------------------------------------------------------

void sim_transport::hear_frame(link_id id, const sim_frame& what) {
  const auto found = ends_.find(id);
  if (found == ends_.end()) {
    return;
  }
  auto& one = found->second;
  if (one.is == stage::waiting) { // a frame has overtaken the ping
    become_ready(one);
  }
  const auto* const code = codes_.find(what.what.code);
  if (one.is != stage::ready || code == nullptr || code->sink == sink::peer_net) {
    return; // not known here: skipped
  }
  const auto& body = what.what.body;
  time_.trace(static_cast<std::uint64_t>(code->code) << 32U | word_over(*body) >> 32U);
  one.meter->frames_in.fetch_add(1, std::memory_order_relaxed);
  one.meter->active_at.store(time_.now().time_since_epoch().count(), std::memory_order_relaxed);
  frame_in heard;
  heard.link = id;
  heard.peer = one.who.peer;
  heard.header.body_size = static_cast<std::uint32_t>(body->size());
  heard.header.code = code->code;
  heard.header.flags = flags_of(code->kind);
  heard.header.msg_id = what.msg_id;
  heard.header.tag = code->tag;
  heard.header.group = what.what.group;
  heard.body = body;
  auto to = code->sink;
  if (code->kind == packet_kind::response) {
    if (!one.requests.fits(what.msg_id, *code)) {
      return close(id, errc::unasked_response, "simulated", false, true);
    }
    const auto by = one.requests.answer(what.msg_id);
    if (!by || !*by) {
      return; // late, or the weather has said it twice
    }
    to = (*by)->sink;
    heard.answers = (*by)->tag;
  }
  auto& hearer = consumers_[static_cast<std::size_t>(to)];
  if (code->kind != packet_kind::response && code->lane != lane::consensus) {
    static_cast<void>(hearer.heard.offer(from_net{std::move(heard)})); // else it is dropped
  } else {
    hearer.heard.push(from_net{std::move(heard)});
  }
  hearer.heard.ring();
}

void sim_transport::hear_end(link_id id, errc why, const std::string& detail, bool by_peer,
                             std::vector<peer_hint> hints) {
  close(id, why, detail, by_peer, false, std::move(hints));
}

void sim_transport::close(link_id id, errc why, const std::string& detail, bool by_peer,
                          bool misbehaved, std::vector<peer_hint> hints) {
  auto gone = ends_.extract(id);
  if (!gone) {
    return;
  }
  over_.forget(id);
  auto& one = gone.mapped();
  if (!by_peer) {
    over_.leave_alone(one.other, id, with_.net.dead_after);
  }
  for (const auto& by : one.requests.end_all()) {
    tell(by.sink, request_ended{id, by.tag, errc::link_lost});
  }
  if (one.is == stage::ready) {
    tell_all(link_down{id, one.who.peer, why});
  }
  if (by_peer && one.dial != 0 && why != errc::duplicate_link) {
    tell_all(link_refused{one.who.peer, why, detail});
  }
  events_.push(
    link_closed{id, one.who.peer, one.dial, why, detail, by_peer, misbehaved, std::move(hints)});
  if (misbehaved) { // the other side hears no more of it either
    over_.tell(with_.self, one.other,
               [id](sim_transport& there) { there.hear_end(id, errc::link_lost, {}, false, {}); });
  }
  ring();
}

} // namespace caucus::sim
