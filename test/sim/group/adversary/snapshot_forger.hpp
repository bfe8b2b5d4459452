#pragma once

#include "actors/notary/snapshot_packets.hpp"
#include "runtime/archive/signing.hpp"
#include "test/sim/group/adversary/adversary.hpp"
#include "test/sim/hashing.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

/// Forges states: offers what the group did not certify, or did for another height, or long ago, or
/// in another epoch; gives ends of epochs, blocks and entries that are wrong in one thing each, or
/// for another place; and says that it has no blocks, so that a state is asked for. Forges no
/// signature.

namespace caucus::sim {

class snapshot_forger final : public adversary {
public:
  [[nodiscard]] std::vector<voting::message> say(const voting::message& honest, std::size_t,
                                                 const member_key&) override {
    if (std::holds_alternative<chain_page>(honest) && dice(2) == 0) {
      return {chain_page{}};
    }
    return {honest};
  }
  [[nodiscard]] std::optional<notary_words> say(const notary_words& honest, std::size_t,
                                                const member_key& key) override {
    auto out = honest;
    if (auto* const said = std::get_if<snapshot_response>(&out)) {
      std::visit([&](auto& what) { spoil(what, key); }, said->what);
      if (dice(12) == 0) {
        said->what = snapshot_nothing{dice(2) == 0};
      } else if (dice(12) == 0 && !said_.empty()) { // what it said to another question
        said->what = said_[dice(said_.size())];
      } else if (said_.size() < 64) {
        said_.push_back(said->what);
      }
      forged += out != honest ? 1 : 0;
    }
    return out;
  }

  std::size_t forged = 0; ///< answers about states

private:
  [[nodiscard]] std::uint64_t dice(std::uint64_t sides) {
    return mix({0x666f726765, ++thrown_}) % sides;
  }
  static void spoil(snapshot_nothing&, const member_key&) {} // its other words may take the place
  void spoil(snapshot_offer& what, const member_key& key) {
    const auto honest = what;
    switch (dice(12)) {
      case 0: what.height = height{what.height.value() + 1 + dice(100)}; break;
      case 1: what.state_root = spread<digest>(thrown_); break;
      case 2: what.record_size = 1 + dice(snapshot_record_size_max); break;
      case 3: what.closings = dice(8); break;
      case 4: what.entries = dice(1'000'000); break;
      case 5: what.above.front().state_root = what.state_root = spread<digest>(thrown_); break;
      case 6: // by too few
        what.finalization.signers &= what.finalization.signers - 1;
        what.finalization.signatures.erase(what.finalization.signatures.begin());
        break;
      case 7: // another state, for which it alone votes
        what.above.back().state_root = what.state_root = spread<digest>(thrown_);
        what.finalization.subject.digest = digest_of(what.above.back());
        what.finalization.signatures.assign(what.finalization.signatures.size(),
                                            key.sign(what.finalization.subject));
        break;
      case 8: // of long ago
        if (oldest_) {
          what = *oldest_;
        }
        break;
      case 9: // of long ago, as if of now
        if (oldest_) {
          what.above = oldest_->above;
          what.finalization = oldest_->finalization;
        }
        break;
      case 10: what.oldest = height{1}; break;
      default: break;
    }
    if (!oldest_) {
      oldest_ = honest;
    }
  }
  void spoil(snapshot_closings& what, const member_key&) {
    if (what.all.empty()) {
      return;
    }
    auto& one = what.all[dice(what.all.size())];
    switch (dice(6)) {
      case 0: what.all.pop_back(); break;
      case 1: what.all.erase(what.all.begin()); break;
      case 2: one.members.back() ^= std::byte{1}; break;
      case 3: one.finalization.subject.epoch = one.finalization.subject.epoch.next(); break;
      case 4: what.all.push_back(what.all.back()); break;
      default: break;
    }
  }
  void spoil(snapshot_record& what, const member_key&) {
    switch (dice(4)) {
      case 0: what.piece[dice(what.piece.size())] ^= std::byte{1}; break;
      case 1: what.piece.resize(1 + dice(what.piece.size())); break;
      case 2: what.piece.push_back(std::byte{0}); break;
      default: break;
    }
  }
  void spoil(place_entries& what, const member_key&) {
    if (what.all.empty()) {
      return;
    }
    auto& one = what.all[dice(what.all.size())];
    switch (dice(7)) {
      case 0: one.value.push_back(std::byte{1}); break;
      case 1: one.variable = variable_id{static_cast<variable_id::number>(dice(9))}; break;
      case 2: one.key.push_back(std::byte{1}); break;
      case 3:
        if (what.all.size() > 1) { // there is no packet of none
          what.all.pop_back();
        }
        break;
      case 4: what.all.push_back(one); break;
      case 5: std::swap(one, what.all.front()); break;
      default: break;
    }
  }
  void spoil(place_halves& what, const member_key&) {
    switch (dice(3)) {
      case 0: std::swap(what.left, what.right); break;
      case 1: what.left = spread<digest>(thrown_); break;
      default: break;
    }
  }

  std::uint64_t thrown_ = 0;
  std::optional<snapshot_offer> oldest_; ///< the first that it made
  std::vector<decltype(snapshot_response::what)> said_;
};

} // namespace caucus::sim
