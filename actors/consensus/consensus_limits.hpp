#pragma once

#include "messages/block.hpp"
#include "messages/packet_code.hpp"
#include "messages/time.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>

/// What one replica holds and sends at most, and why.
/// Pure values.

namespace caucus {

/// Payload that a leader lists in one block: 4 MiB take some 4 ms to hash and 40 ms to send at
/// 100 MB/s, well inside 2 * delta; others accept up to block_payload_size_max.
inline constexpr std::size_t listed_size_max = 4 * 1024 * 1024;
static_assert(listed_size_max <= block_payload_size_max);

/// Votes of one member, view and kind that are kept: the first and one that contradicts it, which
/// is all that evidence needs. 64 members x 3 kinds x 2 x 120 B = 46 KiB a view.
inline constexpr std::size_t votes_per_slot_max = 2;
/// Proposals of one view: the first and one that contradicts it.
inline constexpr std::size_t proposals_per_view_max = 2;
/// Certificates of one link that wait to be verified: a peer that resends sends one for each of
/// `resend_views_max` views twice, and the one by which it entered its view.
inline constexpr std::size_t candidates_per_link_max = 24;
/// Views not yet final for which votes and certificates are resent each interval: with two
/// certificates of 64 signers and two votes a view, 70 KiB a peer.
inline constexpr std::size_t resend_views_max = 8;
static_assert(candidates_per_link_max > 2 * resend_views_max);
/// Blocks that nobody certified are kept for this many views behind the current: a certificate that
/// is later than that brings a proposal_request.
inline constexpr std::uint64_t uncertified_views_max = 16;
/// Of views that many behind the newest notarized block we hold, nothing is kept at all, and of
/// those that many behind the current view only certificates and own votes. Late votes and leaders
/// that do not know that block yet are far nearer: it is sent again each retry interval.
inline constexpr std::uint64_t kept_views = 16;
static_assert(kept_views > resend_views_max);
/// Nullified views above the newest notarized block, each of which must stay provable. Measured:
/// 2.2 KiB a view with 4 members and 7.0 KiB with 64, the journal's copy included: 70 and 224 MiB
/// at the limit. Once each leader failed in turn, n of them take q * 2 delta_max at least: with a
/// delta_max of 1 s the limit is some 12 hours away.
inline constexpr std::size_t undecided_views_max = 32'768;
/// Notarized blocks above the newest final one: the notary keeps a version of the state and the
/// batches of each.
inline constexpr std::size_t undecided_blocks_max = 1'024;
/// Batches that the blocks above the newest final one list together, repeats counted; beyond that
/// blocks are empty until something is final. A run of blocks that one certificate makes final must
/// fit one page, or nobody could catch up through it: half of a page for digests, and the other
/// half holds the rest of as many blocks as a page may have, 176 bytes each.
inline constexpr std::size_t undecided_batches_max = 16 * 1'024;
static_assert(undecided_batches_max * sizeof(digest) <= body_size_max / 2);
static_assert(blocks_per_page_max * 176 + 16 * 1'024 <= body_size_max / 2);
static_assert(blocks_per_page_max > undecided_blocks_max);
/// Blocks asked for by digest at one time.
inline constexpr std::size_t wanted_blocks_max = 64;
/// A block of which that many ancestors are missing is asked for as a chain from the ledger: one
/// round trip then brings up to 2,048 instead of one.
inline constexpr std::uint64_t chain_gap_min = 4;
/// Final blocks kept for peers that ask by digest, though the ledger has them: a follower asks for
/// each block when it hears of its finalization.
inline constexpr std::size_t recent_blocks_max = 64;
/// Final blocks told to the notary and not yet durable, above which no more pages are asked for.
inline constexpr std::uint64_t undurable_heights_max = 4'096;
/// How far ahead of the own clock a header's time may be, unless it is its parent's time: the view
/// of a header further ahead is nullified.
inline constexpr wall_ms time_ahead_max{10'000};
/// A member's clock that far from ours is named: far above what a message takes, and in time before
/// its headers are refused.
inline constexpr wall_ms clock_off_min{3'000};
static_assert(clock_off_min < time_ahead_max);
/// "I vote in no view above L" is moved ahead by that much: one sync in 1,024 views.
inline constexpr std::uint64_t ceiling_step = 1'024;
/// Moves of one event: each either votes, enters a view or tells the notary something, so an honest
/// run ends after a few; a bound in case it does not.
inline constexpr std::size_t moves_max = 4'096;
/// Requests served to one link in one `retry_interval`: certificates, tips and blocks by digest.
inline constexpr std::uint32_t served_per_interval_max = 256;
/// Lives of a member that are kept in the journal, for each of its links: it says one, and another
/// whenever enough others know of a later one.
inline constexpr std::uint32_t lives_per_link_max = 16;
/// Members, and who was one, whose latest life is kept: 120 bytes each.
inline constexpr std::size_t lives_kept_max = 256;
static_assert(lives_kept_max > members_max);

} // namespace caucus
