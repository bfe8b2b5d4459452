#pragma once

#include "runtime/archive/signing.hpp"
#include "test/sim/group/adversary/adversary.hpp"
#include "test/sim/hashing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

/// Leads badly: each of its proposals is wrong in one thing and right in all others, goes to all
/// members and has its vote.

namespace caucus::sim {

class bad_leader : public adversary {
public:
  enum class lie : std::uint8_t {
    skips,        ///< stands on its parent's parent, past a view that nobody need have nullified
    stranger,     ///< stands on a block that nobody knows
    later_view,   ///< says that its parent is of a later view
    earlier_view, ///< or of an earlier one
    high,         ///< one height too high
    low,          ///< its parent's height
    early,        ///< before its parent's time
    late,         ///< a minute ahead of all clocks
    state,        ///< another state root
    receipts,     ///< another receipts root
    unnamed,      ///< lists a batch that its header does not name
    twice,        ///< lists a batch twice, which its header names
    unavailable,  ///< lists a batch that nobody has
    count,        ///< how many there are
  };

  /// Always the same lie, or, without one, now this and now that, and sometimes none.
  explicit bad_leader(std::optional<lie> only = {}) : only_{only} {}

  using adversary::say;
  void hears(const voting::message& what) override {
    if (const auto* const said = std::get_if<proposal>(&what)) {
      remember(said->block.header);
    }
  }
  [[nodiscard]] std::vector<voting::message> say(const voting::message& honest, std::size_t,
                                                 const member_key& key) override {
    if (const auto* const said = std::get_if<proposal>(&honest)) {
      const auto id = digest_of(said->block.header);
      if (id != honest_) {
        honest_ = id;
        remember(said->block.header);
        told_ = spoiled(*said, key);
        if (told_ != *said) {
          lies_.insert(digest_of(told_.block.header));
        }
      }
      return {told_};
    }
    const auto* const cast = std::get_if<vote>(&honest);
    if (cast == nullptr || cast->subject.kind == vote_kind::nullify
        || cast->subject.digest != honest_) {
      return {honest};
    }
    auto mine = *cast;
    mine.subject.digest = digest_of(told_.block.header);
    mine.signature = key.sign(mine.subject);
    return {mine};
  }

  /// The headers that no honest member votes for.
  [[nodiscard]] const std::set<digest>& lies() const { return lies_; }

protected:
  /// What is said in its replica's place; the same: no lie.
  [[nodiscard]] virtual proposal spoiled(const proposal& honest, const member_key& key) {
    return wrong_in_one_thing(honest, key);
  }

private:
  void remember(const block_header& what) {
    known_.push_back(what);
    if (known_.size() > 64) {
      known_.pop_front();
    }
  }
  [[nodiscard]] const block_header* parent_of(const block_header& what) const {
    for (const auto& one : known_) {
      if (digest_of(one) == what.parent) {
        return &one;
      }
    }
    return nullptr;
  }
  [[nodiscard]] proposal wrong_in_one_thing(const proposal& honest, const member_key& key) const {
    auto out = honest;
    auto& header = out.block.header;
    const auto dice = mix({0x6c656164, header.view.value()});
    const auto kinds = static_cast<std::uint64_t>(lie::count);
    if (!only_ && dice % (kinds + 2) >= kinds) {
      return out;
    }
    switch (only_.value_or(static_cast<lie>(dice % (kinds + 2)))) {
      case lie::skips:
        if (const auto* const parent = parent_of(header)) {
          header.parent = parent->parent;
          header.parent_view = parent->parent_view;
          header.height = parent->height;
          header.state_root = parent->state_root;
          header.receipts_root = parent->receipts_root;
        }
        break;
      case lie::stranger: header.parent = spread<digest>(dice); break;
      case lie::later_view: header.parent_view = header.parent_view.next(); break;
      case lie::earlier_view:
        header.parent_view =
          view{header.parent_view.value() - (header.parent_view > view{} ? 1 : 0)};
        break;
      case lie::high: header.height = header.height.next(); break;
      case lie::low: header.height = height{header.height.value() - 1}; break;
      case lie::early: header.time = wall_ms{1}; break;
      case lie::late: header.time += wall_ms{60'000}; break;
      case lie::state: header.state_root = spread<digest>(dice); break;
      case lie::receipts: header.receipts_root = spread<digest>(dice); break;
      case lie::unnamed: out.block.batches.push_back(spread<digest>(dice)); break;
      case lie::twice:
        out.block.batches.insert(out.block.batches.end(), 2, spread<digest>(dice));
        header.payload = payload_digest(out.block.batches);
        break;
      case lie::unavailable:
        out.block.batches.push_back(spread<digest>(dice));
        header.payload = payload_digest(out.block.batches);
        break;
      case lie::count: break;
    }
    out.signature = key.sign(digest_of(header));
    return out;
  }

  std::optional<lie> only_;
  std::deque<block_header> known_;
  digest honest_; ///< the newest header of its own replica
  proposal told_; ///< what is said in its place
  std::set<digest> lies_;
};

} // namespace caucus::sim
