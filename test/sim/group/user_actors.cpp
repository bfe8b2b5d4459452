#include "test/sim/group/user_actors.hpp"

#include <algorithm>

namespace caucus::sim {

namespace {

constexpr duration round_interval{200'000};

} // namespace

// -- people ----------------------------------------------------------------------------------------

people_actor::people_actor(ports its_ports, context& around, user_desk* at)
    : heard_{std::move(its_ports.heard)}, asks_{std::move(its_ports.asks)}, at_{*at},
      turns_{around}, round_at_{
                        around.now()
                        + duration{static_cast<std::int64_t>(
                          around.random() % static_cast<std::uint64_t>(round_interval.count()))}} {
  forsake();
  turns_.delivers(asks_);
  turns_.takes(heard_,
               [this, &around](const notary_answer& one) { at_.whose->told(one, around.now()); },
               {.restarted = [this] { forsake(); }});
  turns_.timer([this] { return std::optional{round_at_}; },
               [this, &around] {
                 round_at_ = around.now() + round_interval;
                 for (auto& one : at_.whose->again(around.now())) {
                   at_.to_ask.push_back(std::move(one));
                 }
               });
  turns_.whenever([this] { return !at_.to_ask.empty(); },
                  [this] {
                    for (auto& one : std::exchange(at_.to_ask, {})) {
                      asks_.push(std::move(one));
                    }
                  });
}

void people_actor::forsake() {
  at_.whose->forsaken();
  at_.to_ask.clear();
  asks_.clear();
}

// -- the application -------------------------------------------------------------------------------

listener_actor::listener_actor(ports its_ports, context& around, users* whose,
                               std::function<duration()> takes)
    : heard_{std::move(its_ports.heard)}, asks_{std::move(its_ports.asks)}, around_{around},
      whose_{*whose}, takes_{std::move(takes)}, turns_{around} {
  subscribe();
  turns_.delivers(asks_);
  turns_.takes(heard_, [this](const notary_answer& one) { hear(one); },
               {.restarted = [this] { subscribe(); }});
  turns_.timer(
    [this] { return taking_.empty() ? std::nullopt : std::optional{taking_.front().first}; },
    [this] {
      asks_.push(committed_taken{taking_.front().second});
      taking_.pop_front();
    });
}

void listener_actor::subscribe() {
  taking_.clear();
  asks_.clear();
  asks_.push(whose_.subscribe());
}

void listener_actor::hear(const notary_answer& what) {
  whose_.told(what, around_.now());
  if (const auto* const block = std::get_if<committed_answer>(&what)) {
    const auto before = taking_.empty() ? time_point{} : taking_.back().first;
    taking_.emplace_back(std::max(around_.now() + takes_(), before), block->tag);
  } else if (const auto* const over = std::get_if<subscription_ended>(&what);
             over != nullptr && over->code == errc::pruned) {
    subscribe(); // from what there is
  }
}

// -- blame -----------------------------------------------------------------------------------------

watcher_actor::watcher_actor(ports its_ports, context& around, std::function<void(blame)> then)
    : news_{std::move(its_ports.news)}, turns_{around} {
  turns_.takes(news_, [then = std::move(then)](peer_news&& one) {
    if (auto* const said = std::get_if<directive>(&one)) {
      if (auto* const accused = std::get_if<blame>(said)) {
        then(std::move(*accused));
      }
    }
  });
}

} // namespace caucus::sim
