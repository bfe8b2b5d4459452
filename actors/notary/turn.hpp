#pragma once

#include "actors/notary/notary_io.hpp"
#include "messages/time.hpp"

#include <utility>
#include <vector>

/// One step of the core: when it is, and what it wants done.
/// Pure.

namespace caucus {

struct turn {
  time_point now;
  std::vector<notary_out::action>& out;

  template <class Action>
  void want(Action what) const {
    out.emplace_back(std::move(what));
  }
  void tell(asker_index to, notary_answer what) const {
    out.emplace_back(notary_out::tell{to, std::move(what)});
  }
  void refuse(asker_index to, request_tag tag, error why) const {
    tell(to, propose_answer{tag, tl::make_unexpected(std::move(why))});
  }
};

} // namespace caucus
