#pragma once

#include "actors/notary/batch_pool.hpp"
#include "actors/notary/block_chain.hpp"
#include "actors/notary/group_feed.hpp"
#include "actors/notary/notary.hpp"
#include "actors/notary/outgoing.hpp"
#include "actors/notary/peer_serving.hpp"
#include "actors/notary/peer_table.hpp"
#include "actors/notary/puller.hpp"
#include "actors/notary/reads.hpp"
#include "actors/notary/receipt_proofs.hpp"
#include "actors/notary/recent_blocks.hpp"
#include "actors/notary/snapshot_fetch.hpp"
#include "actors/notary/snapshot_serving.hpp"
#include "actors/notary/subscriptions.hpp"
#include "actors/notary/turn.hpp"
#include "messages/accusation.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

/// The parts of the core and what joins them. For notary*.cpp alone.
/// Pure.

namespace caucus {

struct notary::parts {
  explicit parts(notary_setup with);

  notary_setup setup;
  const notary_config& config;
  shared_history history; ///< never null
  peer_table peers;
  batch_pool pool;
  block_chain chain;
  caucus::puller puller;
  caucus::outgoing outgoing;
  recent_blocks recent;
  caucus::reads reads;
  caucus::subscriptions subscriptions;
  receipt_proofs receipts;
  peer_serving serving;
  snapshot_serving snapshots;
  snapshot_fetch fetch;
  group_feed feed;

  // -- events, notary.cpp ------------------------------------------------------------------------
  void on(const notary_in::tick& what, const notary_turn& t);
  void on(const notary_in::peer_up& what, const notary_turn& t);
  void on(const notary_in::peer_down& what, const notary_turn& t);
  void on(const notary_in::persisted& what, const notary_turn& t);
  void on(const notary_in::appended& what, const notary_turn& t);
  void on(notary_in::loaded& what, const notary_turn& t);
  void on(const notary_in::state_stored& what, const notary_turn& t);
  void on(const notary_in::pruned& what, const notary_turn& t);
  void on(const notary_in::storage& what, const notary_turn& t);
  void on(notary_in::asked& what, const notary_turn& t);
  void on(const notary_in::asker_restarted& what, const notary_turn& t);
  void on(const notary_in::network_full& what, const notary_turn& t);
  void on(const to_notary& what, const notary_turn& t);
  void finish_turn(const notary_turn& t);

  // -- batches of others, notary_batches.cpp ------------------------------------------------------
  void on(const notary_in::batch_arrived& what, const notary_turn& t);
  void on(notary_in::batch_checked& what, const notary_turn& t);
  void on(const want_batches& what, const notary_turn& t);
  void on(const view_entered& what, const notary_turn& t);
  void take_batch(const shared_batch& what, link_id from, const peer_id& peer,
                  const notary_turn& t);
  void hold(pooled_batch& one, const notary_turn& t);
  void announce(pooled_batch& one, const notary_turn& t) const;
  /// Of what is over and still here. False: nothing is.
  [[nodiscard]] bool take_again(const digest& id, const notary_turn& t);
  struct proposed;
  /// Counts it in. False: no proposal that lists it can be a good one.
  [[nodiscard]] bool fits_proposals(const digest& id, std::size_t size);
  [[nodiscard]] bool is_proposed(const digest& id) const;
  /// A proposal of long ago: what is not listed by a notarized block is no longer taken beyond
  /// limits.
  void expire(const proposed& what, const notary_turn& t);
  void leave_with(const shared_batch& what, const digest& id, const notary_turn& t);
  void forward_waiting(const notary_turn& t);
  void stored_batches(const notary_turn& t);
  void found(const evidence& what, const notary_turn& t);
  /// Why a proof ends this member's votes: its own key signed both. Empty: it does not.
  [[nodiscard]] std::string own_lie(const evidence& what) const;
  [[nodiscard]] accusation accused_by(const evidence& what) const;
  [[nodiscard]] std::vector<liar> liars() const;
  [[nodiscard]] evidence_answer evidence_from(const evidence_request& what) const;

