#pragma once

#include "actors/notary/executor.hpp"
#include "actors/notary/notary.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/request_ids.hpp"
#include "actors/notary/tip_state.hpp"
#include "actors/notary/turn.hpp"
#include "messages/control.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

/// This node's own users' mutations: gathers them into batches, numbers and signs each, and gives
/// the receipts once a block that executed it is durable.
/// Pure. A batch goes: gathering, (waiting for room,) numbered, persisted, out, ordered, executed
/// by a final block, settled. One overtaken by a later number of ours can never run: its mutations
/// are gathered anew. Nothing leaves before its number is durable.

namespace caucus {

class outgoing {
public:
  /// Called when a batch may leave: it is durable, and was not out before.
  using leave = std::function<void(const shared_batch&, const digest&, const notary_turn&)>;

  /// `setup` and `tip`, the newest, must outlive it. `persist` appends to the journal and gives the
  /// record's token.
  outgoing(const notary_setup& setup, const tip_state& tip,
           std::function<std::uint64_t(notary_record, const notary_turn&)> persist, leave out);

  // -- restoring ---------------------------------------------------------------------------------
  void restore(const own_record& record);
  void restore(const settled_record& record);
  void restore(const receipt_record& record);
  void restore(const ceiling_record& record);
  void restore(const overtaken_record& record);
  /// An own batch, by its digest, that a final block of the ledger executed.
  void restore_executed(const digest& id, settled_record how);
  /// Batches of the journal at or below `last`, our last number that the state has, of which no
  /// block that was replayed tells: the oldest's number. None: all are accounted for.
  [[nodiscard]] std::optional<batch_number> unaccounted(batch_number last) const;
  /// The ledger could not be searched for those: what became of them nobody can say.
  void lose_unaccounted(batch_number last);
  /// What the journal knows is taken, and the height that it tells of.
  [[nodiscard]] batch_number known_number() const { return batch_number{next_.value() - 1}; }
  [[nodiscard]] height promised() const { return last_receipt_; }
  /// Another node, whose batches the journal has as own ones: it is that node's.
  [[nodiscard]] const std::optional<peer_id>& other_author() const { return other_author_; }
  /// `last`: our last number that the state has. Sends what is still open; numbers nothing new yet.
  void start(batch_number last, const notary_turn& t);
  /// This folder is an older copy, whose later lives may have gathered anew what its batches hold:
  /// what becomes of those that are overtaken nobody can say, in no later life either.
  void folder_is_older(const notary_turn& t);
  /// The next life begins with a state in which the last number of this author is `last`. What
  /// blocks would have told, they do not: of numbers that this folder did not sign, and what may
  /// have become of its own.
  void jumps(batch_number last, const notary_turn& t);
  /// The group's height is known, and the state is of that height or later: numbers may be given.
  void begin_numbering(batch_number last, const notary_turn& t);

  // -- running -----------------------------------------------------------------------------------
  /// The id was given before, and is remembered.
  [[nodiscard]] bool knows(const std::string& request_id) const {
    return !request_id.empty() && requests_.find(request_id) != nullptr;
  }
  void propose(asker_index by, propose_request what, const notary_turn& t);
  /// Cuts batches as far as there is room and reason.
  void pump(const notary_turn& t);
  /// Answers those whose time is over.
  void tick(const notary_turn& t);
  /// Answers all.
  void stop(const notary_turn& t);
  /// Nothing more is executed: what the blocks of this turn showed of other lives is kept first, as
  /// the ledger has those blocks.
  void halt(const notary_turn& t);
  void persisted(std::uint64_t up_to, const notary_turn& t);
  /// A notarized block lists this own batch (true), or was abandoned (false).
  void ordered(const digest& id, bool is);
  /// A final block executed this batch of our identity. If it is one of ours its receipts go out
  /// when `settle` says that the height is durable; if this folder did not sign it, it is noted.
  void executed(const digest& id, batch_number number, const shared_final& by,
                std::uint32_t first_index);
  /// Our last number in the final state: those at or below it that were not executed are overtaken.
  void overtaken(batch_number last, const notary_turn& t);
  void settle(height durable, const notary_turn& t);
  /// Empty: the group passes blocks.
  void stands_still(std::string why) { standstill_ = std::move(why); }
  /// What this node may have listed on the newest final state; none: no quota. What would not fit
  /// is not taken in: nothing is signed that no block may list.
  struct allowance {
    std::uint64_t left = 0; ///< bytes, as quota_size_of() counts
    quota limit;
  };
  void allow(std::optional<allowance> now) { allowed_ = now; }
  void asker_gone(asker_index who);

  [[nodiscard]] std::optional<time_point> next_wake() const;
  /// Out and not ordered, for sending again.
  void each_unordered(const std::function<void(const shared_batch&, const digest&)>& visit) const;
  /// What the journal must hold of it.
  void journal(std::vector<notary_record>& out) const;
  /// All records of settled batches up to this token are what the stored state may rely on.
  [[nodiscard]] std::uint64_t settled_token() const { return settled_token_; }
  /// Batches, one that still gathers among them.
  [[nodiscard]] std::size_t waiting() const {
    return open_.size() + backlog_.size() + (gathering_.empty() ? 0 : 1);
  }
  /// Of the newest receipt given.
  [[nodiscard]] height last_receipt() const { return last_receipt_; }
  /// Batches that this identity signed and this folder did not; empty: there are none.
  [[nodiscard]] std::string alarm() const;
  [[nodiscard]] bool is_signed_elsewhere() const { return foreign_.now; }

