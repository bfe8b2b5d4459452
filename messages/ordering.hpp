#pragma once

#include "messages/block.hpp"
#include "messages/committee.hpp"
#include "messages/evidence.hpp"
#include "messages/ids.hpp"
#include "messages/quota.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What consensus and notary of one node say to one another. Local; never on the wire.
/// The notary holds batches, state and the ledger; consensus holds views, votes and certificates.
/// Pure values.

namespace caucus {

using shared_block = std::shared_ptr<const block>;

// -- notary -> consensus -------------------------------------------------------------------------

/// What the ledger holds: before all else but `own_lie_found`, and again when an epoch is closed
/// and what closed it is durable. Consensus starts from it, anew in each epoch: each batch that is
/// held is told again behind it.
struct ledger_tip {
  digest id; ///< of the newest final block (genesis' at first)
  block_header header;
  std::optional<certificate> finalization; ///< none for genesis
  digest state_root;                       ///< that this block leads to
  digest receipts_root;                    ///< over its receipts
  bool has_payload = false; ///< the block lists batches, so its result wants certifying
  shared_quota_room room{}; ///< for what a child lists; null: no quota
  /// The newest view of which the ledger's last blocks show that this node signed something, as its
  /// leader or by a vote. 0: they show none. Of the epoch that is now.
  view own_signed{};
  /// Of the epoch of what comes above this block: the block's own, or, if that ends with it, the
  /// next. Never null.
  std::shared_ptr<const committee> voters{};
  bool closes = false; ///< as of `executed`
  /// The finalization by which the epoch before `voters` ended, of its last block or of one behind
  /// it. None: it is not known, or this is the first.
  std::optional<certificate> closed_by{};
};
/// This batch is held, checked, and durable if the node's durability says so: it may be listed, and
/// a header that lists it may be voted for.
struct batch_held {
  digest id;
  peer_id author;
  batch_number number;
  std::uint32_t body_size = 0;
  bool own = false;             ///< this node's own author
  bool stranger = false;        ///< the genesis does not name its author
  std::uint64_t quota_size = 0; ///< quota_size_of() it
};
/// No longer worth listing: final, overtaken by a later number, or evicted. Still held where final.
struct batch_gone {
  digest id;
};
/// A block was executed on top of its parent's result.
struct executed {
  digest id;
  digest state_root;
  digest receipts_root;
  shared_quota_room room{}; ///< for what a child lists; null: no quota
  /// The members or rules of the state after it are not those of its epoch: the epoch ends with its
  /// child on the final chain. What descends from it in its epoch lists nothing.
  bool closes = false;
};
/// The notary has made durable all up to here; what consensus keeps below may go.
struct ledger_advanced {
  caucus::height height;
};
/// What was executed here leads to another state than the group certified: nothing more is voted.
struct state_diverged {
  std::string reason; ///< for people: where, the roots, what to do
};
/// There is proof that this node's own key signed two votes, or two proposals, that contradict one
/// another: it votes no more, in any life that has the proof. Told before `ledger_tip` then.
struct own_lie_found {
  std::string reason; ///< for people: what it signed, what to do
};
/// Up to where may this replica have signed `finalize`? Answered by `finalize_bound`.
struct finalize_bound_wanted {
  std::uint64_t tag = 0;
};
using to_consensus = std::variant<ledger_tip, batch_held, batch_gone, executed, ledger_advanced,
                                  state_diverged, own_lie_found, finalize_bound_wanted>;

/// This certificate shows that the member signed something of its view: a vote, or the block, as
/// only a view's leader proposes one.
[[nodiscard]] bool shows_signature(const certificate& what, const committee& voters,
                                   member_index who);

/// The words of a `state_diverged`, for logs and status. The roots in hex; `ours`: as computed
/// here.
[[nodiscard]] std::string divergence_text(height at, std::string_view ours,
                                          std::string_view certified);

// -- consensus -> notary -------------------------------------------------------------------------

/// A proposal or a notarized block lists batches that this node lacks: get them, and ask `holder`
/// first.
struct want_batches {
  digest id; ///< of the block
  std::vector<digest> missing;
  std::optional<member_index> holder;
};
/// Notarized: execute it on top of its parent, which was told before (or is final). Answered by
/// `executed`, once its batches are held.
struct block_notarized {
  digest id;
  shared_block block;
};
/// Final: one for each height, in order, none left out. The certificate comes with the newest of a
/// run; the notary executes it first if it has not, pulling batches that it lacks. Consensus may
/// tell of blocks behind the last one of an epoch too: where it ends the notary says.
struct block_finalized {
  digest id;
  shared_block block;
  std::optional<certificate> finalization;
};
/// Who leads now: batches that wait are forwarded there.
struct view_entered {
  caucus::view view;
  member_index leader;
};
/// No block becomes final at the moment (true), or blocks do again. So proposers are told in time.
struct standstill {
  bool active = false;
  std::string reason{}; ///< for people
};
/// Proof that somebody lied, for the notary's store of evidence.
struct evidence_found {
  caucus::evidence evidence;
};
/// Others know of a later start of this node, or of newer votes, than its folder does: that is an
/// older copy, and nothing in it tells what was done after it was made. Once in a life, before
/// `group_height` unless it is found later.
struct folder_is_older {};
/// Once in a life: the group's height when f + 1 members had said how far they are, and a member of
/// the group was told what others know of its starts. Below this height the notary numbers no
/// batch: a former life may have numbered one.
struct group_height {
  caucus::height height;
};
/// Nobody that was asked has the block behind the tip, though there is one, and all were asked
/// twice. Again with each further answer that has none.
struct blocks_gone {};
/// In no life did this replica sign `finalize` for a header of this epoch of a view above that of
/// `bound`.
struct finalize_bound {
  std::uint64_t tag = 0; ///< of the question
  std::optional<block_header>
    bound; ///< notarized or final; none: this node cannot tell, or never votes, or the epoch ends
  std::optional<certificate> shown; ///< that it is; none for genesis
  caucus::epoch epoch = {};         ///< that is now
};
using to_notary =
  std::variant<want_batches, block_notarized, block_finalized, view_entered, standstill,
               evidence_found, folder_is_older, group_height, finalize_bound, blocks_gone>;

} // namespace caucus
