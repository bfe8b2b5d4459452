#pragma once

#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <memory>

/// How much an author, and all strangers together, may put into the ledger. What a block lists is
/// judged by its parent's state alone, so every replica and leader comes to the same verdict.
/// Pure.
///
/// A bucket: each listed batch adds to it, and it empties by `per_second` as the headers' time
/// passes. A batch that would lift it above `burst` may not be listed. The reasons of refused
/// mutations lie in the ledger too, and before a block is executed nobody knows which mutations it
/// refuses. So a batch counts as if all its mutations were refused while it is judged, and with its
/// true size after it was executed.

namespace caucus {

/// One bucket's level at a time.
struct quota_level {
  std::uint64_t milli_bytes = 0; ///< thousandths of a byte, so that nothing is lost to rounding
  wall_ms time{0};
  friend bool operator==(const quota_level&, const quota_level&) = default;
};

/// The level at `now`. If `now` is before the level's time, nothing runs out.
[[nodiscard]] quota_level quota_level_at(const quota& limit, const quota_level& of, wall_ms now);
/// The same with `size` bytes more, which may pass the limit.
[[nodiscard]] quota_level quota_level_with(const quota& limit, const quota_level& of, wall_ms now,
                                           std::uint64_t size);
/// Bytes.
[[nodiscard]] std::uint64_t quota_left(const quota& limit, const quota_level& of, wall_ms now);

/// Bytes of a batch in the ledger beside its body: header, signature, and its digest in the block's
/// list.
inline constexpr std::uint64_t quota_batch_overhead = 256;
/// Bytes of a refusal beside its reason.
inline constexpr std::uint64_t quota_refusal_overhead = 12;
/// The most bytes that a batch can take in the ledger: its size while it is judged.
[[nodiscard]] std::uint64_t quota_size_of(const batch_header& what);

/// How much a child of one block may list.
struct quota_room {
  struct named_author {
    quota_level level;
    batch_number last; ///< executed
    friend bool operator==(const named_author&, const named_author&) = default;
  };
  quotas limits;
  wall_ms now{0};                          ///< the block's time
  std::map<peer_id, named_author> authors; ///< that the genesis names and that have written
  quota_level strangers;

  friend bool operator==(const quota_room&, const quota_room&) = default;
  [[nodiscard]] std::uint64_t left_for(const peer_id& author, bool stranger) const;
};
using shared_quota_room = std::shared_ptr<const quota_room>;

/// Counts what one block lists.
class quota_count {
public:
  /// Null: everything fits.
  explicit quota_count(shared_quota_room room) : room_{std::move(room)} {}

  enum class verdict : std::uint8_t {
    fits,
    /// Of an author that the genesis names, and not above its last number: it would be skipped
    overtaken,
    beyond, ///< more than is left
  };
  /// Counted only if it fits.
  [[nodiscard]] verdict take(const peer_id& author, batch_number number, bool stranger,
                             std::uint64_t quota_size);

private:
  struct count {
    std::uint64_t size = 0;
    batch_number last;
  };
  shared_quota_room room_;
  std::map<peer_id, count> authors_;
  std::uint64_t strangers_ = 0;
};

} // namespace caucus
