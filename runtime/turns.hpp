#pragma once

#include "messages/time.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/context.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

/// An actor's turns, declared once, in its constructor. From the declaration follow both what a turn does
/// (`step`) and whether there is something to do (`idle`), so the two cannot disagree.
///
///     class my_actor {
///     public:
///       my_actor(ports its_ports, context& around)
///           : ports_{std::move(its_ports)}, replies_{std::move(ports_.replies)}, turns_{around} {
///         turns_.delivers(replies_);
///         turns_.takes(ports_.calls, [this](call one) { replies_.push(answer(one)); },
///                      {.open = [this] { return replies_.empty(); }});
///       }
///       bool step() { return turns_.step(); }
///       [[nodiscard]] bool idle() { return turns_.idle(); }
///
/// A turn does, in this order:
///   1. sends what waits for room on the edges out (`delivers`);
///   2. the parts, in the order of their declaration: what `takes`, `harvests`, `neighbour`, `timer`, ... say;
///   3. sends again what finds room, and rings the consumers: once for all that the turn pushed;
///   4. asks for a turn at the earliest time that a part waits for.
///
/// Idle is false if a turn would do something. It is asked after the actor's doorbell says that the actor
/// sleeps. So an item, room on an edge, a neighbour's new life, a job's result or a time that came just
/// before is seen, and what comes later rings.
///
/// The actor's thread alone. It keeps references to what is declared: turns, ports and actor stay where
/// they are. It allocates when something is declared and when a wake is asked for, not with each turn.

namespace caucus {

/// How a source is drained.
struct intake {
  /// Of one edge, or of all edges of a port together. 256 votes take some 300 us without their checks.
  std::size_t items_per_turn = 256;
  /// While it is false, nothing is taken. It may change in a turn, or by what rings this actor's doorbell:
  /// room on an edge rings. Asked just before the source is drained, and in idle(). Empty: always true.
  std::function<bool()> open{};
  /// Called between the last item of the producer's former life and the first of its new one, also while
  /// `open` is false. For one edge. Empty: lives are not told apart.
  std::function<void()> restarted{};
};

/// One piece of a turn. Applications may add their own kinds.
class turn_part {
public:
  turn_part() = default;
  turn_part(const turn_part&) = delete;
  turn_part& operator=(const turn_part&) = delete;
  virtual ~turn_part() = default;

  /// True: it did something.
  virtual bool run() = 0;
  /// run() would do nothing. If it waits for room, the doorbell rings when there is some.
  [[nodiscard]] virtual bool idle() = 0;
  /// When run() has something to do at the latest; nothing: only a ring brings it something.
  [[nodiscard]] virtual std::optional<time_point> next_wake() { return std::nullopt; }
};

class turns {
public:
  explicit turns(context& around) : around_{around} {}
  turns(const turns&) = delete;
  turns& operator=(const turns&) = delete;
  virtual ~turns() = default;

  // -- edges out -----------------------------------------------------------------------------------

  /// Anything with flush(), which sends what waits and rings, and idle(): `delivery`, `ordered_delivery`.
  template <class Delivery>
  void delivers(Delivery& to) {
    struct sender final : turn_part {
      explicit sender(Delivery& out) : to{out} {}
      bool run() override { return to.flush(); }
      bool idle() override { return to.idle(); }
      Delivery& to;
    };
    edges_out_.push_back(std::make_unique<sender>(to));
  }
  /// An outbox, or a port of several, that the actor pushes to quietly and that keeps nothing.
  template <class Outbox>
  void rings(Outbox& to) {
    struct ringer final : turn_part {
      explicit ringer(Outbox& out) : to{out} {}
      bool run() override {
        to.ring_bell();
        return false;
      }
      bool idle() override { return true; }
      Outbox& to;
    };
    edges_out_.push_back(std::make_unique<ringer>(to));
  }

  // -- sources -------------------------------------------------------------------------------------

