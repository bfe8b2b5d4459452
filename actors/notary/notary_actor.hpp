#pragma once

#include "actors/notary/notary.hpp"
#include "actors/notary/notary_calls.hpp"
#include "actors/notary/notary_commands.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/notary/packets.hpp"
#include "actors/notary/request_times.hpp"
#include "actors/notary/snapshot_install.hpp"
#include "messages/control.hpp"
#include "messages/genesis.hpp"
#include "messages/net.hpp"
#include "messages/ordering.hpp"
#include "runtime/append_log.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/commands/live_names.hpp"
#include "runtime/context.hpp"
#include "runtime/job_queue.hpp"
#include "runtime/metrics.hpp"
#include "runtime/shell.hpp"
#include "runtime/worker_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The shell around `notary`: frames to events, its words to frames, its records to files, checks
/// and the stored state to workers. Of the protocol it decides nothing; when a file is compacted,
/// and when the disk is tried again, is its affair.
///
/// Accepts:  from_net (`net_in`), to_notary (`consensus_in`), notary_request (`requests`),
///           command_call (`calls`)
/// Emits:    to_net (`net_out`), to_consensus (`consensus_out`), directive (`directives`: blame;
///           dropped when full), notary_answer (`answers`: answers[i] is for whom requests[i] is),
///           command_reply (`replies`: replies[i] is for whom calls[i] is)
/// Lifetime: the topology's; restarts together with consensus. Whose `answers` or `replies` is full
///           waits alone: nothing more is taken from its other edge. While `net_out` is full
///           nothing is taken from the network or from users, and no peer's question is answered;
///           `consensus_in` is always drained, so the two cannot wait for one another.
/// A restart loses who waits for what (askers see a new life and ask again) and batches that were
/// not durable; nothing that was acknowledged.
/// Throws, at the start of a life, if a file is damaged or cannot be opened.
/// A full disk: nothing more is held or acknowledged, `status` says why, and it is tried again each
/// second.

namespace caucus {

struct notary_actor_setup {
  std::shared_ptr<const caucus::genesis> genesis{}; ///< never null
  std::shared_ptr<const compiled_rules> rules{};    ///< never null; compile_rules()
  network_id network{};                             ///< network_id_of()
  std::shared_ptr<const secret_key> key{};          ///< never null; the node's
  std::filesystem::path folder{};                   ///< of the node; exists
  durability keeps = durability::disk;              ///< decides config.durable too
  std::shared_ptr<worker_pool> pool{};   ///< never null; for checks, which votes wait for
  std::shared_ptr<worker_pool> storer{}; ///< never null; for the stored state: no vote waits
  notary_config config{};
  notary_storage storage{};
  signature_scheme scheme{};
  std::shared_ptr<live_names> names{}; ///< told when they change; null: nobody looks
  std::shared_ptr<metrics> numbers = std::make_shared<metrics>(); ///< never null
};

class notary_actor {
public:
  static constexpr const char* name = "notary";
  using commands = notary_commands;
  using packets = notary_packets;

  struct ports {
    inbox<from_net> net_in;
    outbox<to_net> net_out;
    inbox<to_notary> consensus_in;
    outbox<to_consensus> consensus_out;
    outbox<directive, when_full::drop> directives;
    inboxes<notary_request> requests;
    outboxes<notary_answer> answers;
    inboxes<command_call> calls;
    outboxes<command_reply> replies;
    void each(auto&& visit) {
      visit("net_in", net_in);
      visit("net_out", net_out);
      visit("consensus_in", consensus_in);
      visit("consensus_out", consensus_out);
      visit("directives", directives);
      visit("requests", requests);
      visit("answers", answers);
      visit("calls", calls);
      visit("replies", replies);
    }
  };

  notary_actor(ports its_ports, context& around, const notary_actor_setup& setup);

