#include "actors/peer_net/link_machine.hpp"

#include "actors/peer_net/limits.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"

#include <string>
#include <utility>

namespace caucus {

namespace {

/// Pings are answered while so little waits: one who asks and never reads fills no lane of ours.
constexpr std::size_t pong_backlog_max = 64 * 1024;

} // namespace

link_machine::link_machine(const tag_table& codes, const peer_net_config& config,
                           std::shared_ptr<doorbell> bell)
    : codes_{&codes}, config_{&config}, bell_{std::move(bell)}, reader_{codes} {}

link_machine::~link_machine() {
  close_bodies();
}

void link_machine::close_bodies() {
  if (bodies_ != nullptr) {
    bodies_->close();
    bodies_.reset();
  }
}

void link_machine::init(link_id id, bool dialled, time_point now) {
  CAUCUS_ASSERT(state_ == link_state::fresh);
  state_ = link_state::tls;
  id_ = id;
  dialled_ = dialled;
  bodies_ = std::make_shared<body_budget>(bodies_held_max, bell_);
  since_ = now;
  heard_ = now;
  pinged_ = now;
}

void link_machine::reset() {
  state_ = link_state::fresh;
  id_ = {};
  peer_ = {};
  judging_ = accepted_ = was_ready_ = false;
  read_on_ = true;
  theirs_.reset();
  reader_.reset();
  writer_.reset();
  requests_.reset();
  close_bodies();
  rates_.reset();
  waiting_since_.reset();
  cookie_ = 0;
  numbers_ = {};
}

void link_machine::secured(const peer_id& peer, hello ours, time_point now,
                           std::shared_ptr<peer_rates> rates) {
  CAUCUS_ASSERT(state_ == link_state::tls);
  rates_ = rates != nullptr ? std::move(rates) : std::make_shared<peer_rates>(*config_, now);
  state_ = link_state::hello;
  peer_ = peer;
  ours_ = std::move(ours);
  heard_ = now;
  if (dialled_) {
    tell(code_of<hello>, encode(ours_));
  }
}

bool link_machine::accept(time_point now) {
  CAUCUS_ASSERT(state_ == link_state::hello && judging_);
  judging_ = false;
  accepted_ = true;
  heard_ = now;
  if (!dialled_) {
    tell(code_of<hello>, encode(ours_));
    return false; // ready when the dialler has accepted it
  }
  become_ready(now);
  return true;
}

void link_machine::become_ready(time_point now) {
  state_ = link_state::ready;
  was_ready_ = true;
  reader_.hello_accepted();
  if (dialled_) {
    send_ping(now);
  }
}

void link_machine::say_goodbye(const goodbye& what, bool read_on, time_point now) {
  if (state_ == link_state::closing) {
    return;
  }
  if (state_ != link_state::tls) {
    tell(code_of<goodbye>, encode(what));
  }
  state_ = link_state::closing;
  judging_ = false;
  read_on_ = read_on;
  since_ = now;
}

link_machine::appetite link_machine::may_read(time_point now) {
  if (judging_ || !read_on_ || rates_ == nullptr) {
    heard_ = now; // our own doing: no reason to call the peer dead
    return {};
  }
  const auto ready = rates_->ready_at(now);
  if (ready > now) {
    heard_ = now;
    return {false, ready};
  }
  if (bodies_->exhausted()) {
    heard_ = now;
    return {};
  }
  return {true, std::nullopt};
}

result<link_machine::progress> link_machine::read(bytes_view from, time_point now) {
  CAUCUS_TRY(auto taken, reader_.read(from));
  heard_ = now;
  rates_->bytes.take(taken.consumed);
  numbers_.bytes_in += taken.consumed;
  progress done{taken.consumed, {}};
  if (taken.frame) {
    rates_->frames.take(1);
    ++numbers_.frames_in;
    CAUCUS_TRY(auto news, on_frame(std::move(*taken.frame), now));
    done.news = std::move(news);
  }
  return done;
}

link_machine::maybe_news link_machine::on_frame(read_frame frame, time_point now) {
  CAUCUS_TRY(auto whose, switch_code(frame));
  return std::visit(
    overloaded{[&](const forward& to) { return on_forward(std::move(frame), to); },
               [&](const to_asker& to) { return on_response(std::move(frame), to); },
               [&](hello& greeting) { return on_hello(frame, std::move(greeting)); },
               [&](goodbye& bye) { return maybe_news{link_news{heard_goodbye{std::move(bye)}}}; },
               [&](const ping&) { return on_ping(std::move(frame), now); },
               [&](const pong& echo) { return on_pong(frame, echo, now); },
               [&](const skip&) { return on_skipped(frame); }},
    whose);
}

link_machine::maybe_news link_machine::on_hello(const read_frame& frame, hello what) {
  if (state_ != link_state::hello || theirs_) {
    return out_of_turn(frame);
  }
  theirs_ = what;
  judging_ = true;
  return link_news{heard_hello{std::move(what)}};
}

link_machine::maybe_news link_machine::on_ping(read_frame frame, time_point now) {
  const bool confirms = state_ == link_state::hello && accepted_;
  if (confirms) {
    become_ready(now);
  } else if (!was_ready_) {
    return out_of_turn(frame);
  }
  if (state_ == link_state::ready && writer_.counts(lane::consensus).waiting < pong_backlog_max) {
    tell(code_of<pong>, std::move(frame.body)); // the same cookie
  }
  return confirms ? std::optional{link_news{became_ready{}}} : std::nullopt;
}

link_machine::maybe_news link_machine::on_pong(const read_frame& frame, const pong& what,
                                               time_point now) {
  if (!was_ready_) {
    return out_of_turn(frame);
  }
  if (what.cookie == cookie_ && now >= pinged_) {
    numbers_.round_trip = now - pinged_;
  }
  return std::nullopt;
}

link_machine::maybe_news link_machine::on_skipped(const read_frame& frame) {
  if (!was_ready_) {
    return out_of_turn(frame);
  }
  ++numbers_.skipped;
  return std::nullopt;
}

link_machine::maybe_news link_machine::on_forward(read_frame&& frame, const forward& to) {
  if (!was_ready_) {
    return out_of_turn(frame);
  }
  const bool may_drop = frame.known->lane != lane::consensus;
  return heard(std::move(frame), to.sink, 0, may_drop);
}

link_machine::maybe_news link_machine::on_response(read_frame&& frame, const to_asker& to) {
  if (!was_ready_) {
    return out_of_turn(frame);
  }
  if (!requests_.fits(to.msg_id, *frame.known)) { // it waits on, for the link's end
    return fail(errc::unasked_response,
                "code " + std::to_string(static_cast<std::uint16_t>(frame.header.code))
                  + " answers no request like " + std::to_string(to.msg_id));
  }
  CAUCUS_TRY(const auto by, requests_.answer(to.msg_id));
  if (!by) {
    ++numbers_.late;
    return std::nullopt;
  }
  // Never dropped: its request must end, in this or nothing.
  return heard(std::move(frame), by->sink, by->tag, false);
}

link_news link_machine::heard(read_frame&& frame, sink to, std::uint64_t answers, bool may_drop) {
  heard_frame out;
  out.sink = to;
  out.may_drop = may_drop;
  out.frame.link = id_;
  out.frame.peer = peer_;
  out.frame.header = frame.header;
  out.frame.answers = answers;
  bytes spare;
  out.frame.body = bodies_->count(std::move(frame.body), spare);
  reader_.reuse(std::move(spare));
  return link_news{std::move(out)};
}

tl::unexpected<error> link_machine::out_of_turn(const read_frame& frame) const {
  return fail(errc::out_of_turn,
              "code " + std::to_string(static_cast<std::uint16_t>(frame.header.code))
                + (was_ready_ ? " on a ready link" : " before hello was accepted"));
}

result<void> link_machine::send(to_net what, sink by, time_point now) {
  if (state_ != link_state::ready) {
    return fail(errc::link_lost);
  }
  const auto* const code = codes_->find(what.frame.code);
  if (code == nullptr || code->sink == sink::peer_net) {
    return fail(errc::unknown_code);
  }
  if (!codes_->may_send(*code, by)) {
    return fail(errc::code_taken, "another actor has it");
  }
  if (what.frame.body == nullptr) {
    return fail(errc::truncated, "a frame without a body");
  }
  if ((what.request != 0) != (code->kind == packet_kind::request)
      || (what.responds_to != 0) != (code->kind == packet_kind::response)) {
    return fail(errc::bad_flags);
  }
  auto msg_id = what.responds_to;
  if (what.request != 0) {
    CAUCUS_TRY(auto issued, requests_.issue({by, what.request, code->code}, now + what.timeout));
    msg_id = issued;
  }
  auto pushed = writer_.push(*code, std::move(what.frame), msg_id);
  if (!pushed && what.request != 0) {
    static_cast<void>(requests_.answer(msg_id)); // never went out: the caller is told here
  }
  return pushed;
}

void link_machine::wrote(std::size_t count, bool moving, bool more, time_point now) {
  numbers_.bytes_out += count;
  if (!more) {
    waiting_since_.reset();
  } else if (moving || !waiting_since_) {
    waiting_since_ = now;
  }
}

void link_machine::moves(time_point now) {
  if (waiting_since_) {
    waiting_since_ = now;
  }
}

std::optional<errc> link_machine::on_tick(time_point now) {
  if (bodies_ != nullptr) {
    bodies_->trim();
  }
  switch (state_) {
    case link_state::fresh: return std::nullopt;
    case link_state::tls:
    case link_state::hello:
      return now - since_ >= config_->handshake_timeout ? std::optional{errc::handshake_timeout}
                                                        : std::nullopt;
    case link_state::closing:
      return now - since_ >= linger ? std::optional{errc::shutting_down} : std::nullopt;
    case link_state::ready: break;
  }
  if (waiting_since_ && now - *waiting_since_ >= config_->stalled_after) {
    return errc::write_stalled;
  }
  if (now - heard_ >= config_->dead_after) {
    return errc::keepalive_timeout;
  }
  if (now - pinged_ >= config_->keepalive) {
    send_ping(now);
  }
  return std::nullopt;
}

link_numbers link_machine::numbers() const {
  auto out = numbers_;
  out.frames_out = writer_.frames();
  for (const auto of : {lane::consensus, lane::gossip, lane::bulk}) {
    out.dropped += writer_.counts(of).dropped;
  }
  out.late = requests_.late();
  return out;
}

// A link whose lane has no room for a ping has enough to say.
void link_machine::tell(packet_code code, bytes body) {
  static_cast<void>(
    writer_.push(*codes_->find(code), {code, {}, std::make_shared<const bytes>(std::move(body))}));
}

void link_machine::send_ping(time_point now) {
  pinged_ = now;
  tell(code_of<ping>, encode(ping{++cookie_}));
}

} // namespace caucus
