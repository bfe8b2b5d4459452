#pragma once

#include "messages/frame.hpp"
#include "test/sim/group/adversary/adversary.hpp"

#include <optional>
#include <variant>

/// Between frames and what members say, for checkers and liars: as the shells decode them.
/// Pure.

namespace caucus::sim {

using group_words = std::variant<voting::message, notary_words>;

/// None: no word of consensus or notary, or one that does not decode.
[[nodiscard]] std::optional<group_words> words_in(const marshalled_frame& frame);
[[nodiscard]] marshalled_frame frame_with(const group_words& what);

} // namespace caucus::sim
