#include "apps/measure/traffic.hpp"

#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace caucus::measure {

namespace {

constexpr std::size_t items_per_turn = 256;

/// A body of its own for each frame, as an actor has that marshals what it says.
shared_bytes numbered(body_pool& from, std::uint64_t number, std::size_t size) {
  return from.make(
    size, [number](std::span<std::byte> to) { std::memcpy(to.data(), &number, sizeof number); });
}

std::uint64_t number_in(const frame_in& what) {
  std::uint64_t out = 0;
  std::memcpy(&out, what.body->data(), std::min(sizeof out, what.body->size()));
  return out;
}

void send_one(outbox<to_net>& by, to_net what) {
  const bool sent = by.try_push(std::move(what));
  CAUCUS_ASSERT(sent); // there is never more than one
}

} // namespace

std::size_t window_of(std::size_t frame_size) {
  return std::clamp<std::size_t>(window_size_max / (frame_header_size + frame_size), 4,
                                 window_count_max);
}

// -- one way ---------------------------------------------------------------------------------------

frame_source::frame_source(ports its_ports, context& /*around*/, traffic_setup setup)
    : ports_{std::move(its_ports)}, setup_{std::move(setup)}, window_{
                                                                window_of(setup_.frame_size)} {
  CAUCUS_ASSERT(setup_.frame_size >= sizeof(std::uint64_t));
}

bool frame_source::step() {
  const auto heard = ports_.heard.drain(items_per_turn, [this](const from_net& what) {
    std::visit(overloaded{[this](const link_up& up) { to_ = up.info.id; },
                          [this](const frame_in& frame) { confirmed_ = number_in(frame); },
                          ignored<link_down, request_ended, link_refused>{}},
               what);
  });
  std::size_t pushed = 0;
  auto room = std::min(ports_.said.space(), items_per_turn);
  for (; room > 0 && may_send(); --room, ++pushed, ++sent_) {
    static_cast<void>(ports_.said.try_push_quietly(
      to_net{*to_, {forth_code, {}, numbered(bodies_, sent_, setup_.frame_size)}}));
  }
  ports_.said.ring_bell();
  return heard + pushed > 0;
}

bool frame_source::idle() {
  return ports_.heard.empty() && (!may_send() || ports_.said.full());
}

frame_sink::frame_sink(ports its_ports, context& around, traffic_setup setup)
    : ports_{std::move(its_ports)}, around_{around}, setup_{std::move(setup)},
      share_{window_of(setup_.frame_size) / 4} {}

bool frame_sink::step() {
  const auto heard = ports_.heard.drain(items_per_turn, [this](const from_net& what) {
    std::visit(overloaded{[this](const frame_in& frame) { hear(frame); },
                          ignored<link_up, link_down, request_ended, link_refused>{}},
               what);
  });
  if (heard > 0) {
    follow_time();
    confirm();
  }
  return heard > 0;
}

bool frame_sink::idle() const {
  return ports_.heard.empty();
}

void frame_sink::hear(const frame_in& what) {
  const auto number = number_in(what);
  if (number > next_) {
    lost_ += number - next_;
  } else if (number < next_ || what.body->size() != setup_.frame_size) {
    ++lost_;
  }
  next_ = std::max(next_, number + 1);
  from_ = what.link;
  ++heard_;
}

void frame_sink::follow_time() {
  if (done_ || heard_ == 0) {
    return;
  }
  const auto now = around_.now();
  if (!first_) {
    first_ = now;
  }
  if (!began_) {
    if (now >= *first_ + setup_.warm_up) {
      began_ = now;
      heard_before_ = heard_;
    }
    return;
  }
  if (now >= *began_ + setup_.time) {
    done_ = true;
    const std::chrono::duration<double> took = now - *began_;
    setup_.on_measured({static_cast<double>(heard_ - heard_before_) / took.count(), 0, 0, lost_});
  }
}

// One that finds no room is made up for by the next.
void frame_sink::confirm() {
  if (next_ - confirmed_ < share_) {
    return;
  }
  if (ports_.said.try_push(
        to_net{from_, {back_code, {}, numbered(bodies_, next_, sizeof next_)}})) {
    confirmed_ = next_;
  }
}

// -- there and back --------------------------------------------------------------------------------

echo_asker::echo_asker(ports its_ports, context& /*around*/, traffic_setup setup)
    : ports_{std::move(its_ports)}, setup_{std::move(setup)} {}

bool echo_asker::step() {
  return ports_.heard.drain(items_per_turn, [this](const from_net& what) {
    std::visit(overloaded{[this](const link_up& up) {
                            to_ = up.info.id;
                            ask();
                          },
                          [this](const frame_in&) {
                            follow(clock::now());
                            ask();
                          },
                          ignored<link_down, request_ended, link_refused>{}},
               what);
  }) > 0;
}

void echo_asker::ask() {
  asked_ = clock::now();
  send_one(ports_.said, {*to_, {forth_code, {}, numbered(bodies_, 0, setup_.frame_size)}});
}

void echo_asker::follow(clock::time_point now) {
  if (!first_) {
    first_ = now;
  }
  if (done_ || now < *first_ + setup_.warm_up) {
    return;
  }
  trips_.push_back(std::chrono::duration<float, std::micro>(now - asked_).count());
  if (now < *first_ + setup_.warm_up + setup_.time) {
    return;
  }
  done_ = true;
  std::sort(trips_.begin(), trips_.end());
  const std::chrono::duration<double> took = setup_.time;
  setup_.on_measured({static_cast<double>(trips_.size()) / took.count(), trips_[trips_.size() / 2],
                      trips_[trips_.size() * 99 / 100], 0});
}

echo_answerer::echo_answerer(ports its_ports, context& /*around*/, const traffic_setup& /*setup*/)
    : ports_{std::move(its_ports)} {}

bool echo_answerer::step() {
  return ports_.heard.drain(items_per_turn, [this](const from_net& what) {
    std::visit(overloaded{[this](const frame_in& frame) {
                            send_one(ports_.said, {frame.link, {back_code, {}, frame.body}});
                          },
                          ignored<link_up, link_down, request_ended, link_refused>{}},
               what);
  }) > 0;
}

} // namespace caucus::measure
