#pragma once

#include "actors/consensus/consensus_journal.hpp"
#include "actors/consensus/consensus_signer.hpp"
#include "actors/consensus/consensus_status.hpp"
#include "actors/consensus/epochs.hpp"
#include "actors/consensus/node_states.hpp"
#include "actors/consensus/packets.hpp"
#include "messages/control.hpp"
#include "messages/genesis.hpp"
#include "messages/net.hpp"
#include "messages/ordering.hpp"
#include "runtime/append_log.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/base/ordered_delivery.hpp"
#include "runtime/commands/serving.hpp"
#include "runtime/context.hpp"
#include "runtime/job_queue.hpp"
#include "runtime/metrics.hpp"
#include "runtime/shell.hpp"
#include "runtime/worker_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The shell around `epochs`: frames to events, the core's words to frames, its records to the
/// journal's file, signatures to the worker pool. Of the protocol it decides nothing; when the
/// journal is repaired and compacted is its affair.
///
/// Accepts:  from_net (`net_in`), to_consensus (`notary_in`), command_call (`calls`)
/// Emits:    to_net (`net_out`), to_notary (`notary_out`), directive (`directives`: blame; dropped
///           when full, as who lies will lie again), command_reply (`replies`: replies[i] answers
///           calls[i])
/// Lifetime: the topology's. While `net_out` or `notary_out` is full, or the journal cannot be
///           written, what is to be done waits in order, and above actions_waiting_max it takes in
///           nothing from the network. It always drains `notary_in`, so it and the notary cannot
///           wait for one another.
/// A restart loses votes of others and views in progress; all that it signed is in the journal.
/// Throws, at the start of a life, if the journal is damaged or cannot be opened.
/// A journal that cannot be written (a full disk) stops the voting, which `status` says; it is
/// tried again each second.

namespace caucus {

struct consensus_setup {
  std::shared_ptr<const caucus::genesis> genesis{}; ///< never null
  network_id network{};
  std::shared_ptr<const secret_key> key{}; ///< never null; the node's, a member's or not
  std::filesystem::path journal{};         ///< "consensus.journal" in the node's folder
  durability keeps = durability::disk;
  std::optional<view> vote_above{};    ///< see consensus_config
  std::shared_ptr<worker_pool> pool{}; ///< never null
  file_operations* files = nullptr;    ///< null: the system's
  std::shared_ptr<histogram> syncs{};  ///< how long the journal's took; null: nobody asks
  signature_scheme scheme{};
  std::uint64_t journal_size_max = votes_journal_size_max; ///< then it is written anew
};

class consensus_actor {
public:
  static constexpr const char* name = "consensus";
  using commands = consensus_commands;
  using packets = decltype(joined(consensus_packets{}, node_state_packets{}));

  struct ports {
    inbox<from_net> net_in;
    outbox<to_net> net_out;
    inbox<to_consensus> notary_in;
    outbox<to_notary> notary_out;
    outbox<directive, when_full::drop> directives;
    inboxes<command_call> calls;
    outboxes<command_reply> replies;
    void each(auto&& visit) {
      visit("net_in", net_in);
      visit("net_out", net_out);
      visit("notary_in", notary_in);
      visit("notary_out", notary_out);
      visit("directives", directives);
      visit("calls", calls);
      visit("replies", replies);
    }
  };

  consensus_actor(ports its_ports, context& around, const consensus_setup& setup);

  bool step() { return shell_.step(); }
  [[nodiscard]] bool idle() { return shell_.idle(); }
  /// For a test that looks inside.
  [[nodiscard]] const consensus& core() const { return core_.core(); }

private:
  void declare_turns();
  void hear(from_net& what);
  void hear(const frame_in& what);
  [[nodiscard]] bool takes_in() const;
  void perform(voting::record& written);
  void perform(voting::send& one);
  void perform(voting::multicast& many);
  void perform(voting::check_signatures& asked) { unasked_.push_back(std::move(asked)); }
  void perform(voting::tell& told) { said_.push(std::move(told.item)); }
  void perform(voting::accuse& accused) { accuse(std::move(accused.blame)); }
  void accuse(blame what) { ports_.directives.push_or_drop(std::move(what)); }
  void end_turn();
  void ask_pool();
  /// When it is to be written, or tried again; nothing: there is nothing to write.
  [[nodiscard]] std::optional<time_point> journal_due() const;
  [[nodiscard]] bool write_journal();
  void forget_records();
  void stop_voting(const error& why);
  void compact();
  void say_news();
  void say_clocks();
  void answer(const caller& who, const control_status& what);
  [[nodiscard]] consensus_status status() const;
  /// Frames and ends that are node_states' and not the core's. False: it is the core's.
  [[nodiscard]] bool hear_state(const frame_in& what);
  void answer_state(const frame_in& what);
  void ask_states(const std::vector<node_state_asked>& whom);
  void tell_states();

  ports ports_;
  context& around_;
  std::shared_ptr<const consensus_keys> keys_;
  consensus_signer signer_;
  consensus_journal journal_;
  epochs core_;
  node_states states_;
  delivery<to_net> to_net_;
  delivery<to_notary> to_notary_;
  ordered_delivery<to_net, to_notary> said_{to_net_, to_notary_};
  std::vector<voting::consensus_record>
    records_;           ///< not durable; what was said after the first waits
  std::string problem_; ///< of the journal; empty: none
  bool broken_said_ = false;
  bool full_said_ = false;
  std::vector<std::pair<member_index, bool>> clocks_said_; ///< off, and ahead of ours or not
  bool doubt_said_ = false;
  time_point repair_at_{};
  kept_jobs<bool, voting::check_signatures> checks_;
  std::deque<voting::check_signatures> unasked_; ///< the pool was full
  serving<commands> calls_;
  shell<epochs> shell_;
};

} // namespace caucus
