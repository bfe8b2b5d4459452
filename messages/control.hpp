#pragma once

#include "messages/accusation.hpp"
#include "messages/bytes.hpp"
#include "messages/closing.hpp"
#include "messages/committee.hpp"
#include "messages/evidence.hpp"
#include "messages/group_feed.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/net.hpp"
#include "messages/node_state.hpp"
#include "messages/proof.hpp"
#include "messages/receipt_proof.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What local actors (rpc, an application's own) ask of the notary and others. Local; never on the
/// wire. The asker chooses a tag, which comes back with each answer.
/// Pure values.

namespace caucus {

using request_tag = std::uint64_t;

// -- to the notary -------------------------------------------------------------------------------

struct propose_request {
  request_tag tag = 0;
  std::string request_id; ///< the user's, <= request_id_size_max; empty: none, so no retry either
  bytes mutation;         ///< one encoded mutation
  duration timeout{0};    ///< after it: outcome_unknown; > 0
};
struct get_request {
  request_tag tag = 0;
  read_request read;
  bool fresh =
    false; ///< show all that was acknowledged anywhere before, by the word of n - f members
  duration timeout{0}; ///< > 0
  fresh_nonce nonce{}; ///< of a fresh one: the asker's, never used before. Zero: the node makes one
};
/// The committed mutations from a height on, without end. The asker acknowledges each
/// committed_answer by a committed_taken. If more than a few are not acknowledged, the notary sends
/// no more until they are: a slow asker waits alone.
struct subscribe_request {
  request_tag tag = 0;
  caucus::height height;   ///< 0: the oldest one that is kept
  std::uint32_t index = 0; ///< of the first mutation wanted of the block at `height`
};
/// One committed_answer of this subscription was taken. If the subscription has ended: no effect.
struct committed_taken {
  request_tag tag = 0;
};
/// Ends a subscription, a get_request or a receipt_request: nobody waits for it any more.
struct unsubscribe_request {
  request_tag tag = 0;
};
/// A proof of the receipt at this place; waits for the block that certifies it.
struct receipt_request {
  request_tag tag = 0;
  caucus::height height;   ///< of the block; >= 1
  std::uint32_t index = 0; ///< among its mutations
  duration timeout{0};     ///< > 0
};
struct status_request {
  request_tag tag = 0;
};
/// The proofs of lies that are kept, oldest first.
struct evidence_request {
  request_tag tag = 0;
  std::uint64_t skipped = 0; ///< so many are left out
};
/// Would the newest state keep to these declarations? Costs what a block that changes them costs.
struct rules_request {
  request_tag tag = 0;
  shared_declarations next; ///< never null; changed() led there from those of now
};
using notary_request =
  std::variant<propose_request, get_request, subscribe_request, unsubscribe_request, status_request,
               committed_taken, evidence_request, receipt_request, group_request, rules_request>;

// -- from the notary -----------------------------------------------------------------------------

struct propose_answer {
  request_tag tag = 0;
  result<caucus::receipt> receipt{
    caucus::receipt{}}; ///< errors: busy, stopping, outcome_unknown, request_id_reused, ...
};
struct get_answer {
  request_tag tag = 0;
  result<std::shared_ptr<const caucus::answer>> answer{nullptr};
  std::shared_ptr<const freshness> fresh{}; ///< of a fresh read; else null
  shared_history history{}; ///< up to the answer's epoch at least; null: of an error
};
struct receipt_answer {
  request_tag tag = 0;
  result<std::shared_ptr<const receipt_proof>> proof{nullptr};
  shared_history history{}; ///< as above
};
struct committed_answer {
  request_tag tag = 0;
  std::shared_ptr<const committed_block> block; ///< never null
};
/// The subscription is live: all up to here has been told.
struct subscription_caught_up {
  request_tag tag = 0;
  caucus::height height;
};
struct subscription_ended {
  request_tag tag = 0;
  errc code = errc::stopping;
  height oldest{}; ///< `pruned`: the oldest block that is kept
};

/// Of evidence_max proofs of some 500 bytes so many go into one answer.
inline constexpr std::size_t evidence_page_max = 64;
struct evidence_answer {
  request_tag tag = 0;
  std::uint64_t skipped = 0;
  std::uint64_t count = 0;             ///< of all that are kept
  std::vector<evidence> proofs;        ///< <= evidence_page_max
  std::vector<accusation> accusations; ///< what each of them shows
};

struct rules_answer {
  request_tag tag = 0;
  std::optional<error> misfit; ///< none: it would. refused_by_rule: what would not; stopping
};

// -- status --------------------------------------------------------------------------------------

/// A key that signed what contradicts itself.
struct liar {
  peer_id peer;
  std::string member;       ///< as it is named, or was when it lied; empty: none
  std::uint64_t proofs = 0; ///< that are kept
  std::string newest;       ///< what the last of them shows, for people
};
/// All lying members are named, as members are few. Strangers' keys cost nothing: of strangers so
/// many are named.
inline constexpr std::size_t strange_liars_max = 8;

/// Of a state that is being fetched from others.
struct snapshot_state {
  caucus::height height;         ///< of the block behind which it is; 0: none is chosen yet
  std::uint64_t entries = 0;     ///< that are here, of this one or another
  std::uint64_t entries_all = 0; ///< that it has, as who gives it says; 0: not known
  friend bool operator==(const snapshot_state&, const snapshot_state&) = default;
};
struct notary_status {
  request_tag tag = 0;
  std::shared_ptr<const committee> voters; ///< of what comes next; null: not known
  height final_height;                     ///< newest final block
  height root_height;                      ///< newest final block whose state root is known here
  digest state_root;                       ///< that block's
  wall_ms time{0};                         ///< of the newest final block
  std::uint64_t batches_waiting = 0;
  std::uint64_t mutations_committed = 0;
  std::uint64_t state_entries = 0;
  std::uint64_t state_size = 0; ///< bytes
  std::uint64_t evidence_count = 0;
  std::vector<liar> liars;       ///< <= members_max + strange_liars_max
  std::uint64_t ledger_size = 0; ///< bytes of the ledger's files; 0: not known
  height oldest_height{};        ///< of the blocks that are kept
  std::uint64_t disk_free = 0;   ///< bytes, of the folder's file system; 0: not known
  std::optional<std::uint64_t>
    quota_left{};                          ///< bytes this node may have listed now; none: no quota
  std::optional<snapshot_state> fetched{}; ///< none: nothing is
  std::string rules{}; ///< "name:version" of those in C++ that judge the next block; empty: none
  std::string alarm;   ///< this node's key signed what its folder did not; empty: no
  std::string problem; ///< what keeps it from working, a full disk say; empty: nothing
};
/// The answer of one other member that was asked for its state.
struct member_word {
  peer_id peer;
  std::optional<node_state> state; ///< none: see `code`
  errc code = errc::link_lost;     ///< link_lost: there is no link; timed_out: no answer; busy
  duration round_trip{0};
  duration clock_ahead{0}; ///< of ours, as far as the way there and back tells
};
/// A member whose clock is off, seen from here.
struct clock_off {
  member_index member;
  wall_ms ahead{0}; ///< of ours; negative: behind, by that much at least
  friend bool operator==(const clock_off&, const clock_off&) = default;
};
struct consensus_status {
  std::shared_ptr<const committee> voters; ///< of `epoch`; null: not known
  caucus::view view;
  caucus::epoch epoch;
  height final_height;
  std::optional<member_index> leader;
  bool votes = false; ///< a member, and free to vote
  bool standstill = false;
  std::string problem; ///< why it does not vote though it is a member; empty: nothing
  duration delta{0};
  std::vector<clock_off> clocks{};
  std::string clock_problem{}; ///< the same for people, the own clock too; empty: none is off
  std::vector<member_word> members{}; ///< all others, if the request was for the group
};
struct link_status {
  link_info info;
  std::string agent;
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t dropped = 0; ///< frames without room in their lane
  duration round_trip{0};
};
/// A peer to which a link is wanted and missing.
struct missing_peer {
  peer_id peer;        ///< zero: any peer that answers at the address
  std::string address; ///< dialled last; empty: none is known
  std::string reason;  ///< the last dial's or link's end; empty: nothing was tried yet
  std::uint32_t dials = 0;
};
struct peer_net_status {
  std::vector<link_status> links;
  std::vector<missing_peer> missing{};
  std::uint64_t refused = 0; ///< connections turned away since the start
  std::uint16_t port = 0;    ///< bound

