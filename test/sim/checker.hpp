#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "test/sim/fake_notary.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

/// Watches a run for what must never happen, over all lives of all honest nodes.
/// The first violation is kept.

namespace caucus::sim {

class checker {
public:
  /// An honest node puts `what` on the wire.
  void said(node_index who, const voting::message& what);
  /// An honest node's notary is told of a final block.
  void finalized(node_index who, const block_finalized& what);
  /// An honest node's notary has computed what a block leads to.
  void computed(node_index who, const executed& what);
  /// An honest node executed a final block.
  void applied(node_index who, const ledger_entry& what);
  void started(node_index who, height tip) { next_[who] = tip.next(); }

  [[nodiscard]] const std::string& violation() const { return violation_; }
  [[nodiscard]] bool ok() const { return violation_.empty(); }
  /// Distinct final blocks seen.
  [[nodiscard]] std::size_t final_count() const { return final_.size(); }
  [[nodiscard]] const std::map<height, digest>& final_blocks() const { return final_; }

private:
  void fail(node_index who, const std::string& what);

  struct signed_words {
    std::map<vote_kind, digest> votes;
    std::optional<digest> proposed;
  };
  std::map<std::pair<node_index, view>, signed_words> words_;
  std::map<height, digest> final_;
  std::map<digest, std::pair<digest, digest>> roots_;
  std::map<node_index, height> next_;         ///< the height that it must be told of next
  std::map<std::uint64_t, height> mutations_; ///< where each was applied
  std::string violation_;
};

} // namespace caucus::sim
