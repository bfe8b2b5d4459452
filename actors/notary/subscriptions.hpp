#pragma once

#include "actors/notary/notary_config.hpp"
#include "actors/notary/recent_blocks.hpp"
#include "actors/notary/turn.hpp"
#include "messages/control.hpp"
#include "messages/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>

/// Tells askers the committed mutations from any height on, each once and in order. Whoever is slow
/// waits alone: a window of bytes is told to it, in parts of blocks, and it is served from the
/// ledger when it falls behind what is kept in memory.
/// Pure.

namespace caucus {

class subscriptions {
public:
  /// Asks the ledger for blocks; gives the token by which loaded() is called.
  using load = std::function<std::uint64_t(height from, const notary_turn&)>;

  subscriptions(const notary_config& config, recent_blocks& recent, load ask)
      : config_{config}, recent_{recent}, load_{std::move(ask)} {}

  void subscribe(asker_index by, const subscribe_request& what, const notary_turn& t);
  void unsubscribe(asker_index by, request_tag tag);
  void asker_gone(asker_index who);
  void stop(errc why, const notary_turn& t);
  /// One part was taken by the asker.
  void taken(asker_index by, request_tag tag);
  /// All up to here are durable, and the newest of them in `recent`.
  void durable(height newest) { durable_ = newest; }
  /// The ledger has none below any more: who wants one is told so when it comes to that.
  void pruned(height oldest) { oldest_ = oldest; }
  /// False: the token is not ours.
  bool loaded(std::uint64_t token, const std::vector<shared_final>& blocks, const notary_turn& t);
  /// Tells a turn's portion, each in turn. One ledger read at a time, for all together.
  void pump(const notary_turn& t);
  /// pump() would do something.
  [[nodiscard]] bool may_pump() const;

private:
  struct one {
    asker_index asker = 0;
    request_tag tag = 0;
    height next;
    std::uint32_t index = 0;         ///< of the first mutation of `next` that was not told
    bool from_oldest = false;        ///< nothing was told: `next` may be any that is kept
    std::deque<std::size_t> untaken; ///< sizes of parts that were not taken
    std::size_t told_size = 0;
    bool caught_up = false;
  };
  [[nodiscard]] bool has_room(const one& of) const { return of.told_size < config_.told_size_max; }
  /// Null: only the ledger has it.
  [[nodiscard]] shared_final here(height wanted) const;
  /// False: nothing was done, or it waits for the ledger.
  bool tell_part(one& of, std::size_t& spent, const notary_turn& t);
  void forget_read();
  void end_unreadable(const notary_turn& t);

  const notary_config& config_;
  recent_blocks& recent_;
  load load_;
  std::list<one> all_; ///< who was served longest ago first
  height durable_;
  height oldest_{1};              ///< in the ledger
  std::uint64_t token_ = 0;       ///< a load is under way; 0: none
  height loading_;                ///< its first block
  std::deque<shared_final> read_; ///< from the ledger, oldest read first
  std::size_t read_size_ = 0;
};

} // namespace caucus