  /// Null: there is none.
  [[nodiscard]] const link_status* link_to(const peer_id& who) const {
    const auto at = std::find_if(links.begin(), links.end(),
                                 [&who](const auto& one) { return one.info.peer == who; });
    return at == links.end() ? nullptr : &*at;
  }
  /// So many of these have a link.
  template <class Members>
  [[nodiscard]] std::size_t linked(const Members& members) const {
    return static_cast<std::size_t>(
      std::count_if(members.begin(), members.end(),
                    [this](const auto& one) { return link_to(one.peer) != nullptr; }));
  }
  [[nodiscard]] const missing_peer* missing_one(const peer_id& who) const {
    const auto at = std::find_if(missing.begin(), missing.end(),
                                 [&who](const auto& one) { return one.peer == who; });
    return at == missing.end() ? nullptr : &*at;
  }
};

/// How a node is, for the program around it. Parts that did not answer in time are missing.
struct node_status {
  std::optional<notary_status> notary;
  std::optional<consensus_status> consensus;
  std::optional<peer_net_status> peer_net;
  bool group = false; ///< the other members were asked too
};

using notary_answer = std::variant<propose_answer, get_answer, committed_answer,
                                   subscription_caught_up, subscription_ended, notary_status,
                                   evidence_answer, receipt_answer, group_told, rules_answer>;

} // namespace caucus
