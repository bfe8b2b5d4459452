#pragma once

#include "test/sim/group/adversary/adversary.hpp"

/// Shows its batches to one member alone, and gives none to whoever asks.

namespace caucus::sim {

class batch_withholder final : public adversary {
public:
  using adversary::say;
  [[nodiscard]] std::optional<notary_words> say(const notary_words& honest, std::size_t to,
                                                const member_key&) override {
    if (std::holds_alternative<batch_response>(honest)) {
      return batch_response{};
    }
    if (std::holds_alternative<shared_batch>(honest) && to != 0) {
      return std::nullopt;
    }
    return honest;
  }
};

} // namespace caucus::sim
