#pragma once

#include "actors/notary/notary_files.hpp"
#include "actors/notary/snapshot_check.hpp"
#include "actors/notary/snapshot_file.hpp"
#include "messages/group.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

/// A group's member's folder, and what a snapshot of it is made of.

namespace caucus::testing {

inline std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> out;
  for (const auto& one : std::filesystem::directory_iterator{folder}) {
    out.insert(one.path().filename().string());
  }
  return out;
}

/// A group's member's folder, as its shell would have it.
struct saved_group {
  group g{small_genesis(), 1};
  test::temporary_folder folder{};
  test::temporary_folder other{}; ///< where files are made
  std::filesystem::path file = other / "one.snapshot";

  enum class of { one_epoch, second_epoch, changing_block };

  explicit saved_group(of what = of::one_epoch) {
    g.propose(0, "score", "add", {"5"});
    g.propose(1, "profile", "put", {"name", "Ada"});
    g.order();
    if (what == of::second_epoch) {
      agree();
      for (const std::size_t who : {0U, 1U, 2U}) {
        g.say(who, group_operation::agree, newcomer());
      }
      g.order();
      g.order();
    } else if (what == of::changing_block) {
      agree();
    }
    g.tick(duration{20'000'000});
    g.make_final(g.make_block({})); // all of that is stored
    if (what == of::changing_block) {
      for (const std::size_t who : {0U, 1U, 2U}) {
        g.say(who, group_operation::agree, newcomer());
      }
    } else {
      g.propose(0, "score", "add", {"1"});
      g.propose(0, "score", "add", {"1000"}); // refused
      g.propose(0, "score", "add", {"1001"});
      g.propose(1, "profile", "put", {"name", "Bob"});
    }
    g.run();
    g.make_final(g.make_block(g.at(0).held));
    const auto newest = g.blocks.back()->header.height;
    g.tick(duration{20'000'000});
    g.make_final(g.make_block({})); // and this, as of a block with mutations
    REQUIRE(g.at(0).kept.state_at == newest);
    if (what == of::changing_block) {
      g.make_final(g.make_block({}));
      g.make_final(g.make_block({}));
    }
    write();
  }

  [[nodiscard]] admit newcomer() { return {{g.at(4).key->id(), "m4", "localhost:1"}}; }
  /// A fifth member is asked for, and but for the last block all agreed.
  void agree() {
    for (const std::size_t who : {0U, 1U}) {
      g.say(who, group_operation::ask, newcomer());
    }
    g.order();
  }

  void write() {
    const auto& kept = g.at(0).kept;
    REQUIRE(kept.state_at > height{});
    notary_files::visitor visit;
    visit.closing = [](const closing&) { return result<void>{}; };
    visit.state = [](const shared_final&, const std::vector<state_entry>&) {
      return result<void>{};
    };
    visit.block = [](const shared_final&) { return result<void>{}; };
    visit.record = [](const notary_record&) {};
    auto files = notary_files::open(folder.path(), durability::memory, visit);
    REQUIRE(files);
    for (const auto& one : kept.closings) {
      files->add(one);
    }
    for (const auto& one : kept.ledger) {
      files->add(one);
    }
    REQUIRE(files->flush());
    auto state = std::make_shared<notary_out::store_state>();
    state->height = kept.state_at;
    for (const auto& [path, entry] : kept.state) {
      state->changed.push_back(entry);
    }
    REQUIRE(files->store_job(state)());
  }

  [[nodiscard]] snapshot_network network() const { return {&g.from(), g.network(), verify}; }
  [[nodiscard]] result<snapshot_facts> save() const {
    return save_snapshot(folder.path(), network(), file);
  }
};

} // namespace caucus::testing
