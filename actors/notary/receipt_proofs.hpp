#pragma once

#include "actors/notary/notary_config.hpp"
#include "actors/notary/receipt_tree.hpp"
#include "actors/notary/recent_blocks.hpp"
#include "actors/notary/turn.hpp"
#include "messages/control.hpp"
#include "messages/ids.hpp"
#include "messages/receipt_proof.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

/// Proofs of receipts for local askers: a block's receipts are certified by its child's header, and
/// that by the first header from there on that has a certificate of its own. Waits for that block,
/// from memory or the ledger; oldest question first. One ledger read at a time, for all together,
/// and one block's tree at a time, a portion of it a turn (receipt_tree.hpp), from which all who
/// wait for that block are served.
/// Pure. Bounded: notary_config::proofs_max and below.

namespace caucus {

class receipt_proofs {
public:
  /// Asks the ledger for blocks; gives the token by which loaded() is called.
  using load =
    std::function<std::uint64_t(height from, std::uint32_t count, bool bodies, const notary_turn&)>;

  /// The references must outlive it. `history`: never null.
  receipt_proofs(const notary_config& config, const recent_blocks& recent,
                 const shared_history& history, load ask)
      : config_{config}, recent_{recent}, history_{history}, load_{std::move(ask)} {}

  /// Answers, now or later: the proof, or wrong_arguments (there is no such receipt), busy,
  /// pruned, history_gone, too_long, or, when its time is over, not_yet.
  void ask(asker_index by, const receipt_request& what, const notary_turn& t);
  /// All up to here are durable, and the newest of them in `recent`.
  void durable(height newest);
  /// The ledger has none below any more: who needs one is told so when it comes to that.
  void pruned(height oldest) { oldest_ = oldest; }
  /// False: the token is not ours.
  [[nodiscard]] bool loaded(std::uint64_t token, const std::vector<shared_final>& blocks,
                            const notary_turn& t);
  void tick(const notary_turn& t);
  /// Goes on with what waits, by a turn's portion.
  void pump(const notary_turn& t);
  /// pump() would do something.
  [[nodiscard]] bool may_pump() const { return news_ || !tree_.done(); }
  /// Ends all, and answers with `why`.
  void stop(const error& why, const notary_turn& t);
  void asker_gone(asker_index who);
  /// Nobody waits under this tag any more.
  void forget(asker_index by, request_tag tag);
  [[nodiscard]] std::optional<time_point> next_wake() const;

private:
  struct waiting {
    asker_index asker = 0;
    request_tag tag = 0;
    caucus::height height; ///< the receipt's
    std::uint32_t index = 0;
    time_point deadline;
    caucus::height next; ///< the block that is looked at next
    receipt_proof proof; ///< as far as it goes; count is 0: the receipt itself is not there yet
    [[nodiscard]] bool wants_body() const { return proof.count == 0; }
  };
  using place = std::list<waiting>::iterator;

  /// Null: not in memory.
  [[nodiscard]] shared_final here(height wanted, bool body) const;
  /// Of the one block whose tree is being made, `proven_`: a portion, and at its end prove_all().
  void make_tree();
  void prove_all();
  void advance(place one, const notary_turn& t);
  /// False: it has ended.
  [[nodiscard]] bool take_header(place one, const final_block& block, const notary_turn& t);
  void read_on(const notary_turn& t);
  void finish(place one, result<std::shared_ptr<const receipt_proof>> what, const notary_turn& t);
  void drop(place one);

  const notary_config& config_;
  const recent_blocks& recent_;
  const shared_history& history_;
  load load_;
  std::list<waiting> all_;  ///< oldest first
  std::size_t headers_ = 0; ///< that the proofs of all of them have
  height durable_;
  height oldest_{1};               ///< in the ledger
  bool news_ = false;              ///< since the last pump()
  receipt_tree tree_;              ///< of the block that was proven last, or is now
  shared_final proven_;            ///< the block that `tree_` is made of, while it is
  std::size_t portion_ = 0;        ///< of receipts to hash, left in this turn
  std::uint64_t token_ = 0;        ///< a load is under way; 0: none
  height loading_;                 ///< what it begins with
  bool bodies_ = false;            ///< it is of a whole block, and so is `read_`
  std::vector<shared_final> read_; ///< what the last one brought, until nobody here can use it
};

} // namespace caucus
