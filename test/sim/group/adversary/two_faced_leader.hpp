#pragma once

#include "runtime/archive/signing.hpp"
#include "test/sim/group/adversary/adversary.hpp"

#include <utility>

/// Proposes two headers in each of its views, one to each half of the members, and votes for both.

namespace caucus::sim {

class two_faced_leader final : public adversary {
public:
  using adversary::say;
  [[nodiscard]] std::vector<voting::message> say(const voting::message& honest, std::size_t to,
                                                 const member_key& key) override {
    if (to % 2 == 0) {
      return {honest};
    }
    if (const auto* const said = std::get_if<proposal>(&honest)) {
      auto lie = *said;
      lie.block.header.time += wall_ms{1};
      const auto id = digest_of(lie.block.header);
      lie.signature = key.sign(id);
      last_ = {digest_of(said->block.header), id};
      return {lie};
    }
    const auto* const cast = std::get_if<vote>(&honest);
    if (cast == nullptr || cast->subject.kind == vote_kind::nullify
        || cast->subject.digest != last_.first) {
      return {honest};
    }
    auto lie = *cast;
    lie.subject.digest = last_.second;
    lie.signature = key.sign(lie.subject);
    return {lie};
  }

private:
  std::pair<digest, digest> last_; ///< the header of its own replica, and the other one
};

} // namespace caucus::sim
