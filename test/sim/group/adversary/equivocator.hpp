#pragma once

#include "test/sim/group/adversary/adversary.hpp"

/// Contradicts every vote of its own, in every view: another header, and nullify beside finalize.
/// Half of the members hear the lie first.

namespace caucus::sim {

class equivocator final : public adversary {
public:
  using adversary::say;
  [[nodiscard]] std::vector<voting::message> say(const voting::message& honest, std::size_t to,
                                                 const member_key& key) override {
    const auto* const cast = std::get_if<vote>(&honest);
    if (cast == nullptr) {
      return {honest};
    }
    auto lie = *cast;
    switch (cast->on.kind) {
      case vote_kind::notarize: lie.on.of = spread<digest>(word_of(cast->on.of)); break;
      case vote_kind::finalize:
        lie.on = {vote_kind::nullify, cast->on.in_epoch, cast->on.in, {}};
        break;
      case vote_kind::nullify:
        lie.on = {vote_kind::finalize, cast->on.in_epoch, cast->on.in,
                  spread<digest>(cast->on.in.value())};
        break;
    }
    lie.by = key.sign(lie.on);
    if (to % 2 == 0) {
      return {lie, honest};
    }
    return {honest, lie};
  }
};

} // namespace caucus::sim
