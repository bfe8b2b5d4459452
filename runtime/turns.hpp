#pragma once

#include "messages/time.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/context.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

/// An actor's turns, declared once, in its constructor. From the declaration follow both what a
/// turn does (`step`) and whether there is something to do (`idle`), so the two cannot disagree.
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
///   2. the parts, in the order of their declaration: what `takes`, `harvests`, `neighbour`,
///      `timer`, ... say;
///   3. sends again what finds room, and rings the consumers: once for all that the turn pushed;
///   4. asks for a turn at the earliest time that a part waits for.
///
/// Idle is false if a turn would do something. It is asked after the actor's doorbell says that the
/// actor sleeps. So an item, room on an edge, a neighbour's new life, a job's result or a time that
/// came just before is seen, and what comes later rings.
///
/// The actor's thread alone. It keeps references to what is declared: turns, ports and actor stay
/// where they are. It allocates when something is declared and when a wake is asked for, not with
/// each turn.

namespace caucus {

/// How a source is drained.
struct intake {
  /// Of one edge, or of all edges of a port together. 256 votes take some 300 us without their
  /// checks.
  std::size_t items_per_turn = 256;
  /// While it is false, nothing is taken. It may change in a turn, or by what rings this actor's
  /// doorbell: room on an edge rings. Asked just before the source is drained, and in idle().
  /// Empty: always true.
  std::function<bool()> open{};
  /// Called between the last item of the producer's former life and the first of its new one, also
  /// while `open` is false. For one edge. Empty: lives are not told apart.
  std::function<void()> restarted{};
};

class turns {
public:
  explicit turns(context& around) : around_{around} {}
  turns(const turns&) = delete;
  turns& operator=(const turns&) = delete;
  virtual ~turns() = default;

  // -- edges out ----------------------------------------------------------------------------------

  /// Anything with flush(), which sends what waits and rings, and idle(): `delivery`,
  /// `ordered_delivery`.
  template <class Delivery>
  void delivers(Delivery& to) {
    add_to(
      edges_out_, [&to] { return to.flush(); }, [&to] { return to.idle(); });
  }
  /// An outbox, or a port of several, that the actor pushes to quietly and that keeps nothing.
  template <class Outbox>
  void rings(Outbox& to) {
    const auto ring = [&to] {
      to.ring_bell();
      return false;
    };
    add_to(edges_out_, ring, [] { return true; });
  }

  // -- sources ------------------------------------------------------------------------------------

  /// `handle(T&&)` for each item.
  template <class T, class Handle>
  void takes(inbox<T>& from, Handle handle, intake how = {}) {
    if (how.restarted) {
      whenever([&from] { return from.has_restarted(); },
               [&from, then = std::move(how.restarted)] {
                 if (from.restarted()) {
                   then();
                 }
               });
    }
    drains(from, std::move(handle), how.items_per_turn, std::move(how.open));
  }
  /// `handle(std::size_t edge, T&&)` for each item, the edges taking turns at being first. A life
  /// is one edge's: who wants to hear of it declares each, takes(port[i], ...).
  template <class T, class Handle>
  void takes(inboxes<T>& from, Handle handle, intake how = {}) {
    CAUCUS_ASSERT(!how.restarted);
    drains(from, std::move(handle), how.items_per_turn, std::move(how.open));
  }
  /// Results of a job_queue or a kept_jobs: its handler gets what its harvest() hands out.
  template <class Jobs, class Handle>
  void harvests(Jobs& from, Handle handle, std::size_t items_per_turn = intake{}.items_per_turn) {
    add([&from, handle = std::move(handle),
         items_per_turn]() mutable { return from.harvest(items_per_turn, handle) > 0; },
        [&from] { return !from.ready(); }, [&from] { return from.next_wake(); });
  }

  // -- neighbours ---------------------------------------------------------------------------------

  /// Whoever is at the other end of an edge in and an edge out, and has lives. Declared before the
  /// edge in is taken from, which then has no `restarted` of its own. `began`: a life of it began,
  /// which will read what is sent from here on. `ended`: all that the former life said is taken.
  /// Each `began` is followed by an `ended`, at once or later; two lives may be told as one. A new
  /// life marks what it will say before it begins to read (`declared::assemble`), and a turn may
  /// fall in between: so only once `began` is told it is asked whether a mark is still ahead.
  template <class In, class Out, class Began, class Ended>
  void neighbour(inbox<In>& from, delivery<Out>& to, Began began, Ended ended) {
    whenever([&from, &to] { return from.has_restarted() || to.has_restarted(); },
             [&from, &to, began = std::move(began), ended = std::move(ended),
              has_begun = false]() mutable {
               if (to.restarted()) {
                 began();
                 has_begun = true;
               }
               static_cast<void>(from.restarted());
               if (has_begun && !from.superseded()) {
                 has_begun = false;
                 ended();
               }
             });
  }

