#pragma once

#include "actors/notary/attester.hpp"
#include "actors/notary/fresh_claim.hpp"
#include "actors/notary/notary.hpp"
#include "actors/notary/peer_reads.hpp"
#include "actors/notary/peer_table.hpp"
#include "actors/notary/rule_set.hpp"
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

/// Reads with proofs, from this node's own certified state, for local askers and peers. A `fresh`
/// one waits for the word of a quorum of members, each under the asker's nonce, and for a state
/// that shows all they know of (freshness.hpp). A node that is far behind asks members for that
/// state's answer.
/// Pure.

namespace caucus {

/// A certified header and the state that it certifies.
struct certified_state {
  block_header header;
  certificate finalization;
  state_tree state{1}; ///< after block header.height - 1
  shared_rules rules;  ///< whose names are those in it; never null
};

class reads {
public:
  /// All must outlive it. `history`: never null.
  reads(const notary_setup& setup, const peer_table& peers, const shared_history& history)
      : setup_{setup}, peers_{peers}, history_{history}, of_peers_{setup.config, peers}, attests_{
                                                                                           setup,
                                                                                           peers} {}

  /// A newer one: answers the local ones that waited for it.
  void certified(certified_state newest, const notary_turn& t);
  [[nodiscard]] const std::optional<certified_state>& base() const { return base_; }

  /// `after`: what this asker's own receipts need.
  void get(asker_index by, const get_request& what, height after, const notary_turn& t);
  /// See peer_reads: it waits for serve(), or the error is to be answered.
  [[nodiscard]] std::optional<errc> peer_asked(link_id link, std::uint64_t msg_id,
                                               const read_request& what, const notary_turn& t);
  /// See attester: as above.
  [[nodiscard]] std::optional<errc> peer_asked(link_id link, std::uint64_t msg_id,
                                               const attest_request& what) {
    return attests_.asked(link, msg_id, what.nonce);
  }
  /// Consensus has told up to where this replica may have signed.
  void bound_told(const finalize_bound& what, const notary_turn& t);
  /// Once a turn.
  void pump(const notary_turn& t) { attests_.pump(t); }
  /// Answers peers that wait: a portion of bytes for members, as much for strangers.
  void serve(std::size_t portion, const notary_turn& t);
  [[nodiscard]] bool may_serve() const { return of_peers_.ready() || attests_.ready(); }
  /// The end of a request of ours; another's tag is nothing here.
  void answered(std::uint64_t tag, const decltype(notary_in::peer_answered::response)& what,
                const notary_turn& t);
  void checked(std::uint64_t token, result<verified_answer> how, const notary_turn& t);
  void attestation_checked(std::uint64_t token, const result<void>& how, const notary_turn& t);
  void tick(const notary_turn& t);
  /// Ends all, and answers with `stopping`.
  void stop(const error& why, const notary_turn& t);
  void asker_gone(asker_index who);
  /// Nobody waits for this read any more. Of one that has ended: nothing.
  void forget(asker_index who, request_tag tag);
  void link_gone(link_id link);
  /// Other members attest from now on.
  void epoch_began(const notary_turn& t);
  [[nodiscard]] std::optional<time_point> next_wake() const;

  /// Tags and tokens of this class begin here, upwards by 2.
  static constexpr std::uint64_t first_tag = 2;

private:
  struct waiting {
    asker_index asker = 0;
    request_tag tag = 0;
    read_request read;
    time_point deadline;
    std::uint64_t id = 0;
    std::optional<fresh_claim> claim{}; ///< of a fresh read
    std::optional<time_point> ask_again{};
    std::set<peer_id> too_long{}; ///< members who say that no answer can hold it
    bool answer_asked = false;    ///< of a member, as this node is behind
    std::size_t round = 0;        ///< whose turn it is to be asked for that
  };
  using place = std::list<waiting>::iterator;

  /// Adds to `cost` about the bytes that it gathered, in vain or not.
  [[nodiscard]] result<answer> build(const read_request& what, std::size_t& cost) const;
  [[nodiscard]] result<answer> build(const read_request& what) const;
  /// What shows an asker how the variable is declared; nothing: as the genesis has it.
  [[nodiscard]] result<std::optional<proven_declaration>> prove_declared(variable_id of) const;
  [[nodiscard]] bool ready(const waiting& one) const;
  // Of fresh reads: reads_fresh.cpp.
  /// Asks every member that has not attested; where enough did and this node is behind, one of them
  /// for the answer too.
  void ask(waiting& one, const notary_turn& t);
  void ask_answer(waiting& one, const notary_turn& t);
  /// Ends the read if a quorum attests no more than our own state shows.
  void weigh(place one, const notary_turn& t);
  /// `who` said that no answer can hold it. True: that is so, and the read has ended.
  [[nodiscard]] bool ended_too_long(place one, const peer_id& who, const notary_turn& t);
  [[nodiscard]] error too_late(const waiting& one) const;
  void finish(place one, result<answer> what, const notary_turn& t,
              std::shared_ptr<const freshness> fresh = nullptr);
  void finish(place one, std::shared_ptr<const answer> what, const notary_turn& t,
              std::shared_ptr<const freshness> fresh);
  [[nodiscard]] place find(std::uint64_t id);
  [[nodiscard]] std::size_t needed() const;

  const notary_setup& setup_;
  const peer_table& peers_;
  const shared_history& history_;
  std::optional<certified_state> base_;
  std::list<waiting> waiting_; ///< local ones
  peer_reads of_peers_;
  attester attests_;
  struct question {
    std::uint64_t read = 0;
    linked_peer peer;
    bool attests = true; ///< else it is for the answer
    epoch in{};          ///< of the claim that it is for
  };
  void attested(const question& asked, const attest_response* what, errc why, const notary_turn& t);
  void answered(const question& asked, const read_response* what, const notary_turn& t);
  std::unordered_map<std::uint64_t, question> by_tag_; ///< of the request
  struct check {
    std::uint64_t read = 0;
    peer_id peer;
    std::shared_ptr<const caucus::answer> answer;
  };
  std::unordered_map<std::uint64_t, check> checks_;
  struct attestation_check {
    std::uint64_t read = 0;
    linked_peer peer;
    std::shared_ptr<const attest_response> response;
    bool shown = false; ///< its certificate is checked
  };
  std::unordered_map<std::uint64_t, attestation_check> attestation_checks_;
  std::uint64_t next_tag_ = first_tag;
  std::uint64_t next_id_ = 1;
  height seen_; ///< the highest header that this node has told of
};

} // namespace caucus
