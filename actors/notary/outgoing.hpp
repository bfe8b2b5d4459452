#pragma once

#include "actors/notary/executor.hpp"
#include "actors/notary/notary.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/request_table.hpp"
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

/// This node's own users' mutations: gathers them into batches, numbers and signs each, and gives the
/// receipts once a block that executed it is durable.
/// Pure. A batch goes: gathering, (waiting for room,) numbered, persisted, out, ordered, executed by
/// a final block, settled. One overtaken by a later number of ours can never run: its mutations are
/// gathered anew. Nothing leaves before its number is durable.

namespace caucus {

class outgoing {
public:
  /// Called when a batch may leave: it is durable, and was not out before.
  using leave = std::function<void(const shared_batch&, const digest&, const turn&)>;

  /// `setup` must outlive it. `persist` appends to the journal and gives the record's token.
  outgoing(const notary_setup& setup,
           std::function<std::uint64_t(journal_record, const turn&)> persist, leave out);

  // -- restoring ---------------------------------------------------------------------------------
  void restore(const own_record& record);
  void restore(const settled_record& record);
  void restore(const receipt_record& record);
  void restore(const ceiling_record& record);
  /// An own batch that a replayed final block executed.
  void restore_executed(batch_number number, settled_record how);
  /// `last`: our last number that the state has. Sends what is still open.
  void start(batch_number last, const turn& t);

  // -- running -----------------------------------------------------------------------------------
  void propose(asker_index by, propose_request what, const turn& t);
  /// Cuts batches as far as there is room and reason.
  void pump(const turn& t);
  /// Answers those whose time is over.
  void tick(const turn& t);
  /// Answers all.
  void stop(const turn& t);
  void persisted(std::uint64_t up_to, const turn& t);
  /// A notarized block lists this own batch (true), or was abandoned (false).
  void ordered(const digest& id, bool is);
  /// A final block executed it; its receipts go out when `settle` says that the height is durable.
  void executed(batch_number number, const shared_final& by, std::uint32_t first_index);
  /// Our last number in the final state: those at or below it that were not executed are overtaken.
  void overtaken(batch_number last, const turn& t);
  void settle(height durable, const turn& t);
  /// Empty: the group passes blocks.
  void stands_still(std::string why) { standstill_ = std::move(why); }
  void asker_gone(asker_index who);

  [[nodiscard]] std::optional<time_point> next_wake() const;
  [[nodiscard]] bool knows(const digest& id) const { return by_id_.contains(id); }
  /// Out and not ordered, for sending again.
  void each_unordered(const std::function<void(const shared_batch&, const digest&)>& visit) const;
  /// What the journal must hold of it.
  void journal(std::vector<journal_record>& out) const;
  /// All records of settled batches up to this token are what the state behind may rely on.
  [[nodiscard]] std::uint64_t settled_token() const { return settled_token_; }
  [[nodiscard]] std::size_t waiting() const { return open_.size() + backlog_.size(); }
  /// Of the newest receipt given.
  [[nodiscard]] height last_receipt() const { return last_receipt_; }
  [[nodiscard]] bool idle() const {
    return open_.empty() && backlog_.empty() && gathering_.empty();
  }

private:
  struct waiter {
    asker_index by = 0;
    request_tag tag = 0;
    time_point deadline;
    bool waits = false; ///< false: answered, or nobody asked in this life
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
    gathered in; ///< without the body
    shared_batch what;
    digest id;
    std::uint64_t token = 0; ///< of what must be durable first
    bool out = false;
    bool ordered = false;
    bool restored = false; ///< numbered in a former life
    shared_final by;       ///< the block that executed it
    std::uint32_t first_index = 0;
  };

  [[nodiscard]] bool room() const;
  void gather(bytes_view encoded, waiter who, const std::string& request, const digest& what,
              const turn& t);
  void cut(gathered from, const turn& t);
  [[nodiscard]] bool lives_on(const own_batch& in, const request_entry* request) const;
  void gather_anew(const own_batch& of, const turn& t);
  void raise_ceiling(const turn& t);
  void send_durable(const turn& t);
  [[nodiscard]] std::string why_unknown() const;
  void expire(gathered& in, const turn& t);
  void give_receipts(own_batch& of, const turn& t);
  void remember(const own_record& record);
  void forget(std::map<batch_number, own_batch>::iterator which);

  const notary_setup& setup_;
  const notary_config& config_;
  std::function<std::uint64_t(journal_record, const turn&)> persist_;
  leave out_;
  request_id_table requests_;
  std::unordered_multimap<std::string, waiter> again_; ///< retries of what is not final yet

  gathered gathering_;
  std::deque<gathered> backlog_;           ///< full, and without room to be out
  std::size_t backlog_size_ = 0;           ///< bytes
  std::map<batch_number, own_batch> open_; ///< not settled
  std::unordered_map<digest, batch_number> by_id_;
  std::map<batch_number, settled_record> replayed_;

  batch_number next_{1};
  batch_number ceiling_{0};         ///< memory mode: numbers up to it may be used ...
  std::uint64_t ceiling_token_ = 0; ///< ... once this is durable
  batch_number ceiling_durable_{0};
  std::uint64_t durable_up_to_ = 0;
  std::uint64_t settled_token_ = 0;
  std::size_t unordered_ = 0;
  std::size_t unordered_size_ = 0;
  bool flush_ = false;     ///< one of ours was ordered: what has gathered goes
  std::string standstill_; ///< why the group passes no blocks; empty: it does
  bool stopping_ = false;
  height last_receipt_;
};

} // namespace caucus
