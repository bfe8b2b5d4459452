#pragma once

#include "actors/notary/link_queue.hpp"
#include "actors/notary/notary_config.hpp"
#include "actors/notary/peer_table.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/snapshot_packets.hpp"
#include "actors/notary/state_tree.hpp"
#include "actors/notary/turn.hpp"
#include "messages/closing.hpp"
#include "messages/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

/// Gives the state to nodes that are behind all blocks which are kept. Two certified versions of it
/// stay, taken at heights that all nodes with the same `node.keep_blocks` choose alike, so that one
/// who fetches may ask several; they share what is equal. A node that keeps all blocks has none: it
/// gives those.
/// Pure.

namespace caucus {

class snapshot_serving {
public:
  /// All must outlive this.
  snapshot_serving(const notary_config& config, const peer_table& peers,
                   const shared_history& history)
      : config_{config}, peers_{peers}, history_{history} {}

  /// The state begins with that behind this block.
  void starts_from(shared_final block) { last_ = std::move(block); }
  /// The next final block, and the state that its header certifies. `ends_epoch`: it is the last of
  /// its epoch.
  void took(const shared_final& next, const state_tree& parent_state, bool ends_epoch);

  /// False: too much waits already.
  [[nodiscard]] bool asked(link_id from, std::uint64_t msg_id, const snapshot_request& what);
  /// Answers a portion of bytes for members, as much for strangers, passed by one answer at most.
  /// `oldest`: of the blocks that the ledger keeps.
  void serve(std::size_t portion, height oldest, const notary_turn& t);
  [[nodiscard]] bool may_serve() const { return !members_.empty() || !others_.empty(); }
  void link_gone(link_id which);
  /// Nobody is answered any more.
  void stop();
  /// Heights of the states that are given, oldest first.
  [[nodiscard]] std::vector<height> heights() const;

  /// That wait, of one link and of all: more is answered with `busy` at once.
  static constexpr std::size_t questions_per_link_max = 16;
  static constexpr std::size_t questions_max = 256;
  static constexpr std::size_t versions_max = 2;

private:
  struct question {
    std::uint64_t msg_id = 0;
    snapshot_request request;
  };
  struct version {
    shared_final block;
    state_tree state;
    std::vector<block_header> above;
    std::optional<certificate> finalization; ///< none: it is not certified yet
    bytes record{};                          ///< of the block; empty until it is asked for
  };
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] const version* of(height which) const;
  void serve(link_queue<question>& waiting, std::size_t portion, height oldest,
             const notary_turn& t);
  /// Adds to `cost` about the bytes that were looked at.
  [[nodiscard]] snapshot_response answer(const snapshot_request& what, height oldest,
                                         std::size_t& cost);
  [[nodiscard]] snapshot_response offer(height oldest, std::size_t& cost);
  [[nodiscard]] snapshot_response closings_from(epoch first, std::size_t& cost) const;
  [[nodiscard]] snapshot_response piece_of(const record_wanted& what, std::size_t& cost);
  [[nodiscard]] snapshot_response below(const place_wanted& what, std::size_t& cost) const;
  [[nodiscard]] static const bytes& record_of(version& of);

  const notary_config& config_;
  const peer_table& peers_;
  const shared_history& history_;
  shared_final last_;             ///< the newest final block; null: none yet
  bool due_ = true;               ///< a version is to be taken as soon as there can be one
  std::optional<version> making_; ///< its certificate has not come yet
  std::deque<version> versions_;  ///< oldest first
  link_queue<question> members_;
  link_queue<question> others_;
};

} // namespace caucus