  // -- time ---------------------------------------------------------------------------------------

  /// `then()` once `due()`, an optional time, has come. Afterwards `due()` says a later time, or
  /// none.
  template <class Due, class Then>
  void timer(Due due, Then then) {
    const auto idle = [this, due] {
      const std::optional<time_point> when = due();
      return !when || *when > around_.now();
    };
    const auto run = [idle, then = std::move(then)]() mutable {
      const bool is_due = !idle();
      if (is_due) {
        then();
      }
      return is_due;
    };
    add(run, idle, due);
  }
  /// A turn is wanted once `due()` has come; another part does what is due.
  template <class Due>
  void wakes(Due due) {
    timer(std::move(due), [] {});
  }

  // -- all else -----------------------------------------------------------------------------------

  /// `then()` in a turn that finds `is()` true, which may change as intake::open may.
  template <class Is, class Then>
  void whenever(Is is, Then then) {
    const auto run = [is, then = std::move(then)]() mutable {
      const bool so = is();
      if (so) {
        then();
      }
      return so;
    };
    add(run, [is] { return !is(); });
  }
  /// `then()` once, in the first turn that finds the node stopping.
  template <class Then>
  void stops(Then then) {
    CAUCUS_ASSERT(!std::exchange(has_stops_, true)); // once for an actor
    whenever([this] { return !stopped_ && around_.stopping(); },
             [this, then = std::move(then)]() mutable {
               stopped_ = true;
               then();
             });
  }
  /// `what()` in every turn. It finds something to do only after another part had something to do.
  template <class What>
  void always(What what) {
    const auto run = [what = std::move(what)]() mutable {
      what();
      return false;
    };
    add(run, [] { return true; });
  }
  /// For an actor that has something to say of itself: while `wants()` and `to`, an outbox or a
  /// delivery, has room, `offer()` pushes to it, at most `items_per_turn` times. It returns false
  /// if it pushed nothing.
  template <class Out, class Wants, class Offer>
  void offers(Out& to, Wants wants, Offer offer,
              std::size_t items_per_turn = intake{}.items_per_turn) {
    const auto run = [wants, offer = std::move(offer), items_per_turn]() mutable {
      std::size_t done = 0;
      while (done < items_per_turn && wants() && offer()) {
        ++done;
      }
      return done > 0;
    };
    add(run, [&to, wants] { return !wants() || to.full(); });
  }
  /// Something that declares its parts itself: a `notary_line`.
  template <class Part>
  void runs(Part& one) {
    one.declare(*this);
  }
  /// A part of the actor's own kind, in the order of declaration as all others. `run()` returns
  /// whether it did something; `idle()` whether it would do nothing, and if it waits for room, then
  /// the doorbell rings when there is some; `next_wake()` when it has something to do at the
  /// latest, if it knows.
  template <class Run, class Idle>
  void add(Run run, Idle idle) {
    add_to(parts_, std::move(run), std::move(idle));
  }
  template <class Run, class Idle, class Next>
  void add(Run run, Idle idle, Next next_wake) {
    add(std::move(run), std::move(idle));
    parts_.back().next_wake = std::move(next_wake);
  }

  // -- for the host, or a test in its place -------------------------------------------------------

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
  struct part {
    std::function<bool()> run;
    std::function<bool()> idle;
    std::function<std::optional<time_point>()>
      next_wake; ///< empty: only a ring brings it something
  };
  using part_list = std::vector<part>;

  template <class Run, class Idle>
  void add_to(part_list& which, Run run, Idle idle) {
    which.push_back({std::move(run), std::move(idle), {}});
  }
  template <class Inbox, class Handle>
  void drains(Inbox& from, Handle handle, std::size_t items, const std::function<bool()>& open) {
    add([&from, handle = std::move(handle), items,
         open]() mutable { return (!open || open()) && from.drain(items, handle) > 0; },
        [&from, open] { return from.empty() || (open && !open()); });
  }
  static bool run_all(const part_list& which);
  void ask_for_wake();

  context& around_;
  part_list parts_;
  part_list edges_out_;
  bool has_stops_ = false;
  bool stopped_ = false;              ///< as stops() has told
  std::optional<time_point> wake_at_; ///< asked of `around_`; not later than what is due
};

} // namespace caucus