  [[nodiscard]] bool idle() const {
    return open_.empty() && backlog_.empty() && gathering_.empty();
  }

private:
  struct waiter {
    asker_index asker = 0;
    request_tag tag = 0;
    time_point deadline;
    bool waits = false; ///< false: answered, or nobody asked in this life
    bool named = false; ///< by a request id
  };
  /// Mutations on their way into one batch.
  struct gathered {
    bytes body;
    std::vector<waiter> waiters; ///< by mutation
    std::vector<request_entry> requests;
    time_point since;
    time_point earliest = time_point::max(); ///< no waiter's deadline is before it

    [[nodiscard]] bool empty() const { return waiters.empty(); }
  };
  struct own_batch {
    caucus::outgoing::gathered gathered; ///< without the body
    shared_batch batch;
    digest id;
    std::uint64_t token = 0; ///< of what must be durable first
    bool out = false;
    bool ordered = false;
    bool restored = false; ///< numbered in a former life
    /// Restored, and if it is overtaken nobody can say what became of it: by a number that this
    /// folder did not sign, or the folder is an older copy.
    bool lost = false;
    bool accounted = false; ///< restored: the journal says that it was overtaken
    shared_final block;     ///< the block that executed it
    std::uint32_t first_index = 0;
  };

  [[nodiscard]] bool room() const;
  /// Why a mutation of this size is beyond the quota; none: it is not.
  [[nodiscard]] std::optional<error> over_quota(std::size_t encoded_size) const;
  /// Of all that is numbered and that no final block executed: bytes, as quota_size_of() counts.
  [[nodiscard]] std::uint64_t open_quota_size() const;
  /// Some of it is in no block, and the quota has no room for all of it.
  [[nodiscard]] bool waits_for_quota() const;
  /// "an idle group makes one each 10 s", a block.
  [[nodiscard]] std::string blocks_when_idle() const;
  void gather(bytes_view encoded, waiter who, const std::string& request, const digest& what,
              const notary_turn& t);
  void cut(gathered from, const notary_turn& t);
  [[nodiscard]] bool lives_on(const own_batch& in, const request_entry* request) const;
  void persist_overtaken(batch_number number, bool lost, const notary_turn& t);
  void gather_anew(const own_batch& of, const notary_turn& t);
  /// Of those undecided: anew, or lost.
  void decide(const notary_turn& t);
  /// To numbers that no other life of this identity took, as far as its random number can tell.
  void leap();
  void raise_ceiling(const notary_turn& t);
  void send_durable(const notary_turn& t);
  [[nodiscard]] std::string why_unknown() const;
  /// With what can be done about it.
  [[nodiscard]] error unknown(const waiter& who) const;
  void expire(gathered& in, const notary_turn& t);
  void give_receipts(own_batch& of, const notary_turn& t);
  void remember(const own_record& record);
  void forget(std::map<batch_number, own_batch>::iterator which);
  void lose(const own_batch& what);
  void say_foreign(const notary_turn& t);
  void note_foreign(batch_number number, height at);

  const notary_setup& setup_;
  const tip_state& tip_;
  const notary_config& config_;
  std::function<std::uint64_t(notary_record, const notary_turn&)> persist_;
  leave out_;
  request_id_table requests_;
  std::unordered_multimap<std::string, waiter> again_; ///< retries of what is not final yet

  gathered gathering_;
  std::deque<gathered> backlog_;           ///< full, and without room to be out
  std::size_t backlog_size_ = 0;           ///< bytes
  std::map<batch_number, own_batch> open_; ///< not settled
  std::unordered_map<digest, batch_number> by_id_;
  std::unordered_map<digest, settled_record> replayed_;
  std::deque<own_batch> lost_; ///< what became of them nobody can say; newest last
  /// Of a former life, and overtaken. Until this life numbers it cannot know who overtook them: if
  /// this folder was set back, the life after that copy may have done what they hold.
  std::deque<own_batch> undecided_;
  /// Batches of our identity that final blocks executed and this folder did not sign.
  struct {
    std::uint64_t count = 0;
    batch_number highest;
    caucus::height height;
    bool now = false;    ///< one of them after this life began to number
    bool unsaid = false; ///< the journal does not have `highest` yet
  } foreign_;
  std::optional<peer_id> other_author_;
  batch_number
    first_unknown_; ///< what is executed from here on this folder did not sign before this life
  bool numbers_ = false; ///< may give some

  batch_number next_{1};
  batch_number named_;      ///< highest that the journal names, once numbers_; next_ may have leapt
  batch_number ceiling_{0}; ///< memory mode: numbers up to it may be used ...
  std::uint64_t ceiling_token_ = 0; ///< ... once this is durable
  batch_number ceiling_durable_{0};
  std::uint64_t durable_up_to_ = 0;
  std::uint64_t settled_token_ = 0;
  std::size_t unordered_ = 0;
  std::size_t unordered_size_ = 0;
  bool flush_ = false;               ///< one of ours was ordered: what has gathered goes
  std::optional<allowance> allowed_; ///< none: no quota
  std::string standstill_;           ///< why the group passes no blocks; empty: it does
  bool stopping_ = false;
  height last_receipt_;
};

} // namespace caucus
