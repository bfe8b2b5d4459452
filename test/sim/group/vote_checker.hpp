#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "test/sim/group/verdict.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

/// Watches what honest nodes' consensus says, over all their lives: no vote or header contradicts
/// another; final blocks are told in turn, and one for each height; each follows the one before, in
/// parent, view and time, and past no view that too few nullified.

namespace caucus::sim {

class vote_checker {
public:
  /// `on` must outlive it.
  /// `nullifiers`: honest members without whom no view is nullified; 0: not looked at.
  /// `keeps`: what a member says it has kept before.
  explicit vote_checker(verdict& on, std::size_t nullifiers = 0, bool keeps = false)
      : verdict_{on}, nullifiers_{nullifiers}, keeps_{keeps} {}

  /// It is in the journal of an honest member; in the order in which they were signed. Again, if
  /// the journal is written anew.
  void kept(node_index who, const vote& what);
  /// An honest node puts `what` on the wire; in any order: a member says again what it said.
  void said(node_index who, const voting::message& what);
  /// An honest node's notary is told of a final block.
  void finalized(node_index who, const block_finalized& what);
  void started(node_index who, height tip) { next_[who] = tip.next(); }

private:
  struct signed_words {
    std::map<vote_kind, digest> votes;
    std::map<vote_kind, digest> kept;
    std::optional<digest> proposed;
  };
  bool hold(node_index who, std::map<vote_kind, digest>& votes, const subject& what);
  void follows(node_index who, const block_header& next, const block_header& before);

  verdict& verdict_;
  std::size_t nullifiers_;
  bool keeps_;
  std::map<view, std::set<node_index>> nullified_;
  std::map<height, block_header> headers_; ///< of final_
  std::map<std::pair<node_index, view>, signed_words> words_;
  std::map<height, digest> final_;
  std::map<node_index, height> next_; ///< the height that it must be told of next
};

} // namespace caucus::sim
