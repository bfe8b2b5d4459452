#pragma once

#include "actors/notary/notary.hpp"
#include "actors/notary/notary_io.hpp"
#include "actors/notary/records.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

/// A node's disk as its notary uses it: a journal and a ledger whose newest records a crash may lose,
/// each for itself, and a table that is written as a whole or not.

namespace caucus::sim {

class sim_disk {
public:
  // -- writing -------------------------------------------------------------------------------------

  void write(const notary_out::persist& what);
  void write(const notary_out::append& what) { ledger_.push_back(what.what); }
  void write(notary_out::store_state what) { storing_ = std::move(what); }
  [[nodiscard]] bool dirty() const { return synced_.mark() != written().mark(); }

  /// How far the two logs go.
  struct extent {
    std::uint64_t token = 0; ///< of the journal
    std::size_t journal = 0; ///< records
    std::size_t ledger = 0;  ///< blocks
    [[nodiscard]] std::pair<std::uint64_t, std::size_t> mark() const { return {token, ledger}; }
  };
  [[nodiscard]] extent written() const { return {token_, journal_.size(), ledger_.size()}; }
  [[nodiscard]] const extent& synced() const { return synced_; }
  void synced(const extent& up_to) { synced_ = up_to; }
  /// What was given to write(store_state) is on the disk. Gives its height.
  height state_written();
  /// All in the place of the journal, at once. Precondition: !dirty().
  void replace_journal(std::vector<journal_record> all);

  /// The newest `count` records of the journal are gone, though they were synced.
  void lose_records(std::size_t count);

  // -- lives ---------------------------------------------------------------------------------------

  /// `below(n)`: at random in [0, n).
  void crash(const std::function<std::uint64_t(std::uint64_t)>& below);
  /// Gives a new notary all that is there. Error: as the notary's.
  [[nodiscard]] result<void> restore(notary& into) const;
  [[nodiscard]] std::vector<shared_final> load(const notary_out::load& what) const;
  [[nodiscard]] const std::vector<shared_final>& ledger() const { return ledger_; }

private:
  std::vector<journal_record> journal_;
  std::uint64_t token_ = 0;          ///< of the newest record, in this life
  std::vector<shared_final> ledger_; ///< height 1 first
  extent synced_;
  std::map<digest, state_entry> state_;
  height state_at_;
  std::optional<notary_out::store_state> storing_;
};

} // namespace caucus::sim
