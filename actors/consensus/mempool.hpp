#pragma once

#include "messages/ids.hpp"
#include "messages/ordering.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

/// Batches that the notary holds, and those of them that wait to be listed.
/// Pure. The notary bounds how many it holds, and says what is gone.

namespace caucus::voting {

class mempool {
public:
  /// `waits`: to be listed; else it is final already, and only proposals that list it again want
  /// it.
  void held(const batch_held& what, bool waits = true);
  /// Not to be listed any more, and not held.
  void gone(const digest& id);
  /// Listed in a final block: still held, not waiting.
  void listed(const digest& id);

  [[nodiscard]] bool holds(const digest& id) const { return held_.contains(id); }
  /// Zero: not held.
  [[nodiscard]] std::size_t size_of(const digest& id) const;
  [[nodiscard]] bool any_waiting() const { return waiting_count() > 0; }
  [[nodiscard]] std::size_t waiting_count() const { return named_.size() + strangers_.size(); }

  /// Some author's next batch may be listed by a child of the block with this room; null: no quota.
  /// Cheap: O(authors that the genesis names and that have one waiting).
  [[nodiscard]] bool any_fits(const shared_quota_room& room) const;

  /// What a leader lists: in the order of arrival, but each author's ascending, as a batch that is
  /// overtaken by a later number never runs. Within `count_max` and `size_max` bytes of bodies, and
  /// the quota of each, as its parent leaves it.
  [[nodiscard]] std::vector<digest> choose(const std::unordered_set<digest>& listed,
                                           std::size_t count_max, std::size_t size_max,
                                           const shared_quota_room& room = nullptr) const;
  /// Whether a block on that parent may list these: what choose() keeps to, so no honest leader's
  /// is refused. With a quota none may be listed that is not held.
  [[nodiscard]] bool may_be_listed(const std::vector<digest>& all,
                                   const shared_quota_room& room) const;

private:
  struct entry {
    peer_id author;
    batch_number number;
    std::uint32_t body_size = 0;
    bool stranger = false;
    std::uint64_t quota_size = 0;
    std::uint64_t arrival = 0; ///< key of waiting_; 0: not waiting
  };
  using arrivals = std::map<std::uint64_t, digest>;
  void stop_waiting(entry& of);
  [[nodiscard]] std::pair<std::uint64_t, digest>
  next_of(const std::map<batch_number, digest>& numbers) const;
  [[nodiscard]] arrivals& waiting_of(const entry& of) { return of.stranger ? strangers_ : named_; }
  [[nodiscard]] bool any_named_fits(const quota_room& room) const;
  struct listing;
  void list_up_to(const entry& last, listing& to) const;
  void list_smallest(listing& to) const;

  std::unordered_map<digest, entry> held_;
  arrivals named_;     ///< waiting, of authors that the genesis names
  arrivals strangers_; ///< waiting, of others
  /// Quota sizes, of each stranger's lowest number alone: what is behind it may not overtake it.
  std::set<std::pair<std::uint64_t, digest>> strangers_next_;
  std::unordered_set<peer_id> named_authors_;                             ///< who has one waiting
  std::unordered_map<peer_id, std::map<batch_number, digest>> by_author_; ///< those waiting
  std::uint64_t arrivals_ = 0;
};

} // namespace caucus::voting
