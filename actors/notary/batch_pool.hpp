#pragma once

#include "actors/notary/notary_config.hpp"
#include "messages/evidence.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

/// The batches that are not final yet: by digest, bounded by author and in all.
/// Pure. A table; who asks decides.
///
/// A batch goes checking -> storing -> held, and leaves when it is final, overtaken by a later
/// number of its author, or bad. One that an unfinal block lists stays for that block.

namespace caucus {

enum class batch_state : std::uint8_t { checking, storing, held };

struct pooled_batch {
  digest id;
  shared_batch batch;
  batch_state state = batch_state::checking;
  bool own = false;
  bool announced = false; ///< consensus knows it as held
  time_point since;       ///< when it came
  link_id link;           ///< who sent it; 0: ourselves
  peer_id from_peer;
  std::uint64_t known_by = 0; ///< bit i: member i sent it or was sent it
  /// While checking: a copy of the same header and size with another body or signature, in case
  /// this one is bad. Its digest does not cover those.
  struct copy {
    shared_batch batch;
    link_id link;
    peer_id from_peer;
  };
  std::optional<copy> other;
};

class batch_pool {
public:
  explicit batch_pool(const notary_config& config) : config_{config} {}

  enum class entry : std::uint8_t { added, known, full };
  /// `wanted`: a block or proposal lists it, so it is taken beyond the bounds: a quorum's blocks
  /// bound those, and block_payload_size_max each of the last proposals.
  [[nodiscard]] entry add(pooled_batch what, bool member, bool wanted);
  /// Null: not here. Good until the next add or take out.
  [[nodiscard]] pooled_batch* find(const digest& id);
  [[nodiscard]] const pooled_batch* find(const digest& id) const;
  /// Held, for execution or a peer; null: not.
  [[nodiscard]] shared_batch held(const digest& id) const;
  void remove(const digest& id);
  /// It is here and its author, or all together, have more than they may: it was wanted.
  [[nodiscard]] bool is_beyond_limits(const pooled_batch& one) const;

  /// A checked batch of the same author and number, another one. The pair is evidence.
  [[nodiscard]] std::optional<conflicting_batches> conflict_of(const pooled_batch& with) const;

  // -- listed by unfinal blocks ----------------------------------------------------------------
  void list(const digest& id) { ++listed_[id]; }
  /// True: no unfinal block lists it any more.
  bool unlist(const digest& id);
  [[nodiscard]] bool is_listed(const digest& id) const { return listed_.contains(id); }

  /// All of this author at or below `last` are over. Calls `gone` for each that leaves; those that
  /// an unfinal block lists stay until unlisted and settled again.
  void settle(const peer_id& author, batch_number last,
              const std::function<void(const pooled_batch&)>& gone);

  /// In no particular order.
  void each(const std::function<void(pooled_batch&)>& visit);
  void each(const std::function<void(const pooled_batch&)>& visit) const;
  [[nodiscard]] std::size_t count() const { return entries_.size(); }
  [[nodiscard]] std::size_t size() const { return size_; }

private:
  struct author_slot {
    std::multimap<batch_number, digest> numbers;
    std::size_t size = 0;
  };
  const notary_config& config_;
  std::unordered_map<digest, pooled_batch> entries_;
  std::unordered_map<peer_id, author_slot> authors_;
  std::unordered_map<digest, std::uint32_t> listed_;
  std::size_t size_ = 0;
  std::size_t strangers_size_ = 0;            ///< of authors that are no members
  std::unordered_map<digest, bool> stranger_; ///< entries whose author is none
};

} // namespace caucus
