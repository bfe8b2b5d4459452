#pragma once

#include "runtime/archive/signing.hpp"
#include "test/sim/group/adversary/bad_leader.hpp"
#include "test/sim/hashing.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

/// Lies about where an epoch ends: leads with blocks of the epoch before or after, and with batches
/// where an epoch's last blocks are empty; votes in both epochs; serves pages, tips and
/// certificates of another epoch than they are of, and pages that end before an epoch does, or go
/// on behind it.

namespace caucus::sim {

class closing_liar final : public bad_leader {
public:
  void hears(const voting::message& what) override {
    bad_leader::hears(what);
    if (const auto* const said = std::get_if<proposal>(&what)) {
      headers_.push_back(said->block);
      if (headers_.size() > 64) {
        headers_.pop_front();
      }
    }
  }
  void hear(const notary_words& what, std::size_t /*from*/) override {
    if (const auto* const told = std::get_if<shared_batch>(&what)) {
      batches_.push_back(digest_of((*told)->header));
      if (batches_.size() > 16) {
        batches_.pop_front();
      }
    }
  }
  using bad_leader::say;
  [[nodiscard]] std::vector<voting::message> say(const voting::message& honest, std::size_t to,
                                                 const member_key& key) override {
    auto out = bad_leader::say(honest, to, key);
    if (auto* const cast = std::get_if<vote>(&out.front()); cast != nullptr && dice(4) == 0) {
      auto other = *cast;
      other.subject.epoch = another(other.subject.epoch);
      other.signature = key.sign(other.subject);
      out.emplace_back(other);
      ++told_lies;
    } else if (auto* const page = std::get_if<chain_page>(&out.front())) {
      spoil(*page);
    } else if (auto* const tip = std::get_if<tip_response>(&out.front())) {
      spoil(*tip);
    } else if (auto* const held = std::get_if<certificate>(&out.front());
               held != nullptr && dice(4) == 0) {
      held->subject.epoch = another(held->subject.epoch);
      ++told_lies;
    }
    return out;
  }

  std::size_t told_lies = 0; ///< beside those of lies()

protected:
  [[nodiscard]] proposal spoiled(const proposal& honest, const member_key& key) override {
    auto out = honest;
    auto& header = out.block.header;
    switch (dice(4)) {
      case 0: header.epoch = header.epoch.next(); break;
      case 1: header.epoch = another(header.epoch); break;
      case 2:
        if (out.block.batches.empty() && !batches_.empty()) {
          out.block.batches.push_back(batches_[dice(batches_.size())]);
          header.payload = payload_digest(out.block.batches);
        }
        break;
      default: return out;
    }
    out.signature = key.sign(digest_of(header));
    return out;
  }

private:
  [[nodiscard]] std::uint64_t dice(std::uint64_t sides) {
    return mix({0x636c6f7365, ++thrown_}) % sides;
  }
  [[nodiscard]] epoch another(epoch than) {
    return than == epoch{} || dice(2) == 0 ? than.next() : epoch{than.value() - 1};
  }
  void spoil(chain_page& page) {
    if (page.blocks.empty() || !page.finalization) {
      return;
    }
    auto& last = page.blocks.back();
    ++told_lies;
    switch (dice(6)) {
      case 0: page.finalization->subject.epoch = another(page.finalization->subject.epoch); break;
      case 1: last.header.epoch = another(last.header.epoch); break;
      case 2: // ends one block before
        page.blocks.pop_back();
        break;
      case 3: // goes on with what was proposed behind
        for (const auto& one : headers_) {
          if (one.header.parent == digest_of(last.header)) {
            page.blocks.push_back(one);
            break;
          }
        }
        break;
      case 4: // is of two epochs
        page.blocks.front().header.epoch = another(page.blocks.front().header.epoch);
        break;
      default: --told_lies; break;
    }
  }
  void spoil(tip_response& tip) {
    if (tip.finalization && dice(3) == 0) {
      tip.finalization->subject.epoch = another(tip.finalization->subject.epoch);
      ++told_lies;
    }
    if (tip.proposal && dice(3) == 0) {
      tip.proposal->block.header.epoch = another(tip.proposal->block.header.epoch);
      ++told_lies;
    }
  }

  std::uint64_t thrown_ = 0;
  std::deque<block> headers_;  ///< proposed by others, the newest ones
  std::deque<digest> batches_; ///< likewise
};

} // namespace caucus::sim
