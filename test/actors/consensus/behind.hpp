#pragma once

#include "test/actors/consensus/lone_core.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace caucus::voting {

/// A follower that asks for pages.
struct follower : lone_core {
  follower() : lone_core{std::nullopt} { live(); }
  /// The page request on its way, if any: to whom, and its tag. All others end unanswered.
  std::optional<send> asked_page() {
    std::optional<send> out;
    for (int i = 0; i < 10 && !out; ++i) {
      for (auto& one : std::exchange(done, {})) {
        const auto* const sent = std::get_if<send>(&one);
        if (sent == nullptr || sent->request == 0) {
          continue;
        }
        if (std::holds_alternative<chain_request>(sent->message)) {
          out = *sent;
        } else {
          step(request_ended{sent->link, sent->request, errc::timed_out});
        }
      }
      if (!out) {
        pass(config.retry_interval);
      }
    }
    return out;
  }
};

/// A follower that knows of a finalization twenty blocks ahead, and of none of the blocks.
struct behind : follower {
  std::vector<block_header> chain{};

  behind() {
    auto parent = genesis;
    for (std::uint64_t in = 1; in <= 20; ++in) {
      parent = child(parent, view{in}, 0);
      chain.push_back(parent);
    }
    finalized(chain.back());
  }
  [[nodiscard]] chain_page page(std::size_t first, std::size_t last) const {
    chain_page out;
    for (auto at = first; at <= last; ++at) {
      out.blocks.push_back({chain[at], {}});
    }
    out.finalization = certified(vote_kind::finalize, chain[last].view, digest_of(chain[last]));
    return out;
  }
};

} // namespace caucus::voting
