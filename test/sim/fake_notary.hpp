#pragma once

#include "messages/ordering.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

/// A small honest notary: holds batches, executes by hashing, keeps a ledger whose newest blocks a
/// crash may lose. Stands in for actors/notary where a run is about consensus alone.
/// Deterministic.

namespace caucus::sim {

using node_index = std::size_t;

/// A batch: its author's number, and the mutations it carries, each known by a number of its own.
struct sim_batch {
  digest id;
  node_index author = 0;
  std::uint64_t number = 0;
  std::vector<std::uint64_t> mutations;
};
using shared_sim_batch = std::shared_ptr<const sim_batch>;

/// What a block leads to.
struct sim_result {
  digest state;
  digest receipts;
  std::map<node_index, std::uint64_t> numbers; ///< the last executed of each author
  std::vector<std::uint64_t> applied;          ///< mutations of this block, in order
};

struct ledger_entry {
  digest id;
  shared_block what;
  std::optional<certificate> finalization;
  sim_result result;
};

/// What a step wants done.
struct notary_out {
  std::vector<to_consensus> said;
  std::vector<std::pair<std::optional<node_index>, shared_sim_batch>> batches; ///< none: to all
  std::vector<digest> wanted; ///< batches to ask others for
};

class fake_notary {
public:
  explicit fake_notary(node_index self) : self_{self} {}

  /// A new life: told to consensus as its first item, and the batches that wait.
  void start(notary_out& out);
  /// Leaves what is on disk.
  void crash();

  void on(const to_notary& what, notary_out& out);
  void hold(const shared_sim_batch& what, notary_out& out);
  [[nodiscard]] shared_sim_batch find(const digest& id) const;
  /// A user's mutation: batched, and sent to all.
  void submit(std::uint64_t mutation, notary_out& out);
  /// Time has passed: what waits is sent again, what is missing is asked for again.
  void retry(notary_out& out);
  /// Everything final so far is on disk.
  void sync(notary_out& out);
  [[nodiscard]] bool has_unsynced() const { return synced_ < ledger_.size(); }

  [[nodiscard]] chain_page serve(const chain_request& what) const;
  [[nodiscard]] const std::vector<ledger_entry>& ledger() const { return ledger_; }
  [[nodiscard]] const std::map<digest, sim_result>& results() const { return results_; }
  [[nodiscard]] std::vector<evidence> take_evidence() { return std::exchange(evidence_, {}); }
  [[nodiscard]] bool stands_still() const { return standstill_; }
  /// Own mutations that are not final yet.
  [[nodiscard]] std::size_t own_open() const { return own_.size(); }

  static const digest& genesis_id();
  static sim_result genesis_result();

private:
  struct block_waiting {
    digest id;
    shared_block what;
  };
  void execute_ready(notary_out& out);
  [[nodiscard]] const sim_result* result_of(const digest& id) const;
  void settle_ledger(notary_out& out);
  void issue(std::vector<std::uint64_t> mutations, notary_out& out);

  node_index self_;
  // On disk.
  std::map<digest, shared_sim_batch> batches_;
  std::uint64_t next_number_ = 1;
  std::map<std::uint64_t, shared_sim_batch> own_; ///< own batches not final, by number
  std::vector<ledger_entry> ledger_;              ///< height 1 first; the newest may be lost
  std::size_t synced_ = 0;                        ///< entries on disk
  // In memory.
  std::map<digest, sim_result> results_; ///< of blocks above the ledger
  std::vector<block_waiting> notarized_; ///< not executed yet
  struct final_waiting {
    digest id;
    shared_block what;
    std::optional<certificate> finalization;
  };
  std::vector<final_waiting> final_; ///< not executed yet, in order
  std::vector<evidence> evidence_;
  std::set<std::uint64_t> applied_; ///< mutations in the ledger
  bool standstill_ = false;
};

} // namespace caucus::sim
