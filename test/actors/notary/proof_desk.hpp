#pragma once

#include "actors/notary/executor.hpp"
#include "actors/notary/merkle.hpp"
#include "actors/notary/receipt_proofs.hpp"
#include "runtime/archive/signing.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

/// Proofs of receipts without a notary: the test says what is in memory and what the ledger gives.

namespace caucus::testing {

/// A final block of so many receipts, of which every third is refused.
inline std::shared_ptr<final_block> block_at(std::uint64_t at, std::uint32_t receipts,
                                             bool certified = true) {
  auto out = std::make_shared<final_block>();
  block made;
  made.header.height = height{at};
  made.header.view = view{at};
  out->block = std::make_shared<const block>(made);
  out->id = digest_of(made.header);
  out->mutation_count = receipts;
  for (std::uint32_t i = 2; i < receipts; i += 3) {
    out->refused.push_back({i, errc::out_of_bounds, "no " + std::to_string(i)});
  }
  auto leaves = receipt_digests(*out, 0, receipts);
  out->receipts_root = merkle_root(leaves);
  if (certified) {
    out->finalization.emplace();
  }
  return out;
}

/// The part that makes proofs, with a memory and a ledger of the test's own.
struct proof_desk {
  struct asked_load {
    std::uint64_t token = 0;
    height from;
    std::uint32_t count = 0;
    bool bodies = false;
  };
  notary_config config;
  recent_blocks recent{config};
  std::vector<shared_final> ledger;
  std::vector<asked_load> loads; ///< that were not answered
  std::size_t loads_so_far = 0;
  std::vector<notary_out::action> out;
  time_point now{duration{1'000}};
  shared_history history; ///< nobody here asks for it
  receipt_proofs core{config, recent, history,
                      [this](height from, std::uint32_t count, bool bodies, const notary_turn&) {
                        loads.push_back({++loads_so_far, from, count, bodies});
                        return loads_so_far;
                      }};
  request_tag last = 0;

  [[nodiscard]] notary_turn at() { return {{now, {}, out}}; }
  void push(const shared_final& one, bool in_memory = true) {
    ledger.push_back(one);
    if (in_memory) {
      recent.push(one);
    }
    core.durable(one->block->header.height);
  }
  request_tag ask(std::uint64_t height_of, std::uint32_t index,
                  duration time = std::chrono::seconds{1}, asker_index by = 0) {
    core.ask(by, {++last, height{height_of}, index, time}, at());
    return last;
  }
  void answer_load() {
    const auto one = loads.front();
    loads.erase(loads.begin());
    std::vector<shared_final> blocks;
    for (auto next = one.from.value();
         next <= ledger.size() && blocks.size() < one.count && ledger[next - 1] != nullptr;
         ++next) {
      const auto& whole = *ledger[next - 1];
      auto bare = std::make_shared<final_block>();
      bare->id = whole.id;
      bare->block = whole.block;
      bare->finalization = whole.finalization;
      blocks.push_back(one.bodies ? ledger[next - 1] : bare);
    }
    REQUIRE(core.loaded(one.token, blocks, at()));
  }
  void run() {
    while (core.may_pump() || !loads.empty()) {
      core.pump(at());
      REQUIRE(loads.size() <= 1);
      if (!loads.empty()) {
        answer_load();
      }
    }
  }
  [[nodiscard]] std::vector<receipt_answer> told(request_tag tag) const {
    std::vector<receipt_answer> found;
    for (const auto& one : out) {
      const auto* const what = std::get_if<notary_out::tell>(&one);
      const auto* const answer =
        what == nullptr ? nullptr : std::get_if<receipt_answer>(&what->answer);
      if (answer != nullptr && answer->tag == tag) {
        found.push_back(*answer);
      }
    }
    return found;
  }
  [[nodiscard]] errc error_of(request_tag tag) const {
    const auto all = told(tag);
    REQUIRE(all.size() == 1);
    REQUIRE_FALSE(all[0].proof);
    return all[0].proof.error().code;
  }
  [[nodiscard]] receipt_proof proof_of(request_tag tag) const {
    const auto all = told(tag);
    REQUIRE(all.size() == 1);
    REQUIRE(all[0].proof);
    return **all[0].proof;
  }
};

inline bool leads_to(const receipt_proof& what, const final_block& block) {
  return check_leaf(block.receipts_root, receipt_digest(what.receipt),
                    {what.receipt.index, what.count, what.siblings});
}

} // namespace caucus::testing
