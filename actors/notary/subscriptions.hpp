#pragma once

#include "actors/notary/notary_config.hpp"
#include "actors/notary/recent_blocks.hpp"
#include "actors/notary/turn.hpp"
#include "messages/control.hpp"
#include "messages/ids.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <list>

/// Tells askers the committed mutations from any height on, each block once and in order. Whoever is
/// slow waits alone: it holds a window of blocks, and is served from the ledger when it falls behind
/// what is kept in memory.
/// Pure.

namespace caucus {

class subscriptions {
public:
  /// Asks the ledger for blocks; gives the token by which loaded() is called.
  using load = std::function<std::uint64_t(height from, const turn&)>;

  subscriptions(const notary_config& config, recent_blocks& recent, load ask)
      : config_{config}, recent_{recent}, load_{std::move(ask)} {}

  void subscribe(asker_index by, const subscribe_request& what, const turn& t);
  void unsubscribe(asker_index by, request_tag tag);
  void asker_gone(asker_index who);
  void stop(const turn& t);
  /// One block was taken by the asker's edge.
  void told(asker_index by, request_tag tag, const turn& t);
  /// All up to here are durable, and the newest of them in `recent`.
  void durable(height newest, const turn& t);
  /// False: the token is not ours.
  bool loaded(std::uint64_t token, const std::vector<shared_final>& blocks, const turn& t);

private:
  struct one {
    asker_index by = 0;
    request_tag tag = 0;
    height next;
    std::size_t under_way = 0;     ///< told and not taken; <= window
    std::uint64_t token = 0;       ///< a load is under way; 0: none
    std::deque<shared_final> read; ///< from the ledger, from `next` on
    bool caught_up = false;
  };
  void pump(one& of, const turn& t);

  const notary_config& config_;
  recent_blocks& recent_;
  load load_;
  std::list<one> all_;
  height durable_;
};

} // namespace caucus
