#include "apps/caucus/load_actor.hpp"

#include "messages/mutation.hpp"
#include "runtime/archive/codec.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

namespace caucus::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t answers_per_turn = 1'024;
/// After `busy`: long beside a turn, short beside a view.
constexpr duration busy_pause = 1ms;
constexpr duration proposal_timeout = 60s;

} // namespace

load_actor::load_actor(ports its_ports, context& around, load_setup setup)
    : ports_{std::move(its_ports)}, around_{around}, setup_{std::move(setup)},
      random_{std::random_device{}()}, began_(setup_.outstanding), free_(setup_.outstanding) {
  std::iota(free_.rbegin(), free_.rend(), std::size_t{0});
}

bool load_actor::step() {
  const auto heard = ports_.heard.drain(answers_per_turn, [this](const notary_answer& what) {
    if (const auto* const answer = std::get_if<propose_answer>(&what)) {
      hear(*answer);
    }
  });
  std::size_t proposed = 0;
  if (around_.now() >= pause_) {
    while (!free_.empty() && propose(free_.back())) {
      free_.pop_back();
      ++proposed;
    }
    ports_.asks.ring_bell();
  } else {
    around_.wake_at(pause_);
  }
  follow_time();
  return heard + proposed > 0;
}

bool load_actor::idle() {
  return ports_.heard.empty() && (free_.empty() || around_.now() < pause_ || ports_.asks.full());
}

void load_actor::hear(const propose_answer& what) {
  const auto slot = static_cast<std::size_t>(what.tag) - 1;
  if (slot >= began_.size()) {
    return;
  }
  const auto now = around_.now();
  free_.push_back(slot);
  if (!what.what) {
    ++result_.failed;
    pause_ = now + busy_pause;
    return;
  }
  if (!first_) {
    first_ = now;
    around_.wake_at(now + setup_.warm_up);
  }
  if (!from_ || done_) {
    return;
  }
  ++(what.what->status == receipt_status::applied ? result_.applied : result_.refused);
  result_.latencies.add(now - began_[slot]);
}

void load_actor::follow_time() {
  const auto now = around_.now();
  if (done_ || !first_) {
    return;
  }
  if (!from_ && now >= *first_ + setup_.warm_up) {
    from_ = now;
    result_ = {};
    around_.wake_at(now + setup_.time);
    setup_.began();
  } else if (from_ && now >= *from_ + setup_.time) {
    done_ = true;
    result_.time = now - *from_;
    setup_.done(result_);
  }
}

bytes load_actor::next_mutation() {
  mutation out;
  out.variable = setup_.variable;
  bytes payload(setup_.payload);
  const std::uint64_t number = ++count_;
  std::memcpy(payload.data(), &number, std::min(sizeof number, payload.size()));
  if (setup_.kind == workload::map) {
    const auto key = "key" + std::to_string(random_() % setup_.keys);
    const auto raw = as_bytes(key);
    out.arguments.emplace_back(bytes{raw.begin(), raw.end()});
  }
  out.arguments.emplace_back(std::move(payload));
  return encode(out);
}

bool load_actor::propose(std::size_t slot) {
  if (ports_.asks.space() == 0 && ports_.asks.full()) {
    return false;
  }
  propose_request asking;
  asking.tag = slot + 1;
  asking.what = next_mutation();
  asking.timeout = proposal_timeout;
  began_[slot] = around_.now();
  return ports_.asks.try_push_quietly(notary_request{std::move(asking)});
}

} // namespace caucus::cli
