#pragma once

#include "actors/notary/notary_io.hpp"
#include "runtime/base/turn.hpp"

#include <utility>

/// One step of the core as its parts see it: a turn, and what they often want.
/// Pure.

namespace caucus {

struct notary_turn : turn<notary_out::action> {
  void tell(asker_index to, notary_answer what) const {
    want(notary_out::tell{to, std::move(what)});
  }
  void refuse(asker_index to, request_tag tag, error why) const {
    tell(to, propose_answer{tag, tl::make_unexpected(std::move(why))});
  }
};

} // namespace caucus
