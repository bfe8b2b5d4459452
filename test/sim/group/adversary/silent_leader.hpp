#pragma once

#include "test/sim/group/adversary/adversary.hpp"

/// Votes, but never proposes.

namespace caucus::sim {

class silent_leader final : public adversary {
public:
  using adversary::say;
  [[nodiscard]] std::vector<voting::message> say(const voting::message& honest, std::size_t,
                                                 const member_key&) override {
    if (std::holds_alternative<proposal>(honest)) {
      return {};
    }
    return {honest};
  }
};

} // namespace caucus::sim
