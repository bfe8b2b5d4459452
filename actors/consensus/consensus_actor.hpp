#pragma once

#include "actors/consensus/consensus.hpp"
#include "actors/consensus/consensus_journal.hpp"
#include "actors/consensus/consensus_signer.hpp"
#include "actors/consensus/node_states.hpp"
#include "messages/control.hpp"
#include "messages/genesis.hpp"
#include "messages/net.hpp"
#include "messages/ordering.hpp"
#include "runtime/append_log.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/context.hpp"
#include "runtime/job_queue.hpp"
#include "runtime/metrics.hpp"
#include "runtime/worker_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// The shell around `consensus`: frames to events, the core's words to frames, its records to the
/// journal's file, signatures to the worker pool. It decides nothing.
///
/// Accepts:  from_net (`net_in`), to_consensus (`notary_in`), status_request (`asked`)
/// Emits:    to_net (`net_out`), to_notary (`notary_out`), directive (`directives`: blame; dropped
///           when full, as who lies will lie again), consensus_status (`told`: told[i] answers
///           asked[i])
/// Lifetime: the topology's. While `net_out` or `notary_out` is full, or the journal cannot be
///           written, what is to be done waits in order, and above actions_waiting_max it takes in
///           nothing from the network. It always drains `notary_in`, so it and the notary cannot wait
///           for one another.
/// A restart loses votes of others and views in progress; all that it signed is in the journal.
/// Throws, at the start of a life, if the journal is damaged or cannot be opened.
/// A journal that cannot be written (a full disk) stops the voting, which `status` says; it is tried
/// again each second.

namespace caucus {

struct consensus_setup {
  std::shared_ptr<const genesis> from{}; ///< never null
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

  struct ports {
    inbox<from_net> net_in;
    outbox<to_net> net_out;
    inbox<to_consensus> notary_in;
    outbox<to_notary> notary_out;
    outbox<directive, when_full::drop> directives;
    inboxes<status_request> asked;
    outboxes<consensus_status, when_full::drop> told;
    void each(auto&& visit) {
      visit("net_in", net_in);
      visit("net_out", net_out);
      visit("notary_in", notary_in);
      visit("notary_out", notary_out);
      visit("directives", directives);
      visit("asked", asked);
      visit("told", told);
    }
  };

  consensus_actor(ports its_ports, context& around, const consensus_setup& setup);

  bool step();
  [[nodiscard]] bool idle();
  /// For a test that looks inside.
  [[nodiscard]] const consensus& core() const { return core_; }

private:
  /// What is to be done, in order: a record holds back all behind it until it is durable.
  using deed = std::variant<voting::journal_record, to_net, to_notary>;

  void apply(voting::event what);
  void say_clocks();
  void queue(voting::action& what);
  void hear(from_net& what);
  void hear(const frame_in& what);
  void hear(to_consensus& what);
  [[nodiscard]] bool takes_in() const;
  [[nodiscard]] bool ask_pool();
  [[nodiscard]] std::size_t harvest();
  [[nodiscard]] bool write_journal();
  void forget_records();
  void stop_voting(const error& why);
  void compact();
  /// Up to the first that waits for its edge or for the journal.
  void perform();
  void answer(std::size_t asker, const status_request& what);
  [[nodiscard]] consensus_status status() const;
  /// Frames and ends that are node_states' and not the core's. False: it is the core's.
  [[nodiscard]] bool hear_state(const frame_in& what);
  void answer_state(const frame_in& what);
  void ask_states(const std::vector<node_state_asked>& whom);
  void tell_states();

  ports ports_;
  context& around_;
  std::shared_ptr<const consensus_keys> keys_;
  std::vector<std::string> names_; ///< by member
  consensus_signer signer_;
  consensus_journal journal_;
  consensus core_;
  node_states states_;
  voting::actions actions_; ///< of the event being applied; kept, so that a step allocates little
  std::deque<deed> waiting_;
  delivery<to_net> to_net_;
  delivery<to_notary> to_notary_;
  std::size_t records_waiting_ = 0; ///< in waiting_, not yet durable
  std::string problem_;             ///< of the journal; empty: none
  bool broken_said_ = false;
  bool full_said_ = false;
  std::vector<std::pair<member_index, bool>> clocks_said_; ///< off, and ahead of ours or not
  bool doubt_said_ = false;
  time_point repair_at_{};
  std::optional<time_point> tick_at_;
  std::optional<time_point> check_due_;
  std::optional<time_point> learn_due_; ///< for which it is to be woken
  job_queue<bool> checks_;
  std::map<job_id, voting::check_signatures> checking_;
  std::deque<voting::check_signatures> unasked_; ///< the pool was full
};

} // namespace caucus
