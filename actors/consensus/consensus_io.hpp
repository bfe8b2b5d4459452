#pragma once

#include "actors/consensus/journal_record.hpp"
#include "messages/block.hpp"
#include "messages/committee.hpp"
#include "messages/net.hpp"
#include "messages/ordering.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

/// What happens to the core and what it wants done.
/// Pure values.

namespace caucus::voting {

// -- what peers say ------------------------------------------------------------------------------

/// What it hears, and chain_request, which it only says.
using message =
  std::variant<proposal, vote, certificate, proposal_request, proposal_response,
               certificate_request, certificate_page, tip_request, tip_response, chain_request,
               chain_page, view_request, view_response, life_request, life_response>;

// -- events --------------------------------------------------------------------------------------

/// Time has passed: what is due is done.
struct tick {};
struct heard {
  link_id link;
  caucus::voting::message message;
  std::uint64_t msg_id = 0;  ///< of a request: the answer names it
  std::uint64_t answers = 0; ///< of a response: the tag of our request
};
/// The end of a check_signatures.
struct checked {
  std::uint64_t token = 0;
  bool good = false; ///< all of them
};
/// The journal takes records (again), or does not: then nothing is signed.
struct journal_state {
  bool works = true;
};
using event = std::variant<tick, heard, link_up, link_down, link_refused, request_ended, checked,
                           journal_state, ledger_tip, batch_held, batch_gone, executed,
                           ledger_advanced, state_diverged, own_lie_found, finalize_bound_wanted>;

// -- actions, to be done in order ----------------------------------------------------------------

/// Durable (or, if it holds nothing signed, at least written) before any later action is done.
struct record {
  consensus_record entry;
};
struct send {
  link_id link;
  caucus::voting::message message;
  std::uint64_t request = 0; ///< not 0: a request, and its tag
  duration timeout{0};
  std::uint64_t responds_to = 0; ///< not 0: the msg_id that it answers
};
/// The same to several: encoded once.
struct multicast {
  std::vector<link_id> links; ///< not empty
  caucus::voting::message message;
};
/// One member's signature on a vote's subject or, with a header's digest, on a proposal.
struct claim {
  member_index signer;
  std::variant<caucus::subject, digest> subject;
  caucus::signature signature;
};
/// Answered by `checked`. May be done at any time, in any order.
struct check_signatures {
  std::uint64_t token = 0;
  std::shared_ptr<const committee> voters{}; ///< whose claims they are; never null
  std::vector<claim> claims;                 ///< not empty; of members
};
struct tell {
  to_notary item;
};
struct accuse {
  caucus::blame blame;
};
using action = std::variant<record, send, multicast, check_signatures, tell, accuse>;
using actions = std::vector<action>;

/// Signs as this replica. Deterministic: the same twice gives the same signature.
class signer {
public:
  virtual ~signer() = default;
  [[nodiscard]] virtual signature sign(const subject& on) const = 0;
  /// A proposal, by its header's digest.
  [[nodiscard]] virtual signature sign(const digest& header) const = 0;
  [[nodiscard]] virtual signature sign(const life& mine) const = 0;
};

} // namespace caucus::voting
