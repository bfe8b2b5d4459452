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

constexpr std::size_t items_per_turn = 1'024;
/// After `busy`: long beside a turn, short beside a view.
constexpr duration busy_pause = 1ms;
constexpr duration proposal_timeout = 60s;

} // namespace

load_actor::load_actor(ports its_ports, context& around, load_setup setup)
    : ports_{std::move(its_ports)}, around_{around}, setup_{std::move(setup)},
      random_{std::random_device{}()}, began_(setup_.outstanding),
      free_(setup_.outstanding), turns_{around} {
  std::iota(free_.rbegin(), free_.rend(), std::size_t{0});
  turns_.rings(ports_.asks);
  turns_.takes(ports_.heard,
               [this](const notary_answer& what) {
                 if (const auto* const answer = std::get_if<propose_answer>(&what)) {
                   hear(*answer);
                 }
               },
               {items_per_turn});
  turns_.timer([this] { return pause_; }, [this] { pause_.reset(); });
  turns_.offers(
    ports_.asks, [this] { return !free_.empty() && !pause_; }, [this] { return propose(); },
    items_per_turn);
  turns_.timer([this] { return next_phase(); }, [this] { change_phase(); });
}

void load_actor::hear(const propose_answer& what) {
  const auto slot = static_cast<std::size_t>(what.tag) - 1;
  if (slot >= began_.size()) {
    return;
  }
  const auto now = around_.now();
  free_.push_back(slot);
  if (!what.receipt) {
    ++result_.failed;
    pause_ = now + busy_pause;
    return;
  }
  if (!first_) {
    first_ = now;
  }
  if (!from_ || done_) {
    return;
  }
  end_pause(now);
  ++(what.receipt->status == receipt_status::applied ? result_.applied : result_.refused);
  result_.latencies.add(now - began_[slot]);
}

void load_actor::end_pause(time_point now) {
  result_.longest_pause = std::max(result_.longest_pause, now - newest_);
  newest_ = now;
}

std::optional<time_point> load_actor::next_phase() const {
  if (done_ || !first_) {
    return std::nullopt;
  }
  return from_ ? *from_ + setup_.time : *first_ + setup_.warm_up;
}

void load_actor::change_phase() {
  const auto now = around_.now();
  if (!from_) {
    from_ = now;
    newest_ = now;
    result_ = {};
    setup_.began();
  } else {
    done_ = true;
    end_pause(now);
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

bool load_actor::propose() {
  if (ports_.asks.space() == 0 && ports_.asks.full()) {
    return false;
  }
  const auto slot = free_.back();
  propose_request asking;
  asking.tag = slot + 1;
  asking.mutation = next_mutation();
  asking.timeout = proposal_timeout;
  began_[slot] = around_.now();
  if (!ports_.asks.try_push_quietly(notary_request{std::move(asking)})) {
    return false;
  }
  free_.pop_back();
  return true;
}

} // namespace caucus::cli
