#pragma once

#include "test/actors/consensus/lone_core.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace caucus::voting {

enum class reaction { notarizes, nullifies, waits };

/// Replica 0 of seven. In view 1 the group notarized `first`, which leads to 1 and has time 5; then
/// it nullified view 2, and the leader of view 3 proposes.
struct in_third_view : lone_core {
  block_header first = child(genesis, view{1}, 0);
  block_header good{};

  explicit in_third_view(bool is_final = false) : lone_core{0, 7} {
    live();
    first.time = wall_ms{5};
    notarized(first);
    is_executed(first, 1);
    if (is_final) {
      finalized(first);
    }
    hear(1, certified(vote_kind::nullify, view{2}));
    good = child(first, view{3}, 1);
    good.time = first.time;
    take_votes();
  }
  [[nodiscard]] reaction react() {
    const auto in = core->current();
    for (const auto& one : take_votes()) {
      if (one.subject.view == in && one.subject.kind == vote_kind::notarize) {
        return reaction::notarizes;
      }
      if (one.subject.view == in && one.subject.kind == vote_kind::nullify) {
        return reaction::nullifies;
      }
    }
    return reaction::waits;
  }
  [[nodiscard]] reaction proposed(const block_header& what, std::vector<digest> batches = {}) {
    hear(what.view.value() % config.voters.size(), proposal{{what, std::move(batches)}, {}});
    return react();
  }
};

inline digest nth_batch(std::size_t which) {
  digest out;
  out.raw[2] = static_cast<std::byte>(which + 1);
  return out;
}

} // namespace caucus::voting
