#include "actors/rpc/rpc_actor.hpp"

#include "runtime/base/overloaded.hpp"
#include "runtime/commands/reply_text.hpp"
#include "runtime/log.hpp"

#include <cstddef>
#include <optional>
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
      core_{setup_.commands, setup_.limits, tags_from(around.now())}, replies_{std::move(
                                                                        its_ports.replies)},
      actors_{std::move(its_ports.asks), std::move(its_ports.heard)}, shell_{around, core_,
                                                                             [this](auto& action) {
                                                                               perform(action);
                                                                             }} {
  shell_.delivers(replies_);
  shell_.stops([this] { core_.node_stops(); });
  actors_.declare(shell_, items_per_turn, [this] { return replies_.empty(); });
  shell_.takes(calls_, [this](const from_control& what) { hear(what); }, {items_per_turn});
  if (setup_.trouble) {
    shell_.timer([this] { return std::optional{folder_due_}; },
                 [this] {
                   look_at_folder();
                   folder_due_ = around_.now() + folder_interval;
                 });
  }
  shell_.ticks();
}

void rpc_actor::hear(const from_control& what) {
  std::visit(overloaded{[this](const control_opened& opened) { open(opened); },
                        [this](const control_gone& gone) { shell_.apply(caller_left{gone.id}); },
                        [this](const control_taken& taken) {
                          shell_.apply(stream_taken{taken.id, taken.size});
                        }},
             what);
}

void rpc_actor::open(const control_opened& what) {
  auto asked = read_command(*setup_.commands, what.method, what.target, what.body);
  if (!asked) {
    replies_.push(as_text(what.id, print_error(asked.error()), true));
    return;
  }
  const auto* const facts = asked->facts;
  if (facts->answer != nullptr) {
    perform(call_told{what.id, facts, facts->answer(setup_.node), true});
    return;
  }
  auto ready = facts->prepare(asked->parameters, setup_.node);
  if (!ready) {
    replies_.push(as_text(what.id, print_error(ready.error()), true));
    return;
  }
  shell_.apply(call_begun{what.id, {facts, std::move(*ready)}});
}

void rpc_actor::perform(const call_told& what) {
  if (what.command->rule.merged) {
    look_at_folder();
  }
  auto printed = print_reply(*what.command, what.value, setup_.node);
  const auto size = printed.text.size();
  replies_.push(as_text(what.call, std::move(printed), what.last));
  if (!what.last) {
    shell_.apply(stream_sent{what.call, size});
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
