#include "actors/rpc/rpc_actor.hpp"

#include "runtime/base/overloaded.hpp"
#include "runtime/commands/reply_text.hpp"
#include "runtime/log.hpp"

#include <cstddef>
#include <utility>

namespace caucus {

namespace {

/// A turn prints at most so many replies: some 100 us.
constexpr std::size_t items_per_turn = 32;
/// Five calls to the kernel each.
constexpr duration folder_interval{5'000'000};

to_control as_text(call_id to, reply_text what, bool last) {
  return {to, what.status, std::move(what.type), std::move(what.text), last};
}

} // namespace

rpc_actor::rpc_actor(ports its_ports, context& around, rpc_setup setup)
    : calls_{std::move(its_ports.calls)}, around_{around}, setup_{std::move(setup)},
      core_{setup_.commands, setup_.limits, tags_from(around.now())},
      replies_{std::move(its_ports.replies)}, actors_{std::move(its_ports.asks),
                                                      std::move(its_ports.heard)} {}

bool rpc_actor::step() {
  if (around_.stopping()) {
    core_.node_stops();
  }
  bool busy = replies_.flush();
  busy |= actors_.flush();
  busy |=
    actors_.hear(core_, actions_, items_per_turn, replies_.empty(), [this] { perform(); }) > 0;
  busy |= calls_.drain(items_per_turn, [this](const from_control& what) {
    std::visit(overloaded{[this](const control_opened& opened) { open(opened); },
                          [this](const control_gone& gone) { core_.gone(gone.id, actions_); },
                          [this](const control_taken& taken) {
                            core_.taken(taken.id, taken.size, actions_);
                          }},
               what);
    perform();
  }) > 0;
  if (setup_.trouble && around_.now() >= folder_due_) {
    look_at_folder();
    folder_due_ = around_.now() + folder_interval;
    around_.wake_at(folder_due_);
  }
  core_.tick(around_.now(), actions_);
  perform();
  if (const auto next = core_.next_deadline()) {
    around_.wake_at(*next);
  }
  replies_.flush();
  actors_.flush();
  return busy;
}

bool rpc_actor::idle() {
  // No short cut: each edge is asked, for each registers what it waits for.
  const bool replied = replies_.idle();
  return actors_.idle(replies_.empty()) && replied && calls_.empty();
}

void rpc_actor::open(const control_opened& what) {
  auto asked = read_command(*setup_.commands, what.method, what.target, what.body);
  if (!asked) {
    replies_.push(as_text(what.id, print_error(asked.error()), true));
    return;
  }
  const auto* const facts = asked->facts;
  if (facts->answer != nullptr) {
    reply({what.id, facts, facts->answer(setup_.node), true});
    return;
  }
  auto ready = facts->prepare(asked->parameters, setup_.node);
  if (!ready) {
    replies_.push(as_text(what.id, print_error(ready.error()), true));
    return;
  }
  core_.open(what.id, {facts, std::move(*ready)}, around_.now(), actions_);
}

void rpc_actor::perform() {
  // A reply may have the core say more, so by index. NOLINTNEXTLINE(modernize-loop-convert)
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    auto next = std::move(actions_[i]);
    std::visit(overloaded{[this](const call_told& told) { reply(told); },
                          [this](call_asked& asking) { actors_.ask(std::move(asking)); }},
               next);
  }
  actions_.clear();
}

void rpc_actor::reply(const call_told& what) {
  if (what.command->rule.merged) {
    look_at_folder();
  }
  auto printed = print_reply(*what.command, what.what, setup_.node);
  const auto size = printed.text.size();
  replies_.push(as_text(what.to, std::move(printed), what.last));
  if (!what.last) {
    core_.sent(what.to, size, actions_);
  }
}

/// Nobody else would notice: files that are open can be written for as long as they are.
void rpc_actor::look_at_folder() {
  if (!setup_.trouble) {
    return;
  }
  auto trouble = setup_.trouble();
  if (!trouble.empty() && trouble != setup_.node.trouble) {
    log("node", log_level::error, trouble);
  }
  setup_.node.trouble = std::move(trouble);
}

} // namespace caucus
