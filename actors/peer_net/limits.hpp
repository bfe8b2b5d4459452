#pragma once

#include "messages/packet_code.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound of a link, with its reason. What an operator may change is in peer_net_config.hpp.
/// Pure values.

namespace caucus {

// -- reading --------------------------------------------------------------------------------------

/// A link's turn: 64 frames or 64 KiB. 64 votes fit well below; 256 links then wait for at most
/// 16 MiB of decryption, about 10 ms.
inline constexpr std::size_t frames_per_turn = 64;
inline constexpr std::size_t bytes_per_turn = 64 * 1024;
/// 4 MiB of bodies that consumers have not let go of yet; then the link stops reading. 4 of the
/// largest frames, so that one being handled and one being read never wait for each other.
inline constexpr std::size_t bodies_held_max = 4 * 1024 * 1024;
/// A body of up to 64 KiB is allocated when its header comes; a larger one grows with what was
/// read, so that a header which claims 1 MiB costs its sender as much as us.
inline constexpr std::size_t body_reserve_max = 64 * 1024;
static_assert(bodies_held_max >= 4 * body_size_max);

// -- writing --------------------------------------------------------------------------------------

/// One TLS record at most: a write costs one seal and one system call.
inline constexpr std::size_t write_size_max = 16 * 1024;
/// Waiting bytes a lane and link. A consensus lane that is full closes its link: a gap in silence
/// would be worse, as consensus resends what is open when a link comes up. 16 MiB are two whole
/// blocks' payload.
inline constexpr std::size_t consensus_lane_size_max = 16 * 1024 * 1024;
/// Full: the oldest go. 4 MiB hold four of the largest answers.
inline constexpr std::size_t gossip_lane_size_max = 4 * 1024 * 1024;
/// Full: refused to the caller.
inline constexpr std::size_t bulk_lane_size_max = 1024 * 1024;
/// Frames a lane may hold: an empty frame costs us its bookkeeping, not its bytes.
inline constexpr std::size_t lane_frames_max = 64 * 1024;
/// Of 8 frames that a busy link sends, one is from the lowest lane that waits.
inline constexpr std::uint32_t bulk_share = 8;
static_assert(consensus_lane_size_max > body_size_max && gossip_lane_size_max > body_size_max);

// -- requests -------------------------------------------------------------------------------------

/// That wait on one link; more are told `busy`.
inline constexpr std::size_t requests_max = 1'024;
/// Ended ones that are remembered one by one; answers to older ones are forgiven as a whole.
inline constexpr std::size_t late_requests_max = 1'024;

// -- time -----------------------------------------------------------------------------------------

/// How often a link's clocks are looked at; timeouts are late by at most this.
inline constexpr duration tick{std::chrono::milliseconds{50}};
/// A link that ends is read for so long, then cut: enough for what is on its way.
inline constexpr duration linger{std::chrono::seconds{1}};
/// A dial waits so long for the addresses of its host, before its handshake's time begins. The
/// system's resolver waits for 5 s for one name server, before it tries the next.
inline constexpr duration lookup_timeout{std::chrono::seconds{10}};
/// Hellos of two links to one peer closer than this are one meeting: both dialled at once.
inline constexpr duration same_meeting{std::chrono::seconds{5}};

/// A stranger's link that for so long said nothing but pings gives its place to a newcomer. Twice a
/// heartbeat: a follower asks for each block, an idle group's too.
inline constexpr duration idle_min{std::chrono::seconds{20}};
/// Where none is idle, the one that is linked for longest goes, once it has had so long: users who
/// are more than there are places take turns, and a turn is long beside the second that a link
/// takes.
inline constexpr duration turn_min{std::chrono::seconds{60}};
/// One whose place was given to another, and who has other links, comes back after so long.
inline constexpr duration full_house_pause{std::chrono::seconds{30}};

// -- peers ----------------------------------------------------------------------------------------

/// 4,096 strangers at some 300 bytes each; beyond, the one not seen for longest goes.
inline constexpr std::size_t peers_known_max = 4'096;
/// Peers whose rates are remembered: above any number of links within the seconds that a bucket
/// takes to fill; 128 B each.
inline constexpr std::size_t rates_kept_max = 65'536;
inline constexpr std::size_t addresses_per_peer_max = 4;
/// Peers that actors or hints asked to dial, besides members and configured addresses.
inline constexpr std::size_t targets_max = 256;
/// Items that wait because a consumer's ring is full; above, no new link is let in.
inline constexpr std::size_t overflow_max = 4'096;

} // namespace caucus
