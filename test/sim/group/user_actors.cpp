#include "test/sim/group/user_actors.hpp"

#include <algorithm>

namespace caucus::sim {

namespace {

constexpr duration round_interval{200'000};
constexpr std::size_t items_per_turn = 64;

} // namespace

// -- people ----------------------------------------------------------------------------------------

people_actor::people_actor(ports its_ports, context& around, user_desk* at)
    : heard_{std::move(its_ports.heard)}, asks_{std::move(its_ports.asks)}, around_{around},
      at_{*at}, round_at_{
                  around.now()
                  + duration{static_cast<std::int64_t>(
                    around.random() % static_cast<std::uint64_t>(round_interval.count()))}} {
  at_.whose->forsaken();
  at_.to_ask.clear();
  around_.wake_at(round_at_);
}

bool people_actor::step() {
  bool worked = asks_.flush();
  if (heard_.restarted()) {
    at_.whose->forsaken();
    at_.to_ask.clear();
    asks_.clear();
  }
  worked |= heard_.drain(items_per_turn, [this](notary_answer&& one) {
    at_.whose->told(one, around_.now());
  }) > 0;
  if (around_.now() >= round_at_) {
    round_at_ = around_.now() + round_interval;
    around_.wake_at(round_at_);
    for (auto& one : at_.whose->again(around_.now())) {
      at_.to_ask.push_back(std::move(one));
    }
  }
  for (auto& one : std::exchange(at_.to_ask, {})) {
    asks_.push(std::move(one));
    worked = true;
  }
  asks_.ring();
  return worked;
}

bool people_actor::idle() {
  const bool sent = asks_.idle();
  return sent && heard_.empty() && at_.to_ask.empty();
}

// -- the application -------------------------------------------------------------------------------

listener_actor::listener_actor(ports its_ports, context& around, users* whose,
                               std::function<duration()> takes)
    : heard_{std::move(its_ports.heard)}, asks_{std::move(its_ports.asks)}, around_{around},
      whose_{*whose}, takes_{std::move(takes)} {
  asks_.push(whose_.subscribe());
  asks_.ring();
}

bool listener_actor::step() {
  bool worked = asks_.flush();
  if (heard_.restarted()) {
    taking_.clear();
    asks_.clear();
    asks_.push(whose_.subscribe());
  }
  worked |= heard_.drain(items_per_turn, [this](notary_answer&& one) {
    whose_.told(one, around_.now());
    if (const auto* const block = std::get_if<committed_answer>(&one)) {
      const auto before = taking_.empty() ? time_point{} : taking_.back().first;
      taking_.emplace_back(std::max(around_.now() + takes_(), before), block->tag);
      around_.wake_at(taking_.back().first);
    }
  }) > 0;
  for (; !taking_.empty() && taking_.front().first <= around_.now(); taking_.pop_front()) {
    asks_.push(committed_taken{taking_.front().second});
  }
  asks_.ring();
  return worked;
}

bool listener_actor::idle() {
  const bool sent = asks_.idle();
  return sent && heard_.empty();
}

// -- blame -----------------------------------------------------------------------------------------

bool watcher_actor::step() {
  return news_.drain(items_per_turn, [this](peer_news&& one) {
    if (auto* const said = std::get_if<directive>(&one)) {
      if (auto* const accused = std::get_if<blame>(said)) {
        then_(std::move(*accused));
      }
    }
  }) > 0;
}

} // namespace caucus::sim
