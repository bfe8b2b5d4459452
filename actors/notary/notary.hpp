#pragma once

#include "actors/notary/notary_config.hpp"
#include "actors/notary/notary_io.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/rules.hpp"
#include "messages/accusation.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/base/turn.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

/// Keeps what the group votes on: takes users' mutations, batches and signs them, holds others'
/// batches, executes blocks, gives receipts, answers reads with proofs, tells what was committed.
/// Pure: no clock, socket, file, thread or randomness. Source: the design in README.md.

namespace caucus {

struct notary_setup {
  caucus::genesis genesis;
  network_id network;
  std::shared_ptr<const compiled_rules> rules; ///< never null; see compile_rules()
  peer_id self;
  /// Signs as `self`. Called for own batches alone.
  std::function<signature(bytes_view)> sign;
  notary_config config{};
  /// Drawn at random for each life: two lives that know the same give their batches other numbers.
  std::uint32_t life = 0;
  /// Whether a proof shows that a key lied; see execution_base. Empty: nothing is proven.
  std::function<bool(const peer_id&, const evidence&)> proves{};
};

/// One node's notary. A final block whose header certifies another state than the one computed here
/// halts it for this life: that block is not taken, whoever waits is answered, consensus told.
/// Life: construct; restore what the last life left, in this order: what ended epochs, the stored
/// state (if any), the ledger from the height after it, the journal; start(); then step() for ever.
class notary {
public:
  using event = notary_in::event;
  using action = notary_out::action;
  using tick = notary_in::tick;

  explicit notary(notary_setup setup);
  notary(notary&&) noexcept;
  notary& operator=(notary&&) noexcept;
  ~notary();

  // -- before start() -----------------------------------------------------------------------------

  /// What ended an epoch, in order; before all else. Error: bad_checksum: it does not end the one
  /// that the former began.
  [[nodiscard]] result<void> restore_closing(const closing& what);
  /// The state after `at` as it is stored. Called at most once, first. Error:
  /// bad_checksum: it does not have `at.state_root`; the notary is as before, replay all instead.
  [[nodiscard]] result<void> restore_state(const shared_final& at,
                                           const std::vector<state_entry>& entries);
  /// The next final block of the ledger; executes it. Error: bad_checksum: the result is not what
  /// the record says (other rules, or damage).
  [[nodiscard]] result<void> restore_final(const shared_final& block);
  /// The oldest block that the ledger has, if that is not the first of all. Once, after these.
  void restore_oldest(height oldest);
  /// A record of the journal, in the order of writing.
  void restore_journal(const notary_record& record);
  /// Entries of a state that a former life began to fetch. Nothing of them is believed.
  void restore_snapshot_part(std::vector<snapshot_entry> brought);
  /// After the journal: own batches are in it of which the blocks from the stored state on tell
  /// nothing. Then older blocks are wanted, newest first, until it is false, or
  /// past_is_unreadable().
  [[nodiscard]] bool wants_past() const;
  void restore_past(const final_block& block);
  void past_is_unreadable();
  /// Of the newest blocks, newest first, until it is false: none has shown yet up to which view
  /// this member signed.
  [[nodiscard]] bool wants_signed(const final_block& block);
  /// Whether what was restored can all be true. Error: folder_contradicts, with the way out: the
  /// journal is another node's, or has lost batches that the ledger executed, or, of a group of
  /// one, the ledger lost its end.
  [[nodiscard]] result<void> judge() const;
  /// Tells consensus of a proof that this member lied, if there is one, the ledger's tip and then
  /// each held batch; sends own batches again.
  void start(const turn<action>& at);

  // -- running ------------------------------------------------------------------------------------

  /// Takes one event and appends what is to be done. Errors of peers become `blame`, of users
  /// answers.
  void step(event what, const turn<action>& at);
  /// Flushes what waits for a turn's end (batches, receipts), tells a portion of what subscribers
  /// wait for, then answers a portion of what peers asked (see README.md), unless the network is
  /// full. Cheap if nothing.
  void finish_turn(const turn<action>& at);
  /// More is to be told of what is committed, or to be answered and the network takes it: another
  /// turn is wanted at once.
  [[nodiscard]] bool wants_turn() const;
  /// There is more to be answered to peers.
  [[nodiscard]] bool peers_wait() const;
  /// The node ends: everyone who waits gets an answer now (of proposals the outcome is unknown).
  void stop(const turn<action>& at);
  /// When a `tick` is wanted at the latest.
  [[nodiscard]] std::optional<time_point> next_wake() const;

  // -- for the shell ------------------------------------------------------------------------------

  /// All that the journal must still hold: what replaces it when it has grown long.
  [[nodiscard]] std::vector<notary_record> journal() const;
  /// The checks that check_batch and check_answer ask for, with what they need of the set-up.
  [[nodiscard]] const notary_setup& setup() const;
  /// Why nothing is served any more: the state here is not what the group certified. Empty: all is
  /// well.
  [[nodiscard]] const std::string& halted() const;
  /// The proofs of lies that are kept, in the order found.
  [[nodiscard]] const std::vector<evidence>& lies() const;
  /// What one of them shows.
  [[nodiscard]] accusation accused_by(const evidence& what) const;
  /// Who votes in each epoch that has begun; never null.
  [[nodiscard]] const shared_history& history() const;
  /// As of the newest final block no batch of this author is executed any more.
  [[nodiscard]] bool is_out(const peer_id& author) const;
  /// For the log: this node's identity signed what its folder did not; empty: no. `error`: it does
  /// so now.
  struct identity_alarm {
    std::string text;
    bool error = false;
  };
  [[nodiscard]] identity_alarm alarm() const;
  /// The newest height that a receipt of this folder tells of: above final_height(), the ledger
  /// lost its end.
  [[nodiscard]] height promised() const;
  /// Newest final block executed, and the state root that it leads to.
  [[nodiscard]] height final_height() const;
  [[nodiscard]] digest state_root() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_; ///< never null, but after a move
};

} // namespace caucus
