#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "messages/closing.hpp"
#include "test/sim/group/verdict.hpp"

#include <cstddef>
#include <functional>
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
  /// `nullifiers`: honest members of an epoch without whom none of its views is nullified; 0: not
  /// looked at.
  /// `keeps`: what a member says it has kept before.
  explicit vote_checker(verdict& on, std::function<std::size_t(const committee&)> nullifiers = {},
                        bool keeps = false)
      : verdict_{on}, nullifiers_{std::move(nullifiers)}, keeps_{keeps} {}

  /// Who votes in each epoch; before anything is said of it.
  void learn(shared_history what) { history_ = std::move(what); }

  /// It is in the journal of an honest member; in the order in which they were signed. Again, if
  /// the journal is written anew.
  void kept(node_index who, const vote& what);
  /// Its journal was written anew in that epoch, and has nothing of those before, maybe of the same
  /// turn, any more.
  void rewritten(node_index who, epoch in) { begins_in_[who] = in; }
  /// An honest node puts `what` on the wire; in any order: a member says again what it said.
  void said(node_index who, const voting::message& what);
  /// An honest node's notary is told of a final block.
  void finalized(node_index who, const block_finalized& what);
  void started(node_index who, height tip) { next_[who] = tip.next(); }

private:
  using round = std::pair<epoch, view>;
  struct signed_words {
    std::map<vote_kind, digest> votes;
    std::map<vote_kind, digest> kept;
    std::optional<digest> proposed;
  };
  bool hold(node_index who, std::map<vote_kind, digest>& votes, const subject& what);
  [[nodiscard]] bool is_at(node_index who, member_index index, epoch in) const;
  void follows(node_index who, const block_header& next, const block_header& before);

  verdict& verdict_;
  std::function<std::size_t(const committee&)> nullifiers_;
  bool keeps_;
  shared_history history_; ///< null: the first epoch alone, whose members are nodes in their order
  std::map<round, std::set<node_index>> nullified_;
  std::map<height, block_header> headers_; ///< of final_
  std::map<std::pair<node_index, round>, signed_words> words_;
  std::map<height, digest> final_;
  std::map<node_index, epoch> begins_in_;
  std::map<node_index, height> next_; ///< the height that it must be told of next
};

} // namespace caucus::sim
