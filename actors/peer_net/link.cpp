#include "actors/peer_net/link.hpp"

#include "actors/peer_net/limits.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/clock.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

namespace {

/// A meter is read by people: once a second.
constexpr std::uint32_t ticks_per_meter = 20;
/// What a link may write before others have their turn. The kernel usually takes less.
constexpr std::size_t written_per_turn = 1024 * 1024;
/// Bytes a tick, both ways: 320 KiB/s. A link that says less pays 1 µs a record for its buffers.
constexpr std::uint64_t busy_size = 16 * 1024;
/// Bytes a tick, both ways: 10 MiB/s. Above it what is sent fills record after record.
constexpr std::uint64_t streaming_size = 512 * 1024;

} // namespace

link::link(std::shared_ptr<link_host> host, std::unique_ptr<link_machine> machine,
           tls_socket socket, origin from)
    : keep_host_{std::move(host)}, host_{*keep_host_}, machine_{std::move(machine)},
      socket_{std::move(socket)}, from_{std::move(from)} {}

link::~link() {
  static_cast<void>(machine_->end_requests()); // told already, but where the loop is gone
  machine_->reset();
  host_.recycle(std::move(machine_));
}

link_info link::info() const {
  return as_it_says({machine_->id(), machine_->peer(), {}, machine_->dialled(), from_.address},
                    machine_->theirs());
}

// -- from connected to secured ---------------------------------------------------------------------

void link::begin(ssl_ctx_st* context, tls_side side) {
  if (dead_) {
    socket_.close(); // given up meanwhile
    return;
  }
  if (const auto begun = socket_.begin(context, side); !begun) {
    fail_to_connect(begun.error().code, begun.error().detail);
    return;
  }
  turn();
}

void link::fail_to_connect(errc why, std::string detail) {
  finish(why, std::move(detail), false, false);
  die();
}

void link::shake_hands() {
  const auto step = socket_.shake_hands();
  if (step.wait == tls_wait::closed || step.wait == tls_wait::failed) {
    const bool failed = step.wait == tls_wait::failed;
    fail_to_connect(failed ? errc::bad_x509 : errc::link_lost,
                    failed ? socket_.problem() : "closed in the TLS handshake");
    return;
  }
  if (step.wait != tls_wait::nothing) {
    wait_for(step.wait);
    return;
  }
  if (!secure()) {
    die();
  }
}

bool link::secure() {
  const auto who = tls_peer(socket_.native());
  if (!who) {
    finish(who.error().code, who.error().detail, false, false);
    return false;
  }
  if (from_.wanted && *from_.wanted != *who) {
    finish(errc::not_the_dialled, "another node answers at " + from_.address, false, false);
    return false;
  }
  secured_ = true;
  machine_->secured(*who, host_.our_hello(), steady_now(), host_.rates_of(*who));
  host_.on_secured(*this);
  gone_ = from_.probe; // answered: that was all
  return !from_.probe;
}

// -- turns -----------------------------------------------------------------------------------------

void link::turn() {
  const auto keep = shared_from_this(); // host_ may let go of us on the way
  if (dead_) {
    return;
  }
  if (!secured_) {
    shake_hands();
    if (!secured_ || dead_) {
      return;
    }
  }
  switch (read_some()) {
    case turn_end::waiting: wait_for(tls_wait::readable); break;
    case turn_end::spent: post_turn(); break;
    case turn_end::paused:
    case turn_end::over: break;
  }
  host_.on_turn_end();
  flush();
}

void link::resume() {
  room_wanted_ = false;
  if (!dead_ && secured_) {
    post_turn();
  }
}

link::turn_end link::read_some() {
  std::size_t frames = 0;
  std::size_t size = 0;
  while (!dead_) {
    if (const auto end = consume_kept(frames); end != turn_end::waiting) {
      return end;
    }
    if (frames >= frames_per_turn || size >= bytes_per_turn) {
      return turn_end::spent;
    }
    const bool closing = gone_;
    if (!closing && is_starved(steady_now())) {
      return turn_end::paused;
    }
    const auto room = host_.read_scratch();
    const auto got = socket_.read(room);
    if (got.wait != tls_wait::nothing) {
      return end_reading(got.wait);
    }
    size += got.size;
    if (closing) {
      continue; // what comes after the end is nobody's
    }
    bytes_view fresh{room.first(got.size)};
    if (const auto end = consume(fresh, frames); end != turn_end::waiting) {
      in_.assign(fresh.begin(), fresh.end());
      return end;
    }
  }
  return turn_end::over;
}

