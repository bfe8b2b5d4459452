#pragma once

#include "runtime/base/assert.hpp"
#include "runtime/base/turn.hpp"
#include "runtime/turns.hpp"

#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

/// The turns of an actor around a pure core (runtime/base/turn.hpp). The actor declares its
/// sources, whose handlers make the core's events, and does what the core wants, by an overload for
/// each kind of action.
///
///     my_actor(...) : ..., shell_{around, core_, [this](auto& action) { perform(action); }} {
///       shell_.delivers(replies_);
///       shell_.ticks();
///       shell_.takes(ports_.calls, [this](call one) { shell_.apply(asked{std::move(one)}); });
///     }
///     void perform(reply& what);            // an action without one does not compile
///     void perform(write_down& what);
///
/// In a turn, after the parts: the core's finish_turn(), once; then what it wanted is done, in its
/// order, until it wants no more; then what `ends` says, and what the core wants after that. What
/// the core is told of ends of actions after its finish_turn() belongs to the turn that follows. So
/// one sync of the disk, and one ring of a consumer, serve all that a turn brought.
///
/// The actor's thread alone. The core outlives the shell and stays where it is.

namespace caucus {

template <pure_core Core>
class shell final : public turns {
public:
  using event = typename Core::event;
  using action = typename Core::action;

  /// `perform(action_kind&)` for each kind. It may apply events.
  template <class Perform>
  shell(context& around, Core& core, Perform perform)
      : turns{around}, core_{core}, perform_{[perform = std::move(perform)](
                                               std::vector<action>& all) mutable {
          for (auto& one : all) {
            std::visit(perform, one);
          }
        }} {}

  // -- declared in the constructor, as the parts of `turns` ---------------------------------------

  /// A tick for the core once its next_wake() has come, at this place among the parts. While `open`
  /// is false it waits; see intake::open.
  void ticks(std::function<bool()> open = {}) {
    timer(
      [this, open = std::move(open)] { return !open || open() ? core_.next_wake() : std::nullopt; },
      [this] { apply(typename Core::tick{}); });
  }
  /// `then()` once a turn, when all is done that the core wanted.
  void ends(std::function<void()> then) {
    CAUCUS_ASSERT(!end_);
    end_ = std::move(then);
  }

  // -- in handlers --------------------------------------------------------------------------------

  /// One step of the core. What it wants is done at the turn's end.
  void apply(event what) { core_.step(std::move(what), this_turn()); }
  /// The same, once all is done that is being done: for an action that ended at once.
  void apply_later(event what) { later_.push_back(std::move(what)); }
  /// For what else the core has, such as a start: core.start(shell_.this_turn()).
  [[nodiscard]] turn<action> this_turn() { return {around().now(), around().wall_now(), wanted_}; }
  /// When the shell began to do what it is doing: one look at the clock serves many actions.
  [[nodiscard]] time_point doing_since() const { return doing_since_; }
  /// Does what is wanted so far, where that is not to wait for the end of the turn or of ends().
  /// Never in perform(). True: there was something.
  bool perform_wanted() {
    bool any = false;
    while (!wanted_.empty() || !later_.empty()) {
      any = true;
      doing_since_ = around().now();
      std::swap(wanted_, doing_);
      perform_(doing_);
      doing_.clear();
      for (auto& one : std::exchange(later_, {})) {
        apply(std::move(one));
      }
    }
    return any;
  }

private:
  bool finish() override {
    core_.finish_turn(this_turn());
    bool any = perform_wanted();
    if (end_) {
      end_();
      any |= perform_wanted();
    }
    return any;
  }
  [[nodiscard]] bool finished() override {
    if constexpr (requires { core_.wants_turn(); }) {
      if (core_.wants_turn()) {
        return false;
      }
    }
    return wanted_.empty();
  }

  Core& core_;
  std::function<void(std::vector<action>&)> perform_; ///< all of a batch: one indirect call
  std::function<void()> end_;
  std::vector<action> wanted_; ///< kept, as `doing_`, so that a turn allocates little
  std::vector<action> doing_;
  std::vector<event> later_;
  time_point doing_since_{};
};

} // namespace caucus
