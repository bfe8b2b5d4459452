#include "actors/rpc/library_actor.hpp"

#include "runtime/base/overloaded.hpp"
#include "runtime/log.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace caucus {

namespace {

constexpr std::size_t items_per_turn = 256;
/// The desk's calls are numbered from 1.
constexpr call_id log_call = 0;
/// When the notary had no place for a subscription.
constexpr duration follow_again{std::chrono::seconds{1}};
} // namespace

library_actor::library_actor(ports its_ports, context& around, library_setup setup)
    : ports_{std::move(its_ports)}, around_{around}, desk_{std::move(setup.desk)},
      core_{std::move(setup.commands), setup.limits, tags_from(around.now())},
      actors_{std::move(ports_.asks), std::move(ports_.heard)} {
  if (ports_.verdicts.size() > 0) {
    verdicts_ = delivery{std::move(ports_.verdicts[0])};
  }
  desk_->begin_life(around_.bell());
  if (desk_->hooks().committed) {
    follow_at_ = around_.now();
  }
}

bool library_actor::step() {
  if (around_.stopping()) {
    core_.node_stops();
  }
  bool busy = actors_.flush();
  busy |= actors_.hear(core_, actions_, items_per_turn, true, [this] { perform(); }) > 0;
  busy |= hear_program();
  busy |= hear_peers();
  if (follow_at_ && !following_ && *follow_at_ <= around_.now() && !around_.stopping()) {
    follow();
    busy = true;
  }
  core_.tick(around_.now(), actions_);
  perform();
  actors_.flush();
  if (const auto next = core_.next_deadline()) {
    around_.wake_at(*next);
  }
  return busy;
}

bool library_actor::idle() {
  // No short cuts: each edge is asked, for each registers what it waits for.
  bool all = actors_.idle(true);
  all = (!actors_.empty() || ports_.calls.empty()) && all;
  all = verdicts_.idle() && all;
  const bool heard_all = ports_.news.empty() && ports_.questions.empty();
  return (!desk_->has_room_for_news() || heard_all) && all && !desk_->has_work();
}

bool library_actor::hear_program() {
  const auto read = desk_->take_read();
  if (read > 0) {
    core_.taken(log_call, read, actions_);
    perform();
  }
  std::size_t done = 0;
  if (actors_.empty()) {
    done = ports_.calls.drain(items_per_turn, [this](library_call one) { take(std::move(one)); });
  }
  return done > 0 || read > 0;
}

void library_actor::take(library_call one) {
  if (around_.stopping()) { // certainly not proposed
    desk_->settle(one.id, fail(errc::stopping, "the node stops"));
    return;
  }
  if (!desk_->take(one.id)) {
    return;
  }
  core_.open(one.id, std::move(one.what), around_.now(), actions_);
  perform();
}

bool library_actor::hear_peers() {
  std::size_t done = 0;
  if (desk_->has_room_for_news()) {
    done = ports_.questions.drain(
      items_per_turn, [this](std::size_t, const connection_question& what) { desk_->ask(what); });
    done += ports_.news.drain(
      items_per_turn, [this](std::size_t, peer_news what) { desk_->tell(std::move(what)); });
  }
  for (const auto& one : desk_->take_verdicts()) {
    verdicts_.push(one);
    ++done;
  }
  verdicts_.flush();
  return done > 0;
}

// -- what is committed -----------------------------------------------------------------------------

void library_actor::follow() {
  following_ = true;
  core_.open(log_call, desk_->log(), around_.now(), actions_);
  perform();
}

void library_actor::end_log(const error& why) {
  following_ = false;
  if (why.code == errc::busy) {
    follow_at_ = around_.now() + follow_again;
    around_.wake_at(*follow_at_);
    return;
  }
  follow_at_.reset();
  if (why.code != errc::stopping) {
    log(name, log_level::error,
        "nothing more is told of what is committed, from height "
          + std::to_string(desk_->next().value()) + " on: " + to_string(why));
  }
}

// -- doing -----------------------------------------------------------------------------------------

void library_actor::perform() {
  // A reply may have the core say more, so by index. NOLINTNEXTLINE(modernize-loop-convert)
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    auto next = std::move(actions_[i]);
    std::visit(overloaded{[this](call_told& told) { reply(std::move(told)); },
                          [this](call_asked& asking) { actors_.ask(std::move(asking)); }},
               next);
  }
  actions_.clear();
}

void library_actor::reply(call_told what) {
  if (what.to != log_call) {
    desk_->settle(what.to, std::move(what.what));
  } else if (!what.what) {
    end_log(what.what.error());
  } else if (!what.last) { // one that is followed has no end
    core_.sent(log_call, desk_->tell(*what.what), actions_);
  }
}

} // namespace caucus
