#pragma once

#include "actors/consensus/consensus_journal.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/survivors.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/variables/catalog.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What is left of a group: real files of notaries without sockets.

namespace caucus::testing {

namespace fs = std::filesystem;

inline voting::seen_block seen(const shared_block& what) {
  return {std::make_shared<const proposal>(proposal{*what, {}})};
}

/// Four members, of whom some have less than the others.
struct lost_group {
  group g;
  std::vector<std::unique_ptr<test::temporary_folder>> folders;
  std::shared_ptr<const compiled_rules> rules;

  explicit lost_group(genesis from = small_genesis())
      : g{std::move(from)}, rules{compile_rules(g.from(), {}).value()} {
    for (std::size_t i = 0; i < g.size(); ++i) {
      folders.push_back(std::make_unique<test::temporary_folder>());
    }
    g.propose(0, "score", "add", {"5"});
    g.propose(1, "profile", "put", {"name", "Ada"});
    g.order();
    g.tick(duration{20'000'000});
    g.make_final(g.make_block({})); // all of that is stored
  }

  /// A block on the newest final one with a mutation, that a quorum notarized and nobody finalized.
  shared_block notarized_block(const char* step) {
    g.propose(0, "score", "add", {step});
    g.run();
    auto out = g.make_block(g.at(0).held);
    for (std::size_t i = 0; i < g.size(); ++i) {
      g.notarized(i, out);
    }
    g.run();
    return out;
  }
  /// Two members' operators ask for it, and a quorum agrees; what agrees is not ordered yet.
  void say_all(const group_directive& what) {
    for (const std::size_t who : {0U, 1U}) {
      g.say(who, group_operation::ask, what);
    }
    g.order();
    for (const std::size_t who : {0U, 1U, 2U}) {
      g.say(who, group_operation::agree, what);
    }
  }
  /// One on top of it.
  [[nodiscard]] shared_block child_of(const shared_block& what, std::vector<digest> batches = {}) {
    auto header = what->header;
    header.parent = digest_of(what->header);
    const auto& roots = g.at(0).roots.at(header.parent);
    header.state_root = roots.state_root;
    header.receipts_root = roots.receipts_root;
    header.parent_view = header.view;
    header.view = header.view.next();
    header.height = header.height.next();
    header.payload = payload_digest(batches);
    return std::make_shared<const block>(block{header, std::move(batches)});
  }
  [[nodiscard]] voting::seen_certificate shown(const shared_block& what) const {
    return {g.finalization_of(what->header, vote_kind::notarize)};
  }

  [[nodiscard]] const fs::path& folder(std::size_t who) const { return folders.at(who)->path(); }

  /// One of its own votes.
  [[nodiscard]] voting::voted own_vote(std::size_t who, const subject& on) const {
    const auto signed_on = signed_bytes(g.network(), g.from().group, on);
    return {{on, member_index{static_cast<std::uint16_t>(who)}, sign(key_of(who), signed_on)}};
  }
  /// The newest that the ledgers may show.
  [[nodiscard]] voting::voted own_vote(std::size_t who) const {
    const auto& newest = g.blocks.back()->header;
    return own_vote(who, {vote_kind::nullify, newest.epoch, newest.view, {}});
  }
  /// One in that block's view.
  [[nodiscard]] voting::voted own_vote(std::size_t who, const shared_block& in) const {
    return own_vote(who, {vote_kind::nullify, in->header.epoch, in->header.view, {}});
  }

  /// As the shells would have it; `blocks`: of the ledger, all by default.
  void write(std::size_t who, std::vector<voting::consensus_record> votes = {},
             std::size_t blocks = ~std::size_t{0}, bool with_journal = true) {
    votes.insert(votes.begin(), own_vote(who));
    write_exactly(who, votes, blocks, with_journal);
  }
  void write_exactly(std::size_t who, const std::vector<voting::consensus_record>& votes,
                     std::size_t blocks = ~std::size_t{0}, bool with_journal = true) {
    const auto& kept = g.at(who).kept;
    notary_files::visitor visit;
    visit.closing = [](const closing&) { return result<void>{}; };
    visit.state = [](const shared_final&, const std::vector<state_entry>&) {
      return result<void>{};
    };
    visit.block = [](const shared_final&) { return result<void>{}; };
    visit.record = [](const notary_record&) {};
    auto files = notary_files::open(folder(who), durability::disk, visit);
    REQUIRE(files);
    for (const auto& one : kept.closings) {
      files->add(one);
    }
    for (std::size_t i = 0; i < std::min(blocks, kept.ledger.size()); ++i) {
      files->add(kept.ledger[i]);
      REQUIRE(files->flush());
    }
    std::uint64_t token = 0;
    for (const auto& one : kept.journal) {
      if (with_journal) {
        files->add(one, ++token);
      }
    }
    REQUIRE(files->flush());
    if (kept.state_at.value() <= blocks) {
      auto state = std::make_shared<notary_out::store_state>();
      state->height = kept.state_at;
      for (const auto& [path, entry] : kept.state) {
        state->changed.push_back(entry);
      }
      REQUIRE(files->store_job(state)());
    }
    auto journal = consensus_journal::open(folder(who) / "consensus.journal", nullptr);
    REQUIRE(journal);
    for (const auto& one : votes) {
      REQUIRE(journal->write({one}));
    }
  }

  [[nodiscard]] survivors_network network() const {
    return {&g.from(), g.network(), rules, verify};
  }
  [[nodiscard]] result<newest_state> newest(const std::vector<std::size_t>& left) {
    std::vector<survivor> all;
    for (const auto who : left) {
      all.push_back({folder(who), std::nullopt}); // their votes say whose they are
    }
    return newest_of(all, network());
  }
  [[nodiscard]] static std::int64_t score(const tip_state& of) {
    const auto raw = of.state.get(variable_id{1}, {});
    return raw ? static_cast<std::int64_t>(*read_stored_number(*raw)) : 0;
  }
};

inline newest_state require(result<newest_state> what) {
  if (!what) {
    FAIL(to_string(what.error()));
  }
  return std::move(*what);
}

} // namespace caucus::testing
