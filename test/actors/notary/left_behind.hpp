#pragma once

#include "actors/notary/snapshot_packets.hpp"
#include "messages/control.hpp"
#include "test/actors/notary/changing.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// A node that has heard of nothing, and a group that keeps few blocks.

namespace caucus::testing {

inline constexpr std::size_t late = 4;
inline constexpr std::size_t entry_size = 4'000;

inline notary_config keeping_few(std::uint64_t blocks) {
  notary_config out;
  out.keep_blocks = blocks;
  return out;
}

/// Four members with a state of some hundred entries, and a fifth node that has heard of nothing.
struct left_behind : changing {
  explicit left_behind(std::size_t entries = 200, std::uint64_t keep = 64, std::size_t clients = 1)
      : changing{clients, small_genesis(), keeping_few(keep)} {
    at(late).linked = false;
    fill(entries, 'a');
  }
  void fill(std::size_t entries, char with, std::size_t first = 0) {
    for (std::size_t i = first; i < first + entries; ++i) {
      propose(i % 4, "profile", "put", {"k" + std::to_string(i), std::string(entry_size, with)});
      if (i % 50 == 49) {
        order();
      }
    }
    order();
  }
  /// Until a version of the newest state is given, and all blocks of before are gone.
  void grow() {
    const height before{blocks.size() + 2};
    for (int i = 0; i < 40; ++i) {
      make_final(make_block({}));
    }
    for (std::size_t i = 0; i < size(); ++i) {
      if (i != late) {
        at(i).kept.oldest = before;
        step(i, notary_in::pruned{before});
      }
    }
    run();
  }
  void join() {
    at(late).linked = true;
    for (std::size_t i = 0; i < size(); ++i) {
      if (i != late) {
        link(late, i);
      }
    }
  }
  void miss_blocks() {
    step(late, to_notary{blocks_gone{}});
    run();
  }
  [[nodiscard]] std::shared_ptr<snapshot_contents> installed() { return at(late).installed; }
  [[nodiscard]] std::optional<snapshot_state> fetching() {
    const auto tag = request_tag{777'777};
    at(late).answers.clear();
    step(late, notary_in::asked{0, status_request{tag}});
    run();
    return answers<notary_status>(late, tag).at(0).fetched;
  }
  [[nodiscard]] std::size_t places_asked(std::size_t of) {
    return static_cast<std::size_t>(
      std::count_if(at(of).snapshot_asks.begin(), at(of).snapshot_asks.end(), [](const auto& one) {
        return std::holds_alternative<place_wanted>(one.what);
      }));
  }
  [[nodiscard]] std::size_t places_asked() {
    return places_asked(0) + places_asked(1) + places_asked(2) + places_asked(3);
  }
  /// What a life that begins with it has.
  [[nodiscard]] digest root_of(const snapshot_contents& all) {
    state_tree tree{variables_max + 1};
    for (const auto& one : all.entries) {
      tree.put(one.path, one.key, *one.value);
    }
    return tree.root();
  }
};

} // namespace caucus::testing