// True: nothing more may be read now, and the host knows who waits.
bool link::is_starved(time_point now) {
  const auto wanted = machine_->may_read(now);
  if (wanted.hungry) {
    return false;
  }
  paused_until_ = wanted.until;
  host_.on_starved(*this);
  return true;
}

link::turn_end link::end_reading(tls_wait why) {
  if (why == tls_wait::readable && !write_failed_) {
    return turn_end::waiting;
  }
  if (why == tls_wait::writable) {
    wait_for(why);
    return turn_end::paused;
  }
  // A client's handshake ends before its certificate is judged: the verdict comes here.
  const bool refused = why == tls_wait::failed && !machine_->was_ready();
  finish(refused ? errc::bad_x509 : ended_why_, socket_.problem(), false, false);
  die();
  return turn_end::over;
}

// What a turn before this one had read and not taken.
link::turn_end link::consume_kept(std::size_t& frames) {
  if (in_.empty()) {
    return turn_end::waiting;
  }
  auto left = bytes_view{in_}.subspan(in_at_);
  const auto end = consume(left, frames);
  in_at_ = in_.size() - left.size();
  if (left.empty()) {
    in_.clear(); // keeps its memory: at most one record's
    in_at_ = 0;
  }
  return end;
}

// `waiting`: all is taken. One look at clock and rates for a record at most: between frames 20 ns matter.
link::turn_end link::consume(bytes_view& from, std::size_t& frames) {
  const auto now = steady_now();
  bool may_go_on = false;
  while (!from.empty()) {
    if (gone_) {
      from = {};
      break;
    }
    if (room_wanted_) {
      return turn_end::paused;
    }
    if (!may_go_on && is_starved(now)) {
      return turn_end::paused;
    }
    if (frames >= frames_per_turn) {
      return turn_end::spent;
    }
    auto taken = machine_->read(from, now);
    if (!taken) {
      misbehaved(taken.error());
      return dead_ ? turn_end::over : turn_end::spent;
    }
    from = from.subspan(taken->consumed);
    frames += taken->news ? 1 : 0;
    if (taken->news && !handle(std::move(*taken->news), now)) {
      return turn_end::over;
    }
    may_go_on = machine_->may_go_on();
  }
  return turn_end::waiting;
}

// False: the link is dead.
bool link::handle(link_news news, time_point now) {
  std::visit(overloaded{[&](heard_frame& frame) {
                          meter_->active_at.store(now.time_since_epoch().count(),
                                                  std::memory_order_relaxed);
                          room_wanted_ = !host_.deliver(std::move(frame));
                        },
                        [&](const heard_hello&) { host_.on_hello(*this); },
                        [&](const became_ready&) { host_.on_ready(*this); },
                        [&](heard_goodbye& bye) { end_by(std::move(bye.goodbye)); }},
             news);
  return !dead_;
}

void link::end_by(goodbye peers) {
  const bool known = peers.reason >= errc::wrong_network && peers.reason <= errc::shutting_down;
  finish(known ? peers.reason : errc::link_closed_by_peer, std::move(peers.detail), true, false,
         std::move(peers.hints));
  die();
}

// What the socket left of the last write, or what the machine has next. Nothing: there is nothing.
std::optional<tls_progress> link::write_some() {
  if (out_at_ < out_.size()) {
    const auto done = socket_.write(bytes_view{out_}.subspan(out_at_));
    out_at_ += done.size;
    return done;
  }
  out_.clear();
  out_at_ = 0;
  const auto room = host_.write_scratch();
  const auto size = machine_->fill(room);
  if (size == 0) {
    return std::nullopt;
  }
  const auto done = socket_.write(room.first(size));
  if (done.size < size) {
    const auto rest = room.first(size).subspan(done.size);
    out_.assign(rest.begin(), rest.end());
  }
  return done;
}

void link::flush() {
  if (!secured_ || dead_ || waits_writable_ || write_failed_) {
    return;
  }
  const auto sent_before = socket_.sent();
  std::size_t written = 0;
  auto blocked = tls_wait::nothing;
  while (blocked == tls_wait::nothing && written < written_per_turn) {
    const auto done = write_some();
    if (!done) {
      break;
    }
    written += done->size;
    blocked = done->wait;
  }
  if (blocked == tls_wait::nothing) {
    blocked = socket_.flush().wait;
  }
  const bool stopped = blocked != tls_wait::nothing;
  if (stopped) {
    wait_for(blocked);
  }
  const bool more = stopped || out_at_ < out_.size() || !machine_->nothing_to_send();
  machine_->wrote(written, socket_.sent() != sent_before, more, steady_now());
  if (more && !stopped) {
    post_turn();
  }
  if (!more && machine_->state() == link_state::closing) {
    socket_.end_writing();
  }
}