  bool step() { return shell_.step(); }
  [[nodiscard]] bool idle() { return shell_.idle(); }
  /// For a test that looks inside.
  [[nodiscard]] const notary& core() const { return core_; }

private:
  /// The end of a check that a worker made.
  struct check_done {
    result<void> plain; ///< of a batch or an attestation
    result<verified_answer> answer{verified_answer{}};
  };
  struct snapshot_done {
    result<void> how;
  };
  struct snapshot_asked {
    std::optional<std::uint64_t> check{}; ///< its token; none: it is to be installed
    height at{};
  };
  enum class checked : std::uint8_t { batch, answer, attestation };
  struct check_asked {
    std::uint64_t token = 0;
    checked kind = checked::batch;
  };

  void take_snapshot(const notary_actor_setup& setup);
  void open(const notary_actor_setup& setup);
  void replay_alone(const notary_actor_setup& setup, const notary_files::visitor& visit,
                    notary_storage storage);
  void search_past();
  void search_signed();
  void declare_turns();
  void declare_asker(asker_index which);
  void declare_caller(std::size_t which);
  [[nodiscard]] bool takes_from(std::size_t answers_waiting) const;
  void restarted(asker_index asker);
  void hear(from_net& what);
  void hear(const frame_in& what);
  void hear(asker_index from, notary_request& what);
  void stored(const result<height>& how);
  void say_news();
  void say_lies();
  void perform(notary_out::persist& what);
  void perform(notary_out::append& what);
  void perform(notary_out::keep_closing& what);
  void perform(notary_out::load& what);
  void perform(notary_out::prune& what);
  void perform(notary_out::store_state& what);
  void perform(notary_out::check_batch& what);
  void perform(notary_out::check_answer& what);
  void perform(notary_out::check_attestation& what);
  void perform(notary_out::check_snapshot& what);
  void perform(notary_out::keep_snapshot_part& what);
  void perform(notary_out::install_snapshot& what);
  void perform(notary_out::name_variables& what);
  void perform(notary_out::send_batch& what);
  void perform(notary_out::request& what);
  void perform(notary_out::respond& what);
  void perform(notary_out::blame& what);
  void perform(notary_out::tell& what);
  void perform(to_consensus& what);
  [[nodiscard]] static notary_in::event end_of(check_asked what, result<check_done> how);
  void submit(check_asked what, const std::function<check_done()>& work);
  [[nodiscard]] static notary_in::event end_of(snapshot_asked what, result<snapshot_done> how);
  void submit(snapshot_asked what, std::function<snapshot_done()> work);
  void snapshot_ended(snapshot_asked what, result<snapshot_done> how);
  void begin_anew();
  void store();
  void flush();

  ports ports_;
  context& around_;
  std::shared_ptr<const genesis> from_; ///< never null
  signature_scheme scheme_;
  std::filesystem::path folder_;
  notary_storage storage_;
  std::shared_ptr<live_names> names_; ///< null: nobody looks
  notary core_;
  std::optional<notary_files> files_;

  delivery<to_net> to_net_;
  delivery<to_consensus> to_consensus_;
  std::vector<delivery<notary_answer>> to_askers_;
  notary_calls callers_;

  kept_jobs<check_done, check_asked> checks_;
  job_queue<height> stores_;
  kept_jobs<snapshot_done, snapshot_asked> snapshots_;
  snapshot_part part_;
  bool fetches_ = true;      ///< false: one that came could not be taken
  bool begins_anew_ = false; ///< the next life takes a state, once all of this one is on the disk
  std::shared_ptr<notary_out::store_state> storing_; ///< null: none under way
  time_point store_again_{};

  std::uint64_t token_told_ = 0;
  height appended_told_;
  time_point flush_again_{}; ///< the disk refused
  time_point compact_again_{};
  std::string problem_;
  bool network_full_ = false; ///< as the core was told
  bool halt_said_ = false;
  std::size_t lies_said_ = 0;
  std::string alarm_said_;
  request_times times_;
  shell<notary> shell_;
};

} // namespace caucus
