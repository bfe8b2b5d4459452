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
      core_{setup.limits, tags_from(around.now())}, asks_{std::move(ports_.asks)},
      consensus_{std::move(ports_.consensus_asked)}, peer_net_{std::move(ports_.peer_net_asked)} {
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
  bool busy = asks_.flush();
  busy |= hear_node();
  busy |= hear_program();
  busy |= hear_peers();
  if (follow_at_ && !following_ && *follow_at_ <= around_.now() && !around_.stopping()) {
    follow();
    busy = true;
  }
  core_.tick(around_.now(), actions_);
  perform();
  asks_.flush();
  consensus_.ring();
  peer_net_.ring();
  if (const auto next = core_.next_deadline()) {
    around_.wake_at(*next);
  }
  return busy;
}

bool library_actor::idle() {
  if (!ports_.heard.empty() || !ports_.consensus_told.empty() || !ports_.peer_net_told.empty()) {
    return false;
  }
  // No short cuts: each edge is asked, for each registers what it waits for.
  bool all = asks_.empty() ? ports_.calls.empty() : asks_.idle();
  all = verdicts_.idle() && all;
  const bool heard_all = ports_.news.empty() && ports_.questions.empty();
  return (!desk_->has_room_for_news() || heard_all) && all && !desk_->has_work();
}

bool library_actor::hear_node() {
  // In this order: a new life's mark in `heard` is set last.
  const bool forgot = ports_.heard.restarted();
  if (asks_.restarted()) {
    core_.notary_began();
  }
  if (forgot) {
    core_.notary_restarted(actions_);
    perform();
  }
  auto done = ports_.heard.drain(items_per_turn, [this](notary_answer what) {
    core_.hear(std::move(what), actions_);
    perform();
  });
  done += ports_.consensus_told.drain(items_per_turn, [this](consensus_status what) {
    core_.hear(std::move(what), actions_);
    perform();
  });
  done += ports_.peer_net_told.drain(items_per_turn, [this](peer_net_status what) {
    core_.hear(std::move(what), actions_);
    perform();
  });
  return done > 0;
}

bool library_actor::hear_program() {
  const auto read = desk_->take_read();
  if (read > 0) {
    core_.taken(log_call, read, actions_);
    perform();
  }
  std::size_t done = 0;
  if (asks_.empty()) {
    done = ports_.calls.drain(items_per_turn, [this](library_call one) { take(std::move(one)); });
  }
  return done > 0 || read > 0;
}

void library_actor::take(library_call one) {
  if (around_.stopping()) { // certainly not proposed
    desk_->settle(one.id, error{errc::stopping, "the node stops"});
    return;
  }
  if (!desk_->take(one.id)) {
    return;
  }
  core_.open(one.id, one.what, std::move(one.encoded), around_.now(), actions_);
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
  core_.open(log_call, control_log{desk_->next(), true, desk_->next_index()}, {}, around_.now(),
             actions_);
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
    perform(std::move(actions_[i]));
  }
  actions_.clear();
}

void library_actor::perform(rpc_action what) {
  std::visit(
    overloaded{[this](rpc_reply& replying) { reply(std::move(replying)); },
               [this](notary_request& asking) { asks_.push(std::move(asking)); },
               [this](const ask_consensus& one) { static_cast<void>(consensus_.offer(one.what)); },
               [this](const ask_peer_net& one) { static_cast<void>(peer_net_.offer(one.what)); }},
    what);
}

void library_actor::reply(rpc_reply what) {
  if (what.to != log_call) {
    desk_->settle(what.to, std::move(what.what));
    return;
  }
  std::visit(
    overloaded{[this](std::shared_ptr<const committed_block>& block) {
                 const auto size = committed_size(*block);
                 desk_->tell(std::move(block), size);
                 core_.sent(log_call, size, actions_);
               },
               [this](const error& why) { end_log(why); },
               // A log that is followed has no end, and what else is answered is not of a log.
               ignored<log_end, receipt, std::shared_ptr<const answer>, node_status, node_metrics,
                       version_wanted, evidence_answer, fresh_answer,
                       std::shared_ptr<const receipt_proof>>{}},
    what.what);
}

} // namespace caucus
