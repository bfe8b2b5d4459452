#pragma once

#include "actors/administration/administration.hpp"
#include "actors/administration/administration_commands.hpp"
#include "actors/administration/packets.hpp"
#include "actors/notary_line.hpp"
#include "messages/control.hpp"
#include "messages/genesis.hpp"
#include "messages/net.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/commands/serving.hpp"
#include "runtime/context.hpp"
#include "runtime/shell.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

/// The shell around `administration`: calls, the notary's word and frames to events, its words to
/// proposals, frames and replies. Of the protocol it decides nothing.
///
/// Accepts:  command_call (`calls`), notary_answer (`heard`), from_net (`net_in`)
/// Emits:    command_reply (`replies`), notary_request (`asks`), to_net (`net_out`), directive
///           (`directives`: group_links, told again to a new life of peer_net)
/// Lifetime: the topology's; alone. It holds nothing that must last: what was asked for is state. A
///           restart loses who waits for a reply: callers ask again.

namespace caucus {

struct administration_actor_setup {
  std::shared_ptr<const caucus::genesis> genesis{}; ///< never null
  network_id network{};
  peer_id self{};
  signature_scheme scheme{};
  /// See administration_setup.
  std::function<result<void>(const declarations&)> can_judge{};
};

class administration_actor {
public:
  static constexpr const char* name = "administration";
  using commands = administration_commands;
  using packets = administration_packets;

  struct ports {
    inbox<from_net> net_in;
    outbox<to_net> net_out;
    inbox<notary_answer> heard;
    outbox<notary_request> asks;
    outbox<directive> directives;
    inboxes<command_call> calls;
    outboxes<command_reply> replies;
    void each(auto&& visit) {
      visit("net_in", net_in);
      visit("net_out", net_out);
      visit("heard", heard);
      visit("asks", asks);
      visit("directives", directives);
      visit("calls", calls);
      visit("replies", replies);
    }
  };

  administration_actor(ports its_ports, context& around, const administration_actor_setup& setup);

  bool step() { return shell_.step(); }
  [[nodiscard]] bool idle() { return shell_.idle(); }
  /// For a test that looks inside.
  [[nodiscard]] const administration& core() const { return core_; }

private:
  struct waiting {
    caller who;
    time_point deadline{};
    bool joins = false;
    bool of_rules = false; ///< its reply is a rules_reply
    bool tries = false;
  };

  void serve_commands();
  void hear(from_net& what);
  void ask(const caller& who, duration timeout, wanted_change what);
  void join(const caller& who, const control_group_join& what);
  /// Answered at once with what is, or later with what came of it.
  void rules(const caller& who, const control_group_rules& what);
  /// Answered once the notary has told how the group is now: its word before is as old as the last
  /// change.
  void show(const caller& who);
  void answer_shows();
  [[nodiscard]] administration_status status() const;
  [[nodiscard]] result<shared_history> history() const;
  [[nodiscard]] result<checkpoint_reply> checkpoint() const;
  void drop_gone();
  void give_up();
  void perform(admin_out::propose& what);
  void perform(admin_out::reply& what);
  void perform(admin_out::joined& what);
  void perform(admin_out::tell_links& what);
  void perform(admin_out::send_wish& what);
  void perform(admin_out::ask_group& what);
  void perform(admin_out::ask_evidence& what);
  void perform(admin_out::try_rules& what);
  void perform(admin_out::tried& what);
  void perform(admin_out::news& what);

  ports ports_;
  context& around_;
  std::shared_ptr<const genesis> from_; ///< never null
  administration core_;
  notary_line line_;
  delivery<to_net> to_net_;
  delivery<directive> to_peer_net_;
  serving<commands> calls_;
  asked_id last_id_ = 0;
  std::map<asked_id, waiting> open_;
  std::vector<caller> shows_; ///< wait for the notary's word
  time_point shows_until_{};  ///< then they get what is known
  shell<administration> shell_;
};

} // namespace caucus
