#include "actors/rpc/library_actor.hpp"

#include "runtime/commands/status.hpp"
#include "runtime/log.hpp"

#include <chrono>
#include <limits>
#include <string>
#include <utility>

namespace caucus {

namespace {

constexpr std::size_t items_per_turn = 256;
/// The desk's calls are numbered from 1.
constexpr call_id log_call = 0;
constexpr call_id oldest_call = std::numeric_limits<call_id>::max();
/// When the notary had no place for a subscription.
constexpr duration follow_again{std::chrono::seconds{1}};

} // namespace

library_actor::library_actor(ports its_ports, context& around, library_setup setup)
    : ports_{std::move(its_ports)}, around_{around}, desk_{std::move(setup.desk)},
      core_{std::move(setup.commands), setup.limits, tags_from(around.now())},
      actors_{std::move(ports_.asks), std::move(ports_.heard)}, shell_{around, core_,
                                                                       [this](auto& action) {
                                                                         perform(action);
                                                                       }} {
  if (ports_.verdicts.size() > 0) {
    verdicts_ = delivery{std::move(ports_.verdicts[0])};
  }
  if (ports_.group_asks.size() > 0) {
    line_.emplace(around_, ports_.group_heard[0], ports_.group_asks[0]);
  }
  desk_->begin_life(around_.bell());
  if (desk_->hooks().committed) {
    follow_at_ = around_.now();
  }
  declare_turns();
}

void library_actor::declare_turns() {
  const auto has_room = [this] { return desk_->has_room_for_news(); };
  shell_.delivers(verdicts_);
  if (line_) {
    shell_.runs(*line_);
    line_->follow_group([this](const group_told& what) { desk_->tell(what); });
  }
  shell_.stops([this] { core_.node_stops(); });
  actors_.declare(shell_, items_per_turn, [] { return true; });
  shell_.whenever([this] { return desk_->has_work(); }, [this] { hear_desk(); });
  shell_.takes(ports_.calls, [this](library_call&& one) { take(std::move(one)); },
               {items_per_turn, [this] { return actors_.empty(); }});
  shell_.takes(ports_.questions,
               [this](std::size_t, const connection_question& one) { desk_->ask(one); },
               {items_per_turn, has_room});
  shell_.takes(ports_.news, [this](std::size_t, peer_news&& one) { desk_->tell(std::move(one)); },
               {items_per_turn, has_room});
  shell_.timer([this] { return following_ || around_.stopping() ? std::nullopt : follow_at_; },
               [this] { follow(); });
  shell_.ticks();
}

void library_actor::hear_desk() {
  if (const auto read = desk_->take_read(); read > 0) {
    shell_.apply(stream_taken{log_call, read});
  }
  for (const auto& one : desk_->take_verdicts()) {
    verdicts_.push(one);
  }
}

void library_actor::take(library_call one) {
  if (around_.stopping()) { // certainly not proposed
    desk_->settle(one.id, fail(errc::stopping, "the node stops"));
    return;
  }
  if (!desk_->take(one.id)) {
    return;
  }
  shell_.apply(call_begun{one.id, std::move(one.command)});
}

// -- what is committed -----------------------------------------------------------------------------

void library_actor::follow() {
  following_ = true;
  shell_.apply(call_begun{log_call, desk_->log()});
}

void library_actor::end_log(const error& why) {
  following_ = false;
  if (why.code == errc::busy) {
    follow_at_ = around_.now() + follow_again;
    return;
  }
  follow_at_.reset();
  if (why.code == errc::pruned && desk_->hooks().gap) {
    look_for_gap();
    return;
  }
  if (why.code != errc::stopping) {
    log(name, log_level::error,
        "nothing more is told of what is committed, from height "
          + std::to_string(desk_->next().value()) + " on: " + to_string(why));
  }
}

// An error is words: where the ledger begins, the notary's status says.
void library_actor::look_for_gap() {
  following_ = true; // it will be
  shell_.apply(call_begun{oldest_call, command_of(control_status{})});
}

void library_actor::hear_oldest(const result<any_value>& told) {
  const auto* const parts = told ? told->as<status_parts>() : nullptr;
  const auto* const notary = parts == nullptr ? nullptr : parts->find<notary_status>();
  const bool found = notary != nullptr && desk_->tell_gap(notary->oldest_height);
  if (!found) {
    log(name, log_level::warn,
        "nobody tells where the ledger begins, from height " + std::to_string(desk_->next().value())
          + " on: asks again");
  }
  following_ = false;
  follow_at_ = around_.now() + (found ? duration{0} : follow_again);
}

// -- doing -----------------------------------------------------------------------------------------

void library_actor::perform(call_told& what) {
  if (what.call == oldest_call) {
    hear_oldest(what.value);
  } else if (what.call != log_call) {
    desk_->settle(what.call, std::move(what.value));
  } else if (!what.value) {
    end_log(what.value.error());
  } else if (!what.last) { // one that is followed has no end
    shell_.apply(stream_sent{log_call, desk_->tell(*what.value)});
  }
}

} // namespace caucus
