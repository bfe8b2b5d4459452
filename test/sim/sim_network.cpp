#include "test/sim/sim_network.hpp"

#include "runtime/base/assert.hpp"
#include "test/sim/hashing.hpp"

#include <algorithm>

namespace caucus::sim {

namespace {

constexpr std::uint16_t port = 7400;
/// A connection that was reset is noticed within this.
constexpr duration reset_time_max{10'000};

} // namespace

std::string sim_network::address_of(node_index who) {
  const auto part = [who](unsigned shift) { return std::to_string(who >> shift & 0xffU); };
  return "10." + part(16) + "." + part(8) + "." + part(0) + ":" + std::to_string(port);
}

void sim_network::open(node_index who, sim_transport& its) {
  addresses_[address_of(who)] = who;
  const bool first = open_.emplace(who, &its).second;
  CAUCUS_ASSERT(first);
}

// The kernel tells the others, if not the node itself.
void sim_network::close(node_index who) {
  const auto gone = open_.extract(who);
  for (const auto& [id, one] : gone.mapped()->ends_) {
    forget(id);
    time_.in(time_.at_random(reset_time_max), [this, id = id, other = one.other] {
      if (auto* const there = at(other)) {
        there->hear_end(id, errc::link_lost, {}, false, {});
      }
    });
  }
}

void sim_network::leave_alone(node_index who, link_id link, duration dead_after) {
  time_.in(dead_after, [this, who, link] {
    if (auto* const there = at(who)) {
      there->hear_end(link, errc::keepalive_timeout, {}, false, {});
    }
  });
}

void sim_network::forget(link_id link) {
  newest_.erase(newest_.lower_bound({link, 0}), newest_.lower_bound({link.next(), 0}));
}

std::optional<node_index> sim_network::node_at(const std::string& address) const {
  const auto found = addresses_.find(address);
  return found == addresses_.end() ? std::nullopt : std::optional{found->second};
}

sim_transport* sim_network::at(node_index who) const {
  const auto found = open_.find(who);
  return found == open_.end() ? nullptr : found->second;
}

duration sim_network::delay() {
  const auto& now_on = with_.fair;
  auto out = now_on.delay_min + time_.at_random(now_on.delay_max - now_on.delay_min);
  if (time_.below(100) < now_on.slow_percent) {
    out *= static_cast<std::int64_t>(1 + time_.below(10));
  }
  return out;
}

void sim_network::tell(node_index from, node_index to, std::function<void(sim_transport&)> then) {
  if (is_cut(from, to)) {
    return;
  }
  time_.in(delay(), [this, to, then = std::move(then)] {
    if (auto* const there = at(to)) {
      then(*there);
    }
  });
}

void sim_network::carry(node_index from, node_index to, link_id link, const sim_frame& what,
                        bool response) {
  const auto& now_on = with_.fair;
  if (is_cut(from, to)) {
    return;
  }
  const std::uint64_t copies = time_.below(100) < now_on.repeat_percent ? 2 : 1;
  for (std::uint64_t i = 0; i < copies; ++i) {
    if (time_.below(100) < now_on.loss_percent) {
      continue;
    }
    auto when = time_.now() + delay();
    if (response && with_.reply_max > duration{0}) {
      when += time_.at_random(with_.reply_max);
    }
    if (now_on.in_order) {
      auto& newest = newest_[{link, from}];
      newest = std::max(newest, when);
      when = newest;
    }
    time_.at(when, [this, from, to, link, what] {
      if (auto* const there = at(to)) {
        if (with_.on_heard) {
          with_.on_heard(to, from, what.what);
        }
        there->hear_frame(link, what);
      }
    });
  }
}

} // namespace caucus::sim
