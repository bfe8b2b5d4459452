#pragma once

#include "messages/result.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/host.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/topology_table.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Composes a node: which actors run and what flows between them. Used by one thread, before start.
///
/// An actor is a class with `name`, `ports`, a constructor (ports, context&, arguments...) that is
/// called again at each restart, `bool step()` and `bool idle()`: see `steppable`. Its ports are an
/// aggregate of inboxes and outboxes (or `inboxes` and `outboxes`, for several edges each) with a
/// member template `each(visit)` that calls visit("name", port) for every one of them, as C++20
/// cannot list members by itself.

namespace caucus {

/// The topology's record of an actor. What `add` gives out: a handle, good for the topology's life.
template <class Actor>
struct declared {
  using ports = typename Actor::ports;

  std::shared_ptr<place> where = std::make_shared<place>(Actor::name);
  /// Each puts one lease into its port; may throw.
  using plugs = std::vector<std::function<void(ports&)>>;
  plugs says;
  plugs hears;
  std::map<std::string, std::size_t> edge_counts; ///< by the port's name
  std::chrono::milliseconds stop_deadline{2'000}; ///< to stop within; then it is killed

  /// The ports of one life: takes their leases. The outboxes come first: so a peer that learns that
  /// this life reads has learned before where the items of the former life end.
  [[nodiscard]] ports assemble() const {
    ports made;
    for (const auto& plug : says) {
      plug(made);
    }
    for (const auto& plug : hears) {
      plug(made);
    }
    return made;
  }
};
template <class Actor>
using ref = std::shared_ptr<declared<Actor>>;

/// One port of one actor.
template <class Actor, class Port>
struct port_of {
  ref<Actor> actor;
  Port Actor::ports::*member;
};

class topology;

/// One end of an edge, for who connects it without knowing its actor's type. Good for its
/// topology's life.
template <class T>
struct open_end {
  std::string name; ///< "actor.port"
  std::shared_ptr<doorbell> bell;
  std::function<void(topology&, std::shared_ptr<ring<T>>)> plug;
};

/// A thread that is no actor but holds ends of edges, for example an I/O thread. Its doorbell is
/// rung when an item comes for it, and when an edge on which it waits has space again.
struct foreign_place {
  std::string name; ///< in the table of edges
  std::shared_ptr<doorbell> bell;
};

/// Actors that are restarted by a rule of their own. A handle, good for its topology.
struct group_ref {
  std::size_t index = 0; ///< 0: the root
};

// -- ports, by what they are ----------------------------------------------------------------------

template <class Port>
concept several_ends = requires {
  typename Port::end_type;
};
template <class Port>
struct end_of {
  using type = Port;
};
template <several_ends Port>
struct end_of<Port> {
  using type = typename Port::end_type;
};
template <class Port>
using end_of_t = typename end_of<Port>::type;
template <class Port>
concept out_port = requires {
  Port::policy;
};
template <class Port>
concept in_port = !out_port<Port> && requires {
  typename Port::item_type;
};
template <class Out, class In>
concept carry_the_same =
  out_port<Out> && in_port<In> && std::is_same_v<typename Out::item_type, typename In::item_type>;

/// Counts the actors of a node that have not taken a turn yet. Any thread.
class first_turns {
public:
  explicit first_turns(std::size_t absent) : absent_{absent} {}

  void here() {
    const std::lock_guard lock{guard_};
    --absent_;
    changed_.notify_all();
  }
  /// The node has ended: no further actor will take a first turn.
  void end() {
    const std::lock_guard lock{guard_};
    ended_ = true;
    changed_.notify_all();
  }
  /// Waits until all are here. False: ended before that, or not in time.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds at_most) {
    std::unique_lock lock{guard_};
    changed_.wait_for(lock, at_most, [this] { return absent_ == 0 || ended_; });
    return absent_ == 0 && !ended_;
  }

private:
  std::mutex guard_;
  std::condition_variable changed_;
  std::size_t absent_;
  bool ended_ = false;
};

/// A topology that runs. Ends it when it goes; must go before the actor system does.
class running {
public:
  running(caf::actor_system& system, std::vector<child> children, supervisor_options options,
          std::shared_ptr<first_turns> all);
  /// Waits until each actor has taken a turn. False: it ended before that, or not in time.
  [[nodiscard]] bool wait_until_up(std::chrono::milliseconds at_most) const {
    return all_->wait_for(at_most);
  }
  /// Waits for the end, which comes by too many restarts or by a stop.
  [[nodiscard]] ending wait() const { return life_->ended.get(); }
  /// The same, for at most so long; nothing if it still runs.
  [[nodiscard]] std::optional<ending> wait_for(std::chrono::milliseconds at_most) const;
  /// Stops all actors in reverse order; each may work off its inboxes within its deadline.
  [[nodiscard]] ending stop() const;
  /// Begins that and does not wait. Any thread.
  void begin_stop() const;

private:
  struct life {
    supervisor root;
    std::shared_future<ending> ended;

