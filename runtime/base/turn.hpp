#pragma once

#include "messages/time.hpp"

#include <concepts>
#include <optional>
#include <utility>
#include <vector>

/// The protocol of every pure core: events go in, actions come out, and the core says when it wants
/// to be woken.
///
///     core.step(event, turn)      as often as something happened; what is to be done is appended to turn.out, in order
///     core.finish_turn(turn)      once, after the last event of a turn of its host: for what is done in bulk
///     core.next_wake()            a step with the core's own event `Core::tick` is wanted then, or soon after
///     core.wants_turn()           of a core that works in portions: another turn is wanted at once
///
/// A *turn* is one run of an actor by its host: whatever is in its inboxes, within the budgets.
/// Time is handed in with each step and never goes back. A core has no clock, socket, thread, file
/// or randomness: equal events give equal actions.
/// Pure.

namespace caucus {

template <class Action>
struct turn {
  time_point now{};         ///< steady
  wall_ms wall{};           ///< may jump either way: for headers and people, never for a time-out
  std::vector<Action>& out; ///< what is to be done, in order

  template <class What>
  void want(What&& what) const {
    out.emplace_back(std::forward<What>(what));
  }
};

/// What the shell of an actor and the simulator drive.
template <class Core>
concept pure_core = requires(Core& core, typename Core::event what,
                             const turn<typename Core::action>& now) {
  core.step(std::move(what), now);
  core.finish_turn(now);
  { std::as_const(core).next_wake() } -> std::same_as<std::optional<time_point>>;
};

} // namespace caucus