  /// `handle(T&&)` for each item.
  template <class T, class Handle>
  void takes(inbox<T>& from, Handle handle, intake how = {}) {
    add<source<inbox<T>, Handle>>(from, std::move(handle), std::move(how));
  }
  /// `handle(std::size_t edge, T&&)` for each item, the edges taking turns at being first.
  template <class T, class Handle>
  void takes(inboxes<T>& from, Handle handle, intake how = {}) {
    CAUCUS_ASSERT(!how.restarted); // whose life? Declare each of the edges: takes(port[i], ...)
    add<source<inboxes<T>, Handle>>(from, std::move(handle), std::move(how));
  }
  /// Results of a job_queue or a kept_jobs: its handler gets what its harvest() hands out.
  template <class Jobs, class Handle>
  void harvests(Jobs& from, Handle handle, std::size_t items_per_turn = intake{}.items_per_turn) {
    struct harvester final : turn_part {
      harvester(Jobs& jobs, Handle with, std::size_t most)
          : from{jobs}, handle{std::move(with)}, items{most} {}
      bool run() override { return from.harvest(items, handle) > 0; }
      bool idle() override { return !from.ready(); }
      std::optional<time_point> next_wake() override { return from.next_wake(); }
      Jobs& from;
      Handle handle;
      std::size_t items;
    };
    add<harvester>(from, std::move(handle), items_per_turn);
  }

  // -- neighbours ----------------------------------------------------------------------------------

  /// Whoever is at the other end of an edge in and an edge out, and has lives. Declared before the edge in
  /// is taken from, which then has no `restarted` of its own. `began`: a life of it began, which will read
  /// what is sent from here on. `ended`: all that the former life said is taken. `began` comes first if both
  /// are to be told, as a new life begins to read before it speaks.
  template <class In, class Out>
  void neighbour(inbox<In>& from, delivery<Out>& to, std::function<void()> began,
                 std::function<void()> ended) {
    struct lives final : turn_part {
      lives(inbox<In>& in, delivery<Out>& out, std::function<void()> first,
            std::function<void()> then)
          : from{in}, to{out}, began{std::move(first)}, ended{std::move(then)} {}
      bool run() override {
        const bool over = from.restarted(); // before the other: its mark is set last
        const bool begun = to.restarted();
        if (begun) {
          began();
        }
        if (over) {
          ended();
        }
        return begun || over;
      }
      bool idle() override { return !from.has_restarted() && !to.has_restarted(); }
      inbox<In>& from;
      delivery<Out>& to;
      std::function<void()> began;
      std::function<void()> ended;
    };
    add<lives>(from, to, std::move(began), std::move(ended));
  }

  // -- time ----------------------------------------------------------------------------------------

  /// `then()` once `due()`, an optional time, has come. Afterwards `due()` says a later time, or none.
  template <class Due, class Then>
  void timer(Due due, Then then) {
    add<alarm<Due, Then>>(around_, std::move(due), std::move(then));
  }
  /// A turn is wanted once `due()` has come; another part does what is due.
  template <class Due>
  void wakes(Due due) {
    timer(std::move(due), [] {});
  }

  // -- all else ------------------------------------------------------------------------------------

