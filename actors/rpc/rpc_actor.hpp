#pragma once

#include "actors/rpc/call_edges.hpp"
#include "actors/rpc/call_table.hpp"
#include "actors/rpc/control_call.hpp"
#include "messages/result.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/call.hpp"
#include "runtime/commands/command_context.hpp"
#include "runtime/context.hpp"
#include "runtime/shell.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

/// Control requests from outside as an actor: reads them, asks the actors that answer, prints their
/// replies. Knows no command and no actor. Holds the calls in flight and nothing else.
///
/// Accepts:  from_control (port `calls`), command_reply (`heard`: heard[i] answers asks[i])
/// Emits:    to_control (`replies`), command_call (`asks`)
/// Lifetime: the topology's. While `replies` is full it takes no answers; an actor that takes
/// nothing holds up its own. A restart loses the calls in flight: the control server hangs up on
/// their callers.

namespace caucus {

struct rpc_setup {
  std::shared_ptr<const command_table> commands; ///< never null; its places are those of the edges
  command_context node;
  /// What is wrong with the node's folder; "" while nothing is. Looked at every few seconds, and
  /// logged.
  std::function<std::string()> trouble{};
  call_limits limits{};
};

class rpc_actor {
public:
  static constexpr const char* name = "rpc";

  struct ports {
    inbox<from_control> calls;
    outbox<to_control> replies;
    outboxes<command_call> asks;
    inboxes<command_reply> heard;
    void each(auto&& visit) {
      visit("calls", calls);
      visit("replies", replies);
      visit("asks", asks);
      visit("heard", heard);
    }
  };

  rpc_actor(ports its_ports, context& around, rpc_setup setup);

  bool step() { return shell_.step(); }
  [[nodiscard]] bool idle() { return shell_.idle(); }

private:
  void hear(const from_control& what);
  [[nodiscard]] result<any_command> read(const control_opened& what) const;
  void open(const control_opened& what);
  void perform(const call_told& what);
  void perform(call_asked& what) { actors_.ask(std::move(what)); }
  void look_at_folder();

  inbox<from_control> calls_;
  context& around_;
  rpc_setup setup_;
  call_table core_;
  time_point folder_due_{};
  delivery<to_control> replies_; ///< bounded by the calls in flight and their windows
  call_edges actors_;
  shell<call_table> shell_;
};

} // namespace caucus
