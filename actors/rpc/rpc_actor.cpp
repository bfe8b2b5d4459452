#include "actors/rpc/rpc_actor.hpp"

#include "messages/try.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/commands/reply_text.hpp"
#include "runtime/log.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace caucus {

namespace {

/// A turn prints at most so many replies: some 100 us.
constexpr std::size_t items_per_turn = 32;
/// Five calls to the kernel each.
constexpr duration folder_interval{5'000'000};
constexpr std::uint16_t http_ok = 200;

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

/// What check() and prepare() of an application throw is an error of the one call, as what its print() throws.
result<any_command> rpc_actor::read(const control_opened& what) const {
  const auto path = std::string_view{what.target}.substr(0, what.target.find('?'));
  try {
    CAUCUS_TRY(auto asked, read_command(*setup_.commands, what.method, what.target, what.body));
    CAUCUS_TRY(asked.parameters, asked.facts->prepare(asked.parameters, setup_.node));
    return asked;
  } catch (const std::exception& why) {
    return tl::make_unexpected(command_fault(path, why.what()));
  } catch (...) {
    return tl::make_unexpected(command_fault(path, "something that is no std::exception"));
  }
}

void rpc_actor::open(const control_opened& what) {
  auto asked = read(what);
  if (!asked) {
    replies_.push(as_text(what.id, print_error(asked.error()), true));
  } else if (asked->facts->answer != nullptr) {
    perform(call_told{what.id, asked->facts, asked->facts->answer(setup_.node), true});
  } else {
    shell_.apply(call_begun{what.id, std::move(*asked)});
  }
}

void rpc_actor::perform(const call_told& what) {
  if (what.command->rule.merged) {
    look_at_folder();
  }
  auto printed = print_reply(*what.command, what.value, setup_.node);
  const auto size = printed.text.size();
  const bool failed = printed.status != http_ok; // and nothing more is told of it
  replies_.push(as_text(what.call, std::move(printed), what.last || failed));
  if (!what.last && failed) {
    shell_.apply(caller_left{what.call});
  } else if (!what.last) {
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
