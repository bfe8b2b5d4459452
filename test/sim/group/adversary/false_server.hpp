#pragma once

#include "runtime/archive/signing.hpp"
#include "test/sim/group/adversary/adversary.hpp"
#include "test/sim/hashing.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

/// Serves badly: answers with pages, tips, blocks, certificates and batches that are wrong in one
/// thing each, and tells certificates that are none. Forges no signature; takes what the group
/// signed for something else in its place.

namespace caucus::sim {

class false_server final : public adversary {
public:
  void hears(const voting::message& what) override {
    if (const auto* const said = std::get_if<proposal>(&what)) {
      newest_ = said->block;
    } else if (const auto* const held = std::get_if<certificate>(&what);
               held != nullptr && held->subject.kind == vote_kind::notarize && newest_
               && digest_of(newest_->header) == held->subject.digest) {
      notarized_ = std::pair{*newest_, *held};
    }
  }
  [[nodiscard]] std::vector<voting::message> say(const voting::message& honest, std::size_t,
                                                 const member_key& key) override {
    auto out = honest;
    if (auto* const page = std::get_if<chain_page>(&out)) {
      spoil(*page, key);
    } else if (auto* const tip = std::get_if<tip_response>(&out)) {
      spoil(*tip);
    } else if (auto* const block = std::get_if<proposal_response>(&out)) {
      spoil(*block);
    } else if (auto* const known = std::get_if<life_response>(&out)) {
      spoil(*known);
    } else if (auto* const held = std::get_if<certificate_page>(&out)) {
      for (auto& one : held->certificates) {
        spoil(one);
      }
    } else if (auto* const told = std::get_if<certificate>(&out)) {
      spoil(*told);
    }
    lies += out != honest ? 1 : 0;
    return {out};
  }
  [[nodiscard]] std::optional<notary_words> say(const notary_words& honest, std::size_t,
                                                const member_key&) override {
    auto out = honest;
    if (auto* const given = std::get_if<batch_response>(&out); given != nullptr && given->batch) {
      auto& what = *given->batch;
      switch (dice(4)) {
        case 0: what.body.back() ^= std::byte{1}; break;
        case 1: what.header.number = what.header.number.next(); break;
        case 2: what.signature = spread<signature>(lies); break;
        default: return out;
      }
      ++lies;
    }
    return out;
  }

  std::size_t lies = 0;

private:
  [[nodiscard]] std::uint64_t dice(std::uint64_t sides) {
    return mix({0x7365727665, ++thrown_}) % sides;
  }
  /// Signed by whom it says, but not enough; enough, but not signed; or for something else.
  void spoil(certificate& what) {
    switch (dice(6)) {
      case 0:
        what.signers &= what.signers - 1;
        what.signatures.erase(what.signatures.begin());
        break;
      case 1: what.signatures.back() = spread<signature>(thrown_); break;
      case 2:
        what.subject.kind =
          what.subject.kind == vote_kind::notarize ? vote_kind::finalize : vote_kind::notarize;
        break;
      case 3: what.subject.view = what.subject.view.next(); break;
      case 4:
        what = {
          {vote_kind::nullify, epoch{}, what.subject.view, {}}, what.signers, what.signatures};
        break;
      default: break;
    }
  }
  void spoil(chain_page& page, const member_key& key) {
    if (page.blocks.empty() || !page.finalization) {
      return;
    }
    auto& last = page.blocks.back().header;
    auto& by = *page.finalization;
    switch (dice(10)) {
      case 0: page.finalization.reset(); break;
      case 1:
        by.subject = {vote_kind::finalize, epoch{}, page.blocks.front().header.view,
                      digest_of(page.blocks.front().header)};
        break;
      case 2:
        page.blocks.erase(page.blocks.begin()
                          + static_cast<std::ptrdiff_t>(dice(page.blocks.size())));
        break;
      case 3:
        page.blocks[dice(page.blocks.size())].batches.push_back(spread<digest>(thrown_));
        break;
      case 4:
        page.blocks[dice(page.blocks.size())].header.state_root = spread<digest>(thrown_);
        break;
      case 5: // another end, for which it alone votes
        last.time += wall_ms{1};
        by.subject.digest = digest_of(last);
        by.signatures.assign(by.signatures.size(), key.sign(by.subject));
        break;
      case 6: // what was notarized, and may never be final
        if (notarized_ && notarized_->first.header.parent == digest_of(last)) {
          page.blocks.push_back(notarized_->first);
          page.finalization = notarized_->second;
          break;
        }
        page.blocks.clear();
        break;
      case 7: spoil(by); break;
      case 8: page = {}; break;
      default: break;
    }
  }
  /// Of a later start, or a vote, that nobody made; that it is further than it is.
  void spoil(life_response& known) {
    switch (dice(5)) {
      case 0: known.other = signed_life{{dice(1'000), thrown_}, spread<signature>(thrown_)}; break;
      case 1:
        known.last = vote{{vote_kind::nullify, known.epoch, view{1'000'000'000}, {}},
                          member_index{0},
                          spread<signature>(thrown_)};
        break;
      case 2: known.final_view = view{1'000'000'000}; break;
      case 3: known = {{}, {}, {}, known.epoch}; break;
      default: break;
    }
  }
  void spoil(tip_response& tip) {
    if (!tip.finalization || !tip.proposal) {
      return;
    }
    switch (dice(7)) {
      case 0: tip.proposal->block.header.time += wall_ms{1}; break;
      case 1: tip.proposal->block.batches.push_back(spread<digest>(thrown_)); break;
      case 2: spoil(*tip.finalization); break;
      case 3:
        if (notarized_) {
          tip.finalization = notarized_->second;
          tip.proposal = proposal{notarized_->first, {}};
        }
        break;
      case 4: tip = {}; break;
      case 5: tip.proposal.reset(); break;
      default: break;
    }
  }
  void spoil(proposal_response& given) {
    if (!given.proposal) {
      return;
    }
    switch (dice(5)) {
      case 0: given.proposal->block.header.time += wall_ms{1}; break;
      case 1: given.proposal->block.batches.push_back(spread<digest>(thrown_)); break;
      case 2: given.proposal.reset(); break;
      case 3:
        if (newest_) {
          given.proposal = proposal{*newest_, {}};
        }
        break;
      default: break;
    }
  }

  std::uint64_t thrown_ = 0;
  std::optional<block> newest_; ///< proposal that it heard
  std::optional<std::pair<block, certificate>> notarized_;
};

} // namespace caucus::sim
