#pragma once

#include "messages/ids.hpp"
#include "messages/ordering.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

/// Batches that the notary holds, and those of them that wait to be listed.
/// Pure. The notary bounds how many it holds, and says what is gone.

namespace caucus::voting {

class mempool {
public:
  /// `waits`: to be listed; else it is final already, and only proposals that list it again want it.
  void held(const batch_held& what, bool waits = true);
  /// Not to be listed any more; and not held, unless it is final (`chain` knows).
  void gone(const digest& id);
  /// Listed in a final block: still held, not waiting.
  void listed(const digest& id);

  [[nodiscard]] bool holds(const digest& id) const { return held_.contains(id); }
  /// Zero: not held.
  [[nodiscard]] std::size_t size_of(const digest& id) const;
  [[nodiscard]] bool any_waiting() const { return !waiting_.empty(); }
  /// Some batch waits that is not in `listed`. O(size of `listed`).
  [[nodiscard]] bool any_waiting_but(const std::unordered_set<digest>& listed) const;
  [[nodiscard]] std::size_t waiting_count() const { return waiting_.size(); }

  /// What a leader lists: in the order of arrival, but each author's ascending, as a batch that is
  /// overtaken by a later number never runs. Within `count_max` and `size_max` bytes of bodies.
  [[nodiscard]] std::vector<digest> choose(const std::unordered_set<digest>& listed,
                                           std::size_t count_max, std::size_t size_max) const;

private:
  struct entry {
    peer_id author;
    batch_number number;
    std::uint32_t body_size = 0;
    std::uint64_t arrival = 0; ///< key of waiting_; 0: not waiting
  };
  void stop_waiting(entry& of);

  std::unordered_map<digest, entry> held_;
  std::map<std::uint64_t, digest> waiting_;
  std::unordered_map<peer_id, std::map<batch_number, digest>> by_author_; ///< those waiting
  std::uint64_t arrivals_ = 0;
};

} // namespace caucus::voting
