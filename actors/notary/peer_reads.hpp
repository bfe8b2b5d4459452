#pragma once

#include "actors/notary/link_queue.hpp"
#include "actors/notary/notary_config.hpp"
#include "actors/notary/peer_table.hpp"
#include "actors/notary/turn.hpp"
#include "messages/proof.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>

/// Peers' reads: they cost those who ask nothing, and us up to 1 MiB and some milliseconds each. So
/// none is answered when it comes: few of a link wait, and each turn answers a bounded portion of
/// them.
/// Pure.

namespace caucus {

class peer_reads {
public:
  /// The answer from the newest certified state; adds to `cost` about the bytes that it took, in
  /// vain or not.
  using builder = std::function<result<answer>(const read_request&, std::size_t& cost)>;

  /// Both must outlive it.
  peer_reads(const notary_config& config, const peer_table& peers)
      : config_{config}, peers_{peers} {}

  /// `newest`: the certified height. Nothing: it waits for serve(). Errors, to be answered with,
  /// and nothing was built: `not_yet`, it would not come in time; `busy`.
  [[nodiscard]] std::optional<errc> asked(link_id link, std::uint64_t msg_id,
                                          const read_request& what, height newest,
                                          const notary_turn& t);
  /// What waited for this height may be served.
  void certified(height newest);
  /// Answers members, or strangers, each of them in turn, until `portion` bytes are passed.
  void serve(bool members, std::size_t portion, const builder& build, const notary_turn& t);
  /// Those whose height did not come in time are told `not_yet`.
  void tick(const notary_turn& t);
  /// Answers all with `stopping`.
  void stop(const notary_turn& t);
  void link_gone(link_id link);
  /// serve() has something to do.
  [[nodiscard]] bool ready() const { return !members_.empty() || !others_.empty(); }
  [[nodiscard]] std::optional<time_point> next_wake() const;

private:
  struct question {
    std::uint64_t msg_id = 0;
    read_request read;
  };
  /// Waits for its height.
  struct early {
    link_id link;
    caucus::peer_reads::question question;
    time_point deadline;
  };
  /// Of one link, early and ready.
  struct count {
    bool member = false;
    std::size_t waiting = 0;
  };
  void queue(link_id link, question what);
  void refuse(link_id link, std::uint64_t msg_id, errc why, const notary_turn& t);
  /// One of this link waits no more.
  void forget(link_id link);

  const notary_config& config_;
  const peer_table& peers_;
  std::deque<early> early_; ///< by deadline: all have the same time
  link_queue<question> members_;
  link_queue<question> others_;
  std::map<link_id, count> counts_; ///< none is 0
  std::size_t of_others_ = 0;       ///< early and ready
};

} // namespace caucus