  /// `then()` once, in the first turn that finds the node stopping.
  template <class Then>
  void stops(Then then) {
    struct stopper final : turn_part {
      stopper(context& where, Then what) : around{where}, then{std::move(what)} {}
      bool run() override {
        if (idle()) {
          return false;
        }
        said = true;
        then();
        return true;
      }
      bool idle() override { return said || !around.stopping(); }
      context& around;
      Then then;
      bool said = false;
    };
    add<stopper>(around_, std::move(then));
  }
  /// `what()` in every turn. It finds something to do only after another part had something to do.
  template <class What>
  void always(What what) {
    struct duty final : turn_part {
      explicit duty(What does) : what{std::move(does)} {}
      bool run() override {
        if constexpr (std::is_void_v<std::invoke_result_t<What&>>) {
          what();
          return false;
        } else {
          return what();
        }
      }
      bool idle() override { return true; }
      What what;
    };
    add<duty>(std::move(what));
  }
  /// For an actor that has something to say of itself: while `wants()` and `to`, an outbox or a delivery, has
  /// room, `offer()` pushes to it, at most `items_per_turn` times. It returns false if it pushed nothing.
  template <class Out, class Wants, class Offer>
  void offers(Out& to, Wants wants, Offer offer,
              std::size_t items_per_turn = intake{}.items_per_turn) {
    struct offering final : turn_part {
      offering(Out& out, Wants asks, Offer pushes, std::size_t most)
          : to{out}, wants{std::move(asks)}, offer{std::move(pushes)}, items{most} {}
      bool run() override {
        std::size_t done = 0;
        while (done < items && wants() && offer()) {
          ++done;
        }
        return done > 0;
      }
      bool idle() override { return !wants() || to.full(); }
      Out& to;
      Wants wants;
      Offer offer;
      std::size_t items;
    };
    add<offering>(to, std::move(wants), std::move(offer), items_per_turn);
  }
  /// Something that has a step() and an idle() itself, and asks for its wakes: a `notary_line`.
  template <class Part>
  void runs(Part& one) {
    struct within final : turn_part {
      explicit within(Part& what) : one{what} {}
      bool run() override { return one.step(); }
      bool idle() override { return one.idle(); }
      Part& one;
    };
    add<within>(one);
  }
  /// A part of the actor's own kind, in the order of declaration as all others.
  template <class Part, class... Arguments>
  void add(Arguments&&... arguments) {
    parts_.push_back(std::make_unique<Part>(std::forward<Arguments>(arguments)...));
  }

  // -- for the host, or a test in its place --------------------------------------------------------

  /// One turn. False: there was nothing to do.
  bool step();
  [[nodiscard]] bool idle();

protected:
  [[nodiscard]] context& around() const { return around_; }
  /// Between the parts and the edges out; see `shell`. True: it did something.
  virtual bool finish() { return false; }
  /// finish() would do nothing.
  [[nodiscard]] virtual bool finished() { return true; }

private:
  template <class Inbox, class Handle>
  struct source final : turn_part {
    source(Inbox& in, Handle with, intake by)
        : from{in}, handle{std::move(with)}, how{std::move(by)} {}
    bool run() override {
      bool any = false;
      if constexpr (requires { from.restarted(); }) {
        if (how.restarted && from.restarted()) {
          how.restarted();
          any = true;
        }
      }
      if (is_open()) {
        any |= from.drain(how.items_per_turn, handle) > 0;
      }
      return any;
    }
    bool idle() override {
      if constexpr (requires { from.restarted(); }) {
        if (how.restarted && from.has_restarted()) {
          return false;
        }
      }
      return from.empty() || !is_open();
    }
    [[nodiscard]] bool is_open() const { return !how.open || how.open(); }
    Inbox& from;
    Handle handle;
    intake how;
  };
  template <class Due, class Then>
  struct alarm final : turn_part {
    alarm(const context& where, Due when, Then what)
        : around{where}, due{std::move(when)}, then{std::move(what)} {}
    bool run() override {
      if (idle()) {
        return false;
      }
      then();
      return true;
    }
    bool idle() override {
      const std::optional<time_point> when = due();
      return !when || *when > around.now();
    }
    std::optional<time_point> next_wake() override { return due(); }
    const context& around;
    Due due;
    Then then;
  };

  using part_list = std::vector<std::unique_ptr<turn_part>>;
  static bool run_all(const part_list& which);
  void ask_for_wake();

  context& around_;
  part_list parts_;
  part_list edges_out_;
  std::optional<time_point>
    wake_at_; ///< asked of `around_`, and not before the earliest that is due
};

} // namespace caucus