    life() = default;
    life(const life&) = delete;
    life& operator=(const life&) = delete;
    ~life();
  };
  std::shared_ptr<first_turns> all_; ///< never null
  std::unique_ptr<life> life_;
};

/// An actor's life as its host sees it.
template <class Actor>
class stepped final : public steppable {
public:
  template <class... Arguments>
  explicit stepped(Arguments&&... arguments) : actor_{std::forward<Arguments>(arguments)...} {}
  bool step() override { return actor_.step(); }
  [[nodiscard]] bool idle() override { return actor_.idle(); }
  /// For a test that looks inside.
  [[nodiscard]] Actor& actor() { return actor_; }

private:
  Actor actor_;
};

/// For whoever runs a topology in another way than on CAF.
struct composed_actor {
  std::string name;
  std::shared_ptr<place> where; ///< never null
  actor_maker make;
  std::size_t group = 0; ///< group_ref::index
};

class topology {
public:
  // -- actors and groups --------------------------------------------------------------------------

  /// Declares an actor; it runs after start(), in the order of the adds. The arguments are kept,
  /// and *copied* to its constructor in every life: give values and shared pointers, nothing
  /// move-only.
  template <class Actor, class... Arguments>
  ref<Actor> add(Arguments... arguments) {
    return add_to<Actor>(group_ref{}, std::move(arguments)...);
  }

  /// The same, in a group.
  template <class Actor, class... Arguments>
  ref<Actor> add_to(group_ref group, Arguments... arguments) {
    static_assert(std::is_default_constructible_v<typename Actor::ports>);
    static_assert((std::is_copy_constructible_v<Arguments> && ...),
                  "arguments are copied in every life");
    auto made = std::make_shared<declared<Actor>>();
    table_->actors.push_back(
      {made->where->name(), entries_[group.index].name, made->where->life()});
    entry one{made->where->name(), group.index};
    one.where = made->where;
    one.make = [made, arguments...](context& around) {
      return std::make_unique<stepped<Actor>>(made->assemble(), around, arguments...);
    };
    one.loose_ports = [made] { return unconnected(*made); };
    one.stop_deadline = [made] { return made->stop_deadline; };
    entries_.push_back(std::move(one));
    return made;
  }

  /// A supervisor below the root, or below another group, for actors that are restarted together.
  /// It starts where it stands in the order of adds; what is added to it later starts with it.
  [[nodiscard]] group_ref add_group(std::string name, supervisor_options options,
                                    group_ref parent = {});

  // -- edges --------------------------------------------------------------------------------------

  template <class Actor, class Port>
  [[nodiscard]] static port_of<Actor, Port> port(ref<Actor> actor, Port Actor::ports::*member) {
    return {std::move(actor), member};
  }

  /// Ends of different item types do not compile. `capacity`: a power of two, in items.
  template <class From, class Out, class To, class In>
  requires carry_the_same<Out, In>
  void connect(port_of<From, Out> from, port_of<To, In> to, std::size_t capacity) {
    auto made = make_ring(full_name(from), from.actor->where->bell(), full_name(to),
                          to.actor->where->bell(), capacity, end_of_t<Out>{});
    plug(from, made);
    plug(to, std::move(made));
  }

  template <class Actor, class Port>
  [[nodiscard]] static auto open(port_of<Actor, Port> end) {
    using item = typename Port::item_type;
    return open_end<item>{
      full_name(end), end.actor->where->bell(),
      [end](topology& of, std::shared_ptr<ring<item>> made) { of.plug(end, std::move(made)); }};
  }
  template <class T>
  void connect(const open_end<T>& from, const open_end<T>& to, std::size_t capacity) {
    auto made = make_ring(from.name, from.bell, to.name, to.bell, capacity, outbox<T>{});
    from.plug(*this, made);
    to.plug(*this, std::move(made));
  }

  /// The outbox of a foreign thread without a doorbell. If the thread must not lose an item, it
  /// tries again.
  template <class To, in_port In>
  [[nodiscard]] outbox<typename In::item_type> feed(std::string from, port_of<To, In> to,
                                                    std::size_t capacity) {
    return feed_from(foreign_place{std::move(from), nullptr}, std::move(to), capacity);
  }

  /// The outbox of a foreign thread with a doorbell, which is rung when there is space again. Given
  /// out once: that thread has one life.
  template <when_full Policy = when_full::pause, class To, in_port In>
  [[nodiscard]] outbox<typename In::item_type, Policy>
  feed_from(const foreign_place& from, port_of<To, In> to, std::size_t capacity) {
    using end = outbox<typename In::item_type, Policy>;
    auto made =
      make_ring(from.name, from.bell, full_name(to), to.actor->where->bell(), capacity, end{});
    plug(to, made);
    return end{std::move(made)};
  }

