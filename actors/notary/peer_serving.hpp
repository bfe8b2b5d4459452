#pragma once

#include "actors/notary/link_queue.hpp"
#include "actors/notary/notary_config.hpp"
#include "actors/notary/notary_io.hpp"
#include "actors/notary/peer_table.hpp"
#include "actors/notary/turn.hpp"
#include "messages/closing.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

/// Batches and pages of the chain for peers that ask. What is not in memory is read from the
/// ledger: one read is under way, the others wait for later turns. Members go first, strangers have
/// a portion of each turn too: neither keeps the other waiting for ever.
/// Pure.

namespace caucus {

/// Of answers in a turn, for members' and for strangers' batches and reads each: passed by one
/// answer at most, so that all are below 4 MiB and some milliseconds, which is what a flood delays
/// a vote by.
inline constexpr std::size_t serving_portion = 256 * 1024;

class peer_serving {
public:
  /// `here` gives the batch that is in memory, else null; `new_token` numbers reads of the ledger.
  /// `config` and `peers` must outlive it.
  /// What ended the epoch of which this is the last block; null: it is not.
  using end_of_epoch = std::function<const closing*(const final_block&)>;
  peer_serving(const notary_config& config, const peer_table& peers,
               std::function<shared_batch(const digest&)> here,
               std::function<std::uint64_t()> new_token, end_of_epoch ends);

  /// The heights that the ledger has.
  struct kept_heights {
    height oldest;
    height durable;
    [[nodiscard]] bool has(height which) const { return which >= oldest && which <= durable; }
  };
  void asked(link_id from, std::uint64_t msg_id, const batch_request& what,
             const kept_heights& kept, const notary_turn& t);
  void asked(link_id from, std::uint64_t msg_id, const chain_request& what,
             const kept_heights& kept, const notary_turn& t);
  /// Answers a portion of the batches that wait, or puts them among the reads.
  void answer_batches(const kept_heights& kept, const notary_turn& t);
  /// Begins a read, if none is under way. One a turn: what else the turn has to do is not kept
  /// waiting by strangers.
  void read_next(const notary_turn& t);
  /// False: it is not one of these reads.
  [[nodiscard]] bool loaded(std::uint64_t token, const std::vector<shared_final>& blocks,
                            height durable, const notary_turn& t);
  void link_gone(link_id which);
  /// Nobody is answered any more.
  void stop();
  /// answer_batches() or read_next() has something to do.
  [[nodiscard]] bool peers_wait() const;

  /// A few bytes at once, that cost no more. What a link asks far beyond its bounds is not even
  /// told so.
  template <class Short>
  void refuse(link_id to, std::uint64_t msg_id, Short what, const notary_turn& t) {
    if (++refused_[to] <= refusals_per_turn_max) {
      t.want(notary_out::respond{to, msg_id, std::move(what)});
    }
  }
  void turn_is_over() { refused_.clear(); }

private:
  /// Of a link in one turn; all that the shell takes in one. So an honest burst is told, and asks
  /// again.
  static constexpr std::size_t refusals_per_turn_max = 1'024;

  struct batch_question {
    std::uint64_t msg_id = 0;
    batch_request request;
  };
  struct batch_load {
    link_id link;
    std::uint64_t msg_id = 0;
    batch_request request;
  };
  struct chain_load {
    link_id link;
    std::uint64_t msg_id = 0;
    height next;
    std::uint32_t count = 0; ///< blocks, at most
    std::uint32_t parts = 0; ///< of the ledger, read so far
    chain_page page;
    std::size_t size = 0;      ///< of the page, encoded
    std::size_t certified = 0; ///< its blocks up to the last with a certificate
    /// True: there is room for more. No page passes the end of an epoch, whose certificate may be
    /// that of a block behind it.
    bool take(const std::vector<shared_final>& blocks, const end_of_epoch& ends);
    [[nodiscard]] bool end_with(const closing& what);
  };
  using peer_load = std::variant<batch_load, chain_load>;

  void answer_batches(link_queue<batch_question>& waiting, const kept_heights& kept,
                      const notary_turn& t);
  void give(const batch_load& load, const std::vector<shared_final>& blocks,
            const notary_turn& t) const;
  void give(chain_load load, const std::vector<shared_final>& blocks, height durable,
            const notary_turn& t);
  [[nodiscard]] bool may_load(link_id to, bool page) const;
  [[nodiscard]] std::deque<peer_load>& loads_for(link_id to);

  const notary_config& config_;
  const peer_table& peers_;
  std::function<shared_batch(const digest&)> here_;
  std::function<std::uint64_t()> new_token_;
  end_of_epoch ends_;
  link_queue<batch_question> member_batches_;
  link_queue<batch_question> other_batches_;
  std::map<link_id, std::size_t> refused_; ///< in this turn
  std::deque<peer_load> member_loads_;     ///< go first
  std::deque<peer_load> other_loads_;
  std::optional<std::pair<std::uint64_t, peer_load>> loading_; ///< by its token
};

} // namespace caucus