// -- waiting ---------------------------------------------------------------------------------------

void link::wait_for(tls_wait what) {
  if (what == tls_wait::closed || what == tls_wait::failed) {
    write_failed_ = true; // what the peer has said before, its goodbye maybe, is still read
    post_turn();
    return;
  }
  auto& waits = what == tls_wait::readable ? waits_readable_ : waits_writable_;
  if (dead_ || std::exchange(waits, true)) {
    return;
  }
  using boost::asio::ip::tcp;
  const auto kind = what == tls_wait::readable ? tcp::socket::wait_read : tcp::socket::wait_write;
  socket_.lower().async_wait(kind,
                             [self = shared_from_this(), &waits](boost::system::error_code why) {
                               waits = false;
                               if (!why) {
                                 self->turn();
                               }
                             });
}

void link::post_turn() {
  if (!std::exchange(turn_posted_, true)) {
    boost::asio::post(socket_.lower().get_executor(), [self = shared_from_this()] {
      self->turn_posted_ = false;
      self->turn();
    });
  }
}

void link::on_tick(time_point now) {
  const auto keep = shared_from_this();
  // The kernel says that there is room when a third of its megabytes is free: late, with a slow reader.
  if (waits_writable_) {
    const auto before = std::exchange(taken_at_tick_, socket_.taken());
    if (taken_at_tick_ != before) {
      machine_->moves(now);
    }
  }
  if (const auto why = machine_->on_tick(now)) {
    cut(*why == errc::shutting_down ? ended_why_ : *why);
    return;
  }
  if (paused_until_ && *paused_until_ <= now) {
    paused_until_.reset();
    post_turn();
  }
  if (!machine_->nothing_to_send()) {
    flush();
  }
  follow_load();
  if (!dead_ && ++ticks_ % ticks_per_meter == 0) {
    update_meter();
  }
}

// Busy links are given memory, others are many.
void link::follow_load() {
  const auto numbers = machine_->numbers();
  const auto size = numbers.bytes_in + numbers.bytes_out;
  const auto since = size - size_at_tick_;
  size_at_tick_ = size;
  const auto load = since >= streaming_size ? tls_load::streaming
                    : since >= busy_size    ? tls_load::busy
                                            : tls_load::idle;
  if (secured_ && !dead_) {
    socket_.follow(load);
  }
}

void link::update_meter() {
  const auto numbers = machine_->numbers();
  meter_->frames_in.store(numbers.frames_in, std::memory_order_relaxed);
  meter_->frames_out.store(numbers.frames_out, std::memory_order_relaxed);
  meter_->bytes_in.store(numbers.bytes_in, std::memory_order_relaxed);
  meter_->bytes_out.store(numbers.bytes_out, std::memory_order_relaxed);
  meter_->dropped.store(numbers.dropped, std::memory_order_relaxed);
  meter_->round_trip.store(numbers.round_trip.count(), std::memory_order_relaxed);
}

// -- ends ------------------------------------------------------------------------------------------

void link::accept() {
  if (dead_ || !machine_->judged_by_others()) {
    return; // came too late
  }
  if (machine_->accept(steady_now())) {
    host_.on_ready(*this);
  }
  flush();
  resume();
}

void link::end(const goodbye& what) {
  if (dead_ || machine_->state() == link_state::closing) {
    return;
  }
  const auto keep = shared_from_this();
  const bool read_on = what.reason == errc::duplicate_link && machine_->was_ready();
  ended_why_ = what.reason;
  machine_->say_goodbye(what, read_on, steady_now());
  if (!read_on) {
    finish(what.reason, what.detail, false, false);
  }
  if (!secured_) {
    die();
    return;
  }
  flush();
  resume(); // to its end
}

void link::misbehaved(const error& how) {
  ended_why_ = how.code;
  machine_->say_goodbye({how.code, {}, {}}, false, steady_now());
  finish(how.code, how.detail, false, true);
  flush();
}

void link::cut(errc why) {
  finish(why, {}, false, false);
  die();
}

void link::finish(errc why, std::string detail, bool by_peer, bool misbehaved,
                  std::vector<peer_hint> hints) {
  if (!std::exchange(gone_, true)) {
    update_meter();
    host_.on_gone(*this, {machine_->id(), machine_->peer(), from_.dial, why, std::move(detail),
                          by_peer, misbehaved, std::move(hints)});
  }
}

void link::die() {
  if (!std::exchange(dead_, true)) {
    CAUCUS_ASSERT(gone_);
    socket_.close();
    host_.on_dead(*this);
  }
}

} // namespace caucus
