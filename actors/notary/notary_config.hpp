#pragma once

#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

/// The notary's limits and times, each with its reason.
/// Pure values.

namespace caucus {

struct notary_config {
  /// True: what must survive a power cut is persisted before it is acted on. False: only a ceiling
  /// of batch numbers is, and whoever restarts skips what is below it.
  bool durable = true;

  // -- this node's own batches --------------------------------------------------------------------
  /// A batch that is not full leaves no later than this. One view in memory takes a few
  /// milliseconds.
  duration flush_after{20'000};
  /// More own batches than this that no block lists yet: the next waits. With 16 of 256 KiB a
  /// leader's block is full.
  std::size_t unordered_max = 16;
  std::size_t unordered_size_max = 8 * 1024 * 1024;
  /// Proposals that wait for a batch beyond those: `busy` above it. Two full batches and more.
  std::size_t waiting_size_max = 4 * 1024 * 1024;
  /// Own batches that are not final: `busy` above it. Bounds askers, their time-outs, and restarts.
  std::size_t unfinal_max = 256;
  /// Request ids remembered with their receipts: 64 Ki of at most 64 bytes are below 20 MiB. The
  /// oldest go first; one that is not final yet never goes.
  std::size_t request_ids_max = 64 * 1024;
  /// Numbers taken ahead in memory mode: one sync per 1,024 batches.
  std::uint64_t numbers_ahead = 1'024;

  /// A life numbers its first batch above all that it knows of by so much, times one and its random
  /// number: what other lives signed that this folder does not know, and no block lists yet, has
  /// other numbers. 2^32 times it is 2^42, so that there is room for 4 million lives.
  std::uint64_t life_step = 1'024;

  // -- batches of others --------------------------------------------------------------------------
  /// Twice what an honest author keeps unordered: we may learn later than it that a block is final.
  std::size_t author_batches_max = 32;
  std::size_t author_size_max = 16 * 1024 * 1024;
  /// All authors together; those that are no members get half, so that strangers, who cost nothing
  /// to make, cannot keep members' batches out.
  std::size_t pool_size_max = 128 * 1024 * 1024;
  /// Waited so long unlisted: forwarded to the leader, in case its author did not send it there.
  duration forward_after{100'000};
  /// Forwarded at once at most.
  std::size_t forwards_max = 32;
  /// Signature checks under way; a batch beyond them is dropped, its author sends it again.
  std::size_t checks_max = 1'024;

  // -- pulling what blocks list -------------------------------------------------------------------
  duration pull_timeout{2'000'000};
  std::size_t pulls_max = 32; ///< in flight; 32 of 256 KiB are 8 MiB
  /// So that one slow peer does not hold them all; and so many of a peer wait for us.
  std::size_t pulls_per_link_max = 8;
  duration pull_retry{100'000}; ///< nobody had it: asked again after this

  // -- reads, subscriptions -----------------------------------------------------------------------
  /// Waiting; above: `busy`. So many of local users, and as many of all strangers together (and one
  /// of each), so that no peer takes a local user's place. A peer's read is at most 4 KiB: all are
  /// 4 MiB.
  std::size_t reads_max = 1'024;
  /// Waiting, for their height or their turn: a burst of a client's users. Members, who are few,
  /// have no other bound.
  std::size_t reads_per_link_max = 32;
  /// A peer's read of a height farther ahead than this is `not_yet` at once: it would not come
  /// before remote_read_timeout.
  std::uint64_t reads_ahead_max = 1'024;
  duration ask_again_after{500'000};       ///< a fresh read asks members that did not answer again
  duration remote_read_timeout{5'000'000}; ///< what another node's read may wait for its height
  std::size_t subscriptions_max = 256;
  /// Of a block that is larger, as committed_size() counts it, a part is told at a time. Some 250
  /// small mutations.
  std::size_t told_part_size = 64 * 1024;
  /// Told to one subscriber and not yet taken, passed by one part at most.
  std::size_t told_size_max = 256 * 1024;
  /// Told to all of them in a turn, passed by one part at most: some milliseconds, in which a
  /// proposal or a vote waits.
  std::size_t told_per_turn = 256 * 1024;
  /// Blocks that were read from the ledger for subscribers who are behind, kept for all together;
  /// the newest read stays, however large.
  std::size_t read_again_max = 32 * 1024 * 1024;
  /// Questions for a receipt's proof that wait; above: `busy`. As many as there may be control
  /// calls.
  std::size_t proofs_max = 256;
  /// Headers in the proofs of all of them, of 200 bytes: 3 MiB. A proof has one but where blocks
  /// have no certificates of their own, and then 1,024 at most; above: `busy`.
  std::size_t proof_headers_max = 16 * 1024;
  /// Receipts hashed in a turn for such proofs, each two hashes: 2 ms, in which a proposal or a
  /// vote waits. A block of 262,144 takes 32 turns, 70 ms of work.
  std::size_t proof_receipts_per_turn = 8 * 1024;
  std::size_t recent_blocks = 64; ///< final blocks kept in memory, for subscribers and peers
  std::size_t recent_size_max = 32 * 1024 * 1024;
  /// Kept: half for all strangers together, half in equal parts for each member, so that no liar's
  /// proofs leave no room for another's. What comes above is neither kept nor counted.
  std::size_t evidence_max = 1'024;

  // -- the ledger ---------------------------------------------------------------------------------
  /// Blocks that the ledger keeps at least, so that others can fetch them and users hear of them;
  /// 0: all of them. What is above the stored state, and the newest keep_blocks_min, stay in any
  /// case.
  std::uint64_t keep_blocks = 0;
  /// Who was away for a moment finds the next block, and a start what this node signed while each
  /// member led once (members_max). Only a simulation, of few members, has less.
  std::uint64_t keep_blocks_min = 64;

  // -- what nobody keeps any more -----------------------------------------------------------------
  /// Where nobody gives the next block, the state is fetched from others.
  bool fetch_snapshot = true;

  // -- the stored state ---------------------------------------------------------------------------
  /// Changed entries are handed to the disk when so many have gathered, or after so long.
  std::size_t store_entries = 65'536;
  /// Or when the blocks that changed them held so much: an entry may have 64 KiB.
  std::size_t store_size = 16 * 1024 * 1024;
  /// Read from the state for it at once, some half a millisecond, and then again after a pause:
  /// votes and users have most of the thread's time.
  std::size_t store_entries_at_once = 512;
  duration store_pause{2'000};
  duration store_after{10'000'000};

  /// Of a file of the ledger, so that what is on the disk is a quarter above what is kept; 0: one
  /// file has all.
  [[nodiscard]] std::uint64_t blocks_per_file() const { return keep_blocks == 0 ? 0 : quarter(); }

  /// Of what is kept; at least 1.
  [[nodiscard]] std::uint64_t quarter() const {
    return std::max({keep_blocks / 4, keep_blocks_min / 4, std::uint64_t{1}});
  }

  /// Error: value_out_of_range, naming the field.
  [[nodiscard]] result<void> validate() const;
};

/// `pruned`, for who asks for what a node does not keep any more.
[[nodiscard]] error pruned_below(height oldest);

} // namespace caucus
