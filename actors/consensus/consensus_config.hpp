#pragma once

#include "actors/consensus/consensus_limits.hpp"
#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

/// What a replica or follower is told at its start.
/// Pure values.

namespace caucus {

/// What is durable of one's own votes; the configuration's `durability`.
enum class vote_keeping : std::uint8_t {
  each,    ///< every vote, before it leaves: "disk"
  ceiling, ///< only a bound of their views: "memory", for benchmarks and tests; see README.md
};

struct consensus_config {
  group_id group{1};
  committee voters{};                 ///< not nobody
  std::optional<member_index> self{}; ///< none: a follower
  /// For a member that lost its journal, when too few others can tell it how far the group had
  /// come: its operator's word that it signed nothing above this view.
  std::optional<view> vote_above{};
  vote_keeping keeps = vote_keeping::each;
  /// Drawn at random for each start, see lives.hpp. None: starts are not numbered, for a look at a
  /// folder.
  std::optional<std::uint64_t> life{};
  duration delta{500'000};        ///< first guess of the message delay; > 0
  duration delta_max{8'000'000};  ///< >= delta: so a partition costs at most 3 of it to end
  duration heartbeat{10'000'000}; ///< an empty block at least so often; > 0
  /// The empty block that certifies the last one's result waits so long for a batch, of somebody
  /// who goes on as soon as he has his receipt: half the views for him, for others a later read; >=
  /// 0.
  duration lull{2'000};
  duration retry_interval{500'000};    ///< what is open is sent again so often; > 0
  duration request_timeout{2'000'000}; ///< of one request to one peer; > 0
  /// A leader not heard for so long, counting only the time in which the group was busy, is not
  /// waited for; > 0. Long beside a view, short beside a user's patience.
  duration skip_timeout{3'000'000};
  duration standstill_after{4'000'000}; ///< of waiting without a final block; > 0
  /// While nothing becomes final: views, and notarized blocks, that one life may add to what is
  /// kept; > 0. At the limit the replica votes no more until something is final, or it is
  /// restarted.
  std::size_t undecided_views_max = caucus::undecided_views_max;
  std::size_t undecided_blocks_max = caucus::undecided_blocks_max;
};

/// Asserts the ranges above.
void check(const consensus_config& config);

/// What the group agreed on, from its genesis; `self` is found by `own`.
[[nodiscard]] consensus_config config_of(const genesis& from, const peer_id& own);

} // namespace caucus