  /// The inbox of a foreign thread, whose doorbell is rung when an item comes.
  template <class From, out_port Out>
  [[nodiscard]] inbox<typename Out::item_type>
  sink_to(port_of<From, Out> from, const foreign_place& to, std::size_t capacity) {
    auto made = make_ring(full_name(from), from.actor->where->bell(), to.name, to.bell, capacity,
                          end_of_t<Out>{});
    plug(from, made);
    return inbox<typename Out::item_type>{std::move(made)};
  }

  [[nodiscard]] const std::vector<edge_row>& edges() const { return table_->edges; }

  /// All actors and edges: to be given to an actor that shows them. Complete at start.
  [[nodiscard]] std::shared_ptr<const topology_table> table() const { return table_; }

  /// Errors, all before anything runs: `unconnected_port`, `port_taken`; both name actor and port.
  [[nodiscard]] result<running> start(caf::actor_system& system,
                                      supervisor_options options = {}) const;

  /// All actors, in the order in which they start. Errors: as start().
  [[nodiscard]] result<std::vector<composed_actor>> actors() const;

private:
  /// An actor or a group.
  struct entry {
    std::string name;
    std::size_t parent = 0;
    std::shared_ptr<place> where = nullptr; ///< null: a group
    actor_maker make{};
    std::function<std::vector<std::string>()> loose_ports{};
    std::function<std::chrono::milliseconds()> stop_deadline{};
    supervisor_options options{}; ///< a group's
  };

  template <class T, when_full Policy>
  std::shared_ptr<ring<T>> make_ring(std::string from, std::shared_ptr<doorbell> from_bell,
                                     std::string to, std::shared_ptr<doorbell> to_bell,
                                     std::size_t capacity, const outbox<T, Policy>& /*type*/) {
    auto made = std::make_shared<ring<T>>(
      capacity, std::move(from_bell), std::move(to_bell),
      [which = item_name<T>() + " from " + from + " to " + to] { say_poisoned(which); });
    table_->edges.push_back({std::move(from), std::move(to), item_name<T>(), capacity, Policy,
                             [made] { return made->counts(); }});
    return made;
  }

  /// Connects one end, in every life of its actor.
  template <class Actor, class Port, class T>
  void plug(const port_of<Actor, Port>& end, std::shared_ptr<ring<T>> to) {
    using end_type = end_of_t<Port>;
    auto& actor = *end.actor;
    const auto name = full_name(end);
    if (++actor.edge_counts[name] > 1 && !several_ends<Port>) {
      taken_.push_back(name);
      return;
    }
    auto& plugs = out_port<Port> ? actor.says : actor.hears;
    plugs.push_back([to = std::move(to), member = end.member, name](typename Actor::ports& ports) {
      if (end_type::held(*to)) { // the former life still has it: a failed start, tried again
        throw std::runtime_error{name + " is not back from the former life"};
      }
      end_type mine{to};
      mine.begin_life();
      if constexpr (several_ends<Port>) {
        (ports.*member).add(std::move(mine));
      } else {
        ports.*member = std::move(mine);
      }
    });
  }

  /// "actor.port".
  template <class Actor, class Port>
  static std::string full_name(const port_of<Actor, Port>& of) {
    typename Actor::ports probe{};
    const void* const wanted = &(probe.*of.member);
    std::string found = "(not in each())";
    probe.each([&](const char* name, auto& port) {
      if (static_cast<const void*>(&port) == wanted) {
        found = name;
      }
    });
    return of.actor->where->name() + '.' + found;
  }

  template <class Actor>
  static std::vector<std::string> unconnected(const declared<Actor>& actor) {
    using ports = typename Actor::ports;
    ports probe{};
    std::vector<std::string> names;
    std::size_t listed_size = 0; // bytes
    probe.each([&]<class Port>(const char* name, Port& port) {
      listed_size += sizeof(port);
      const auto full = actor.where->name() + '.' + name;
      if (!several_ends<Port> && !actor.edge_counts.contains(full)) {
        names.push_back(full);
      }
    });
    if (listed_size != (std::is_empty_v<ports> ? 0 : sizeof(probe))) {
      names.push_back(actor.where->name() + ".(a port that each() does not list)");
    }
    return names;
  }

  static void say_poisoned(const std::string& which) noexcept;
  [[nodiscard]] std::vector<child> children_of(std::size_t group) const;
  [[nodiscard]] result<void> judge_ports() const;

  std::vector<entry> entries_{entry{"", 0}}; ///< the root, then all in the order of start
  std::shared_ptr<topology_table> table_ = std::make_shared<topology_table>();
  std::vector<std::string> taken_; ///< ports that were connected too often
};

} // namespace caucus
