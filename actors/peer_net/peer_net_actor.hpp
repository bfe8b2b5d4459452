#pragma once

#include "actors/peer_net/link_event.hpp"
#include "actors/peer_net/peer_manager.hpp"
#include "actors/peer_net/peer_net_status.hpp"
#include "actors/peer_net/peer_store.hpp"
#include "messages/control.hpp"
#include "messages/net.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/commands/serving.hpp"
#include "runtime/context.hpp"
#include "runtime/shell.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The shell around `peer_manager`: whom to dial, let in, keep and ban. The transport does what it
/// says; no frame of another subsystem passes here.
///
/// Accepts:  link_event (`events`, from the transport), directive (`directives`), command_call
///           (`calls`), connection_verdict (`verdicts`: verdicts[i] answers questions[i])
/// Emits:    link_command (`commands`), command_reply (`replies`: replies[i] answers calls[i]),
///           peer_news (`news`; dropped when full), connection_question (`questions`, an edge of
///           each inspector's; one that finds no room refuses the connection, as who is not asked
///           has not allowed it)
/// Lifetime: the topology's. While `commands` is full it takes in no events and no directives.
/// A restart loses pauses between dials and what directives asked for; links survive, the transport
/// tells them all again. The peer book is on disk.
/// Throws, at the start of a life, if the peer book cannot be opened, or if an inspector has only
/// one of its two edges; later trouble with the book is logged.

namespace caucus {

struct peer_net_settings {
  manager_config manager;          ///< its seed is mixed with a random one
  std::filesystem::path book_path; ///< "peers.sqlite" in the node's folder; empty: memory alone
};

class peer_net_actor {
public:
  static constexpr const char* name = "peer_net";
  using commands = peer_net_commands;

  struct ports {
    inbox<link_event> events;
    outbox<link_command> commands;
    inboxes<directive> directives;
    inboxes<command_call> calls;
    outboxes<command_reply> replies;
    outboxes<peer_news, when_full::drop> news;
    outboxes<connection_question, when_full::drop> questions;
    inboxes<connection_verdict> verdicts; ///< each must allow a link; none: all are allowed
    void each(auto&& visit) {
      visit("events", events);
      visit("commands", commands);
      visit("directives", directives);
      visit("calls", calls);
      visit("replies", replies);
      visit("news", news);
      visit("questions", questions);
      visit("verdicts", verdicts);
    }
  };

  peer_net_actor(ports its_ports, context& around, const peer_net_settings& settings);

  bool step() { return shell_.step(); }
  [[nodiscard]] bool idle() { return shell_.idle(); }

private:
  struct known_link {
    link_status status;
    std::shared_ptr<const link_meter> meter;
  };

  void declare_turns();
  void tell_activity();
  void follow(const link_event& event);
  void forget(const link_closed& closed);
  void perform(link_command& what) { commands_.push(std::move(what)); }
  void perform(save_peer& what) { changed_.push_back(std::move(what.record)); }
  void perform(const forget_peer& what) { gone_.push_back(what.peer); }
  void perform(const note& what);
  void perform(const connection_asked& about);
  void perform(const connection_withdrawn& question);
  void write_book();
  [[nodiscard]] peer_net_status status() const;
  void tell(const peer_news& what);

  ports ports_;
  context& around_;
  std::optional<peer_store> store_; ///< none: memory alone
  peer_manager core_;
  delivery<link_command> commands_;  ///< bounded, as nothing else is done while some waits
  std::vector<peer_record> changed_; ///< in this turn; not in the book's file yet
  std::vector<peer_id> gone_;        ///< likewise
  std::map<link_id, known_link> links_;
  time_point activity_told_{};
  std::uint16_t port_ = 0;
  std::shared_ptr<const std::atomic<std::uint64_t>> turned_away_;
  serving<commands> calls_;
  shell<peer_manager> shell_;
};

} // namespace caucus
