#pragma once

#include "actors/notary/records.hpp"
#include "messages/closing.hpp"
#include "messages/committee.hpp"
#include "messages/control.hpp"
#include "messages/genesis.hpp"
#include "messages/proof.hpp"
#include "test/sim/group/sim_rules.hpp"
#include "test/sim/group/verdict.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

/// Watches what honest nodes' notaries execute and tell: one ledger everywhere, with the same
/// results; no mutation twice; what users were told is in the ledger, there and so, for ever, and
/// behind all that was told before they asked; what is read was certified and is what the ledger
/// led to.

namespace caucus::sim {

class ledger_checker {
public:
  /// `on` must outlive it.
  ledger_checker(verdict& on, genesis from, const network_id& network)
      : verdict_{on}, from_{std::move(from)}, network_{network},
        history_{std::make_shared<const epoch_history>(epoch_history{committees{from_}, {}})} {}

  /// Nodes do not keep all blocks.
  void lets_go() { lets_go_ = true; }
  /// Blocks below `oldest` may be gone from a ledger.
  [[nodiscard]] bool may_lack(height oldest) const { return lets_go_ && oldest <= top(); }
  /// Who votes in each epoch; before anything is said of it.
  void learn(shared_history what) { history_ = std::move(what); }

  // -- what nodes do ------------------------------------------------------------------------------

  void computed(node_index who, const executed& what);
  /// A final block, executed, on its way to the ledger.
  void appended(node_index who, const shared_final& what);

  // -- what users are told ------------------------------------------------------------------------

  /// A user is about to ask for it for the first time.
  void asked(std::uint64_t number) { asked_.emplace(number, newest_told_); }
  void acknowledged(node_index who, std::uint64_t number, const receipt& what);
  /// A user was told that it was not taken.
  void not_taken(std::uint64_t number) { never_.push_back(number); }
  /// The block after `last` that has mutations. True: it is.
  void told(node_index who, height last, const committed_block& what);
  /// `note`: the number of the mutation whose note was asked for; 0: another variable.
  void read(node_index who, const read_request& wanted, std::uint64_t note, const answer& what);
  /// The newest place that any user of an honest node was told of.
  [[nodiscard]] height newest_acknowledged() const { return newest_told_.first; }
  [[nodiscard]] bool is_fresh(const block_header& certified, const freshness& what) const;
  /// At the end of a run.
  void finish();

  [[nodiscard]] height top() const { return height{ledger_.size()}; }
  /// Of the newest block, or the genesis.
  [[nodiscard]] wall_ms newest_time() const {
    return ledger_.empty() ? from_.time : ledger_.back().what->block->header.time;
  }
  /// The whole set goes into one answer.
  [[nodiscard]] bool tags_fit() const {
    return model_.tag_count(ledger_.size()) + 64 < entries_per_answer_max;
  }
  /// The newest block that has mutations; 0: none.
  [[nodiscard]] height newest_told() const { return newest_full_; }

private:
  struct entry {
    std::uint64_t number = 0;
    errc code{};
    std::string reason;
  };
  struct decided {
    shared_final what;
    std::vector<entry> entries;
  };
  using position = std::pair<height, std::uint32_t>;
  void first(node_index who, const shared_final& what);
  [[nodiscard]] const committees& voters() const { return history_->voters; }
  /// Of the epoch of the block.
  [[nodiscard]] const committee& voters_at(const block_header& of) const;

  /// Of one author, or of all strangers together, no more lies in the ledger than the quota lets
  /// run out since the beginning, and one burst.
  [[nodiscard]] bool is_unnumbered(const mutation& what) const;
  void count_bytes(node_index who, const final_block& what);

  verdict& verdict_;
  genesis from_;
  std::map<peer_id, std::uint64_t> bytes_; ///< by member; none's id: all strangers
  network_id network_;
  std::map<digest, std::pair<digest, digest>> roots_; ///< of unfinal blocks too
  std::vector<decided> ledger_;                       ///< height 1 first
  sim_model model_;
  shared_history history_; ///< never null
  std::map<std::uint64_t, position> executed_;
  std::map<std::uint64_t, position> asked_; ///< the newest place told before
  position newest_told_;
  height newest_full_;
  bool lets_go_ = false;
  std::vector<std::uint64_t> never_;
};

} // namespace caucus::sim
