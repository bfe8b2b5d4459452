#pragma once

#include "test/sim/adversary/adversary.hpp"

/// Lies about the state: answers reads with another value under the true header and proof.

namespace caucus::sim {

class false_reader final : public adversary {
public:
  using adversary::say;
  [[nodiscard]] std::optional<notary_words> say(const notary_words& honest, std::size_t,
                                                const sim_key&) override {
    auto out = honest;
    if (auto* const read = std::get_if<read_response>(&out); read != nullptr && read->what) {
      auto& value = read->what->entries.front().value;
      value = value ? std::nullopt : std::optional{bytes(8)};
      ++lies;
    }
    return out;
  }

  std::size_t lies = 0;
};

} // namespace caucus::sim
