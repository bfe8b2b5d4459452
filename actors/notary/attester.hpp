#pragma once

#include "actors/notary/link_queue.hpp"
#include "actors/notary/notary.hpp"
#include "actors/notary/peer_table.hpp"
#include "actors/notary/turn.hpp"
#include "messages/ordering.hpp"
#include "messages/proof.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

/// This member's word for fresh reads, of peers and of its own users: freshness.hpp says what it
/// means. A question waits until consensus, asked after the question came, has told up to where
/// this replica may have signed `finalize`; one answer of consensus serves all that waited. Then a
/// bounded portion is signed each turn, as a signature costs 50 us and whoever asks nothing.
/// Pure.

namespace caucus {

class attester {
public:
  /// Both must outlive it.
  attester(const notary_setup& setup, const peer_table& peers) : setup_{setup}, peers_{peers} {}

  /// Nothing: it waits. Errors, to be answered with: `unknown_member`, this node is none; `busy`.
  [[nodiscard]] std::optional<errc> asked(link_id link, std::uint64_t msg_id,
                                          const fresh_nonce& nonce);
  /// A local read's; told by told().
  void own(std::uint64_t read, const fresh_nonce& nonce) { own_asked_.emplace_back(read, nonce); }
  /// Asks consensus for those that came since it was asked last. Once a turn.
  void pump(const notary_turn& t);
  /// Answers the local ones that waited for it: each read, and its attestation, if this member can
  /// give any.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, std::optional<attestation>>>
  told(const finalize_bound& what);
  /// Signs for members, or strangers, each of them in turn, until `portion` bytes' worth is passed.
  void serve(bool members, std::size_t portion, const notary_turn& t);
  /// Answers all with `stopping`.
  void stop(const notary_turn& t);
  void link_gone(link_id link);
  /// serve() has something to do.
  [[nodiscard]] bool ready() const { return !members_.empty() || !others_.empty(); }

private:
  struct question {
    std::uint64_t msg_id = 0;
    fresh_nonce nonce;
  };
  struct waiting {
    link_id link;
    caucus::attester::question question;
  };
  [[nodiscard]] std::optional<attestation> sign(const fresh_nonce& nonce) const;
  [[nodiscard]] static attest_response refusal(errc why) {
    return {std::nullopt, std::nullopt, why, {}};
  }
  void forget(link_id link);

  const notary_setup& setup_;
  const peer_table& peers_;
  std::vector<waiting> arrived_; ///< consensus is not asked for them yet
  std::vector<waiting> covered_; ///< by the question to consensus that is under way
  link_queue<question> members_; ///< by `bound_`
  link_queue<question> others_;
  std::vector<std::pair<std::uint64_t, fresh_nonce>> own_asked_;
  std::vector<std::pair<std::uint64_t, fresh_nonce>> own_covered_;
  std::map<link_id, std::pair<bool, std::size_t>> counts_; ///< member; waiting, none is 0
  std::size_t of_others_ = 0;
  finalize_bound bound_; ///< the newest word of consensus
  std::uint64_t tag_ = 0;
  bool asking_ = false;
};

} // namespace caucus
