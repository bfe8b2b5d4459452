#pragma once

#include "messages/group.hpp"
#include "test/actors/notary/group.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

/// A group of notaries that changes itself.

namespace caucus::testing {

/// Five peers of whom four found the group.
struct changing : group {
  explicit changing(std::size_t clients = 1, genesis from = small_genesis(4),
                    notary_config config = {}, const rules& with = {})
      : group{std::move(from), clients, with, config} {}

  /// Asked and agreed to, and waiting to be ordered.
  void want(const group_directive& what) { want(what, voters().quorum()); }
  /// The first ones agree, so many.
  void want(const group_directive& what, std::size_t agree) {
    for (const std::size_t who : {0U, 1U}) {
      say(who, group_operation::ask, what);
    }
    run();
    make_final(make_block(at(0).held));
    make_final(make_block({}));
    for (std::size_t who = 0; who < agree; ++who) {
      say(who, group_operation::agree, what);
    }
    run();
  }
  /// The block that changes the group.
  shared_block change(const group_directive& what) {
    want(what);
    auto out = make_block(at(0).held);
    make_final(out);
    return out;
  }
  [[nodiscard]] bool closes(const shared_block& what, std::size_t who = 0) {
    return at(who).roots.at(digest_of(what->header)).closes;
  }
  [[nodiscard]] std::uint64_t epoch_of(std::size_t who) {
    return at(who).tip->voters->in_epoch().value();
  }
};

} // namespace caucus::testing
