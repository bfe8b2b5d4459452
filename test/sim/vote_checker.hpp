#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "test/sim/verdict.hpp"

#include <map>
#include <optional>
#include <utility>

/// Watches what honest nodes' consensus says, over all their lives: no vote or header contradicts
/// another; final blocks are told in turn, and one for each height.

namespace caucus::sim {

class vote_checker {
public:
  /// `on` must outlive it.
  explicit vote_checker(verdict& on) : verdict_{on} {}

  /// An honest node puts `what` on the wire.
  void said(node_index who, const voting::message& what);
  /// An honest node's notary is told of a final block.
  void finalized(node_index who, const block_finalized& what);
  void started(node_index who, height tip) { next_[who] = tip.next(); }

private:
  struct signed_words {
    std::map<vote_kind, digest> votes;
    std::optional<digest> proposed;
  };
  verdict& verdict_;
  std::map<std::pair<node_index, view>, signed_words> words_;
  std::map<height, digest> final_;
  std::map<node_index, height> next_; ///< the height that it must be told of next
};

} // namespace caucus::sim
