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
    switch (cast->subject.kind) {
      case vote_kind::notarize:
        lie.subject.digest = spread<digest>(word_of(cast->subject.digest));
        break;
      case vote_kind::finalize:
        lie.subject = {vote_kind::nullify, cast->subject.epoch, cast->subject.view, {}};
        break;
      case vote_kind::nullify:
        lie.subject = {vote_kind::finalize, cast->subject.epoch, cast->subject.view,
                       spread<digest>(cast->subject.view.value())};
        break;
    }
    lie.signature = key.sign(lie.subject);
    if (to % 2 == 0) {
      return {lie, honest};
    }
    return {honest, lie};
  }
};

} // namespace caucus::sim
