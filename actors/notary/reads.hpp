#pragma once

#include "actors/notary/notary.hpp"
#include "actors/notary/peer_reads.hpp"
#include "actors/notary/peer_table.hpp"
#include "actors/notary/state_tree.hpp"
#include "actors/notary/turn.hpp"
#include "messages/control.hpp"
#include "messages/proof.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

/// Reads with proofs: from this node's own certified state, for local askers and peers, and `fresh`
/// ones over all members.
/// Pure.

namespace caucus {

/// A certified header and the state that it certifies.
struct certified_state {
  block_header header;
  certificate finalization;
  state_tree state{1}; ///< after block header.at - 1
};

class reads {
public:
  /// Both must outlive it.
  reads(const notary_setup& setup, const peer_table& peers)
      : setup_{setup}, peers_{peers}, of_peers_{setup.config, peers} {}

  /// A newer one: answers the local ones that waited for it.
  void certified(certified_state newest, const turn& t);
  [[nodiscard]] const std::optional<certified_state>& base() const { return base_; }

  /// `after`: what this asker's own receipts need.
  void get(asker_index by, const get_request& what, height after, const turn& t);
  /// See peer_reads: it waits for serve(), or the error is to be answered.
  [[nodiscard]] std::optional<errc> peer_asked(link_id link, std::uint64_t msg_id,
                                               const read_request& what, const turn& t);
  /// Answers peers that wait: a portion of bytes for members, as much for strangers.
  void serve(std::size_t portion, const turn& t);
  [[nodiscard]] bool may_serve() const { return of_peers_.ready(); }
  /// False: the tag is not one of ours.
  [[nodiscard]] bool answered(std::uint64_t tag, const read_response* what, const turn& t);
  void checked(std::uint64_t token, result<verified_answer> how, const turn& t);
  void tick(const turn& t);
  /// Ends all, and answers with `stopping`.
  void stop(const turn& t);
  void asker_gone(asker_index who);
  void link_gone(link_id link);
  [[nodiscard]] std::optional<time_point> next_wake() const;

  /// Tags and tokens of this class begin here, upwards by 2.
  static constexpr std::uint64_t first_tag = 2;

private:
  struct waiting {
    asker_index by = 0;
    request_tag tag = 0;
    read_request what;
    bool fresh = false;
    time_point deadline;
    std::uint64_t id = 0;
    std::set<peer_id> answers;  ///< members whose answer was verified, of a fresh read
    std::set<peer_id> too_long; ///< members who say that no answer can hold it
    std::size_t asked = 0;      ///< no answer yet, of a fresh read
    std::optional<time_point> ask_again;
    std::shared_ptr<const answer> best;
  };
  using place = std::list<waiting>::iterator;

  /// Adds to `cost` about the bytes that it gathered, in vain or not.
  [[nodiscard]] result<answer> build(const read_request& what, std::size_t& cost) const;
  [[nodiscard]] result<answer> build(const read_request& what) const;
  [[nodiscard]] bool ready(const waiting& one) const;
  /// Asks every member that has not answered.
  void ask(waiting& one, const turn& t);
  /// `who` said that no answer can hold it. True: that is so, and the read has ended.
  [[nodiscard]] bool ended_too_long(place one, const peer_id& who, const turn& t);
  /// Counts our own state in; ends the read if enough have answered.
  void weigh(place one, const turn& t);
  void finish(place one, result<answer> what, const turn& t);
  void finish(place one, std::shared_ptr<const answer> what, const turn& t);
  [[nodiscard]] place find(std::uint64_t id);
  [[nodiscard]] std::size_t needed() const;

  const notary_setup& setup_;
  const peer_table& peers_;
  std::optional<certified_state> base_;
  std::list<waiting> waiting_; ///< local ones
  peer_reads of_peers_;
  struct question {
    std::uint64_t read = 0;
    peer_id of;
  };
  std::unordered_map<std::uint64_t, question> by_tag_; ///< of the request
  struct check {
    std::uint64_t read = 0;
    peer_id by;
    std::shared_ptr<const answer> what;
  };
  std::unordered_map<std::uint64_t, check> checks_;
  std::uint64_t next_tag_ = first_tag;
  std::uint64_t next_id_ = 1;
  height seen_; ///< the highest header that this node has told of
};

} // namespace caucus