  // -- blocks, notary_blocks.cpp ------------------------------------------------------------------
  void on(const block_notarized& what, const notary_turn& t);
  void on(const block_finalized& what, const notary_turn& t);
  void advance(const notary_turn& t);
  void take_final(finalized what, const notary_turn& t);
  /// Tells `own` what the newest final state leaves it.
  void allow_own();
  /// Answers all who wait; after it `refuse` is the only answer.
  void halt(std::string why, const notary_turn& t, errc code = errc::state_diverged);
  [[nodiscard]] bool is_alone() const;
  [[nodiscard]] static std::string lost_text(const std::string& which);
  void refuse(const notary_in::asked& what, const notary_turn& t);
  void leave_pool(const block& what, const notary_turn& t);
  [[nodiscard]] batch_number over_up_to(const peer_id& author) const {
    return caucus::over_up_to(*chain.tip().rules, chain.base(), author);
  }
  /// No block will execute it any more.
  [[nodiscard]] bool is_over(const batch_header& what) const {
    return what.number <= over_up_to(what.author);
  }
  /// Lets go of the ledger's blocks that nobody is promised.
  void prune(const notary_turn& t);
  void store_behind(const notary_turn& t);
  void gather_to_store(const notary_turn& t);
  [[nodiscard]] bool may_store() const;
  [[nodiscard]] bool keeps_blocks_back() const;
  [[nodiscard]] result<void> replay(const shared_final& block);
  /// Tells `own` of its batches in a block of the ledger.
  void find_own(const final_block& in);
  void on(const group_height& what, const notary_turn& t);
  [[nodiscard]] const closing* closing_of(epoch which) const;
  /// `next`: the members that it shows.
  void keep(std::shared_ptr<const closing> what, const membership& next);
  void close_epoch(const finalized& with, const notary_turn& t);
  void tell_tip(const notary_turn& t);
  void open_epoch(const notary_turn& t);
  void begin_numbering(const notary_turn& t);

  // -- peers' requests, notary_serving.cpp --------------------------------------------------------
  void on(notary_in::peer_asked& what, const notary_turn& t);
  void on(notary_in::peer_answered& what, const notary_turn& t);
  void on(notary_in::answer_checked& what, const notary_turn& t);
  void on(const notary_in::attestation_checked& what, const notary_turn& t);
  void on(const notary_in::snapshot_checked& what, const notary_turn& t);
  void on(const notary_in::snapshot_refused& what, const notary_turn& t);
  /// Answers a portion of what peers wait for.
  void serve_peers(const notary_turn& t);
  /// Here, not in the ledger alone; null: not.
  [[nodiscard]] shared_batch batch_here(const digest& id) const;
  [[nodiscard]] bool peers_wait() const;

  [[nodiscard]] std::uint64_t persist(notary_record what, const notary_turn& t);
  [[nodiscard]] notary_status status(request_tag tag) const;
  [[nodiscard]] std::optional<time_point> next_wake() const;

  // -- persisting
  std::uint64_t persist_token = 0;
  std::uint64_t persisted_up_to = 0;
  std::deque<std::pair<std::uint64_t, digest>> storing; ///< batches whose record is not durable
  std::string problem;
  std::string halted; ///< the state is not the group's, or cannot be made here; empty: it is
  errc halted_as = errc::state_diverged;

  // -- checks
  struct checking {
    digest id;
    link_id link;
    peer_id peer;
    unsigned tries = 1;
  };
  void ask_check(const shared_batch& what, checking how, const notary_turn& t);
  std::unordered_map<std::uint64_t, checking> checks;
  std::uint64_t next_check = 1;

  // -- views
  std::optional<member_index> leader;
  view in_view;
  /// What the proposals of the last views list and this node lacked: they may come to nothing.
  struct proposed {
    caucus::view view;
    digest id;
    std::unordered_set<digest> missing;
    std::size_t size = 0; ///< bytes of those that came; above block_payload_size_max: not pulled
  };
  std::deque<proposed> proposals; ///< oldest first
  time_point forward_at = time_point::max();

  // -- final blocks
  std::deque<shared_final> appending; ///< final, not durable
  height durable;                     ///< of the ledger
  height oldest{1};                   ///< in the ledger
  height prune_asked{1};              ///< below it blocks may go, as was said

  // -- the stored state
  struct changed_block {
    caucus::height height;
    std::vector<digest> touched;
  };
  std::deque<changed_block> uncertified; ///< changes that `gets.base()` does not have yet
  std::unordered_set<digest> dirty;      ///< changed up to the certified state, not stored
  std::size_t dirty_size = 0;            ///< of the batches that changed them, about
  /// What is to be stored, being read from the state that it is of, a portion after a portion.
  struct gathering {
    state_tree base;
    std::unordered_set<digest> left;
    notary_out::store_state state;
  };
  std::optional<gathering> to_store;
  time_point gather_next{};
  bool storing_state = false;
  height stored; ///< the stored state is of this height
  time_point store_next;

  std::uint64_t next_load = 1; ///< token of the next read of the ledger, whoever asks for it
  bool net_blocked = false;    ///< peers wait: what goes to them has no room

  view own_signed; ///< at the start: the newest that the ledger's last blocks show

  // -- evidence
  std::unordered_set<digest> evidence_ids;                     ///< of `evidences`
  std::vector<evidence> evidences;                             ///< about evidence_max at most
  std::map<std::optional<peer_id>, std::size_t> evidence_kept; ///< by accused; none: strangers

  std::optional<height> number_from; ///< own batches are numbered once the state is so far
  batch_number past_number{
    ~std::uint64_t{0}}; ///< least own number that the ledger was seen to execute

  // -- epochs
  std::optional<height> opening; ///< the last block of an epoch, until it is durable

  bool started = false;
};

} // namespace caucus
