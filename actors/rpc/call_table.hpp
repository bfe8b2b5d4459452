#pragma once

#include "messages/control.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/base/turn.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/call.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>

/// The table of calls in flight, whoever makes them: turns commands into questions for the actors
/// that answer them, and their replies into the caller's. Knows no command and no actor.
/// Pure: events and time come in, actions go out (runtime/base/turn.hpp).
///
/// A stream's reader that is slow waits alone: more than `window` bytes that it has not taken, and
/// its call is cancelled; when it has taken them, it is called again behind the last part. So the
/// one edge from an actor, which all calls share, never stands still for one of them. A stream that
/// changes something is never called again: it ends, its outcome unknown.

namespace caucus {

/// One call in flight; chosen by whoever carries it, never used again by this process.
using call_id = std::uint64_t;

/// Tags of a life that begins now are above those of the lives before: nobody asks once a
/// microsecond.
[[nodiscard]] inline request_tag tags_from(time_point now) {
  return static_cast<request_tag>(now.time_since_epoch().count());
}

struct call_limits {
  std::size_t calls_max = 256;     ///< in flight; above: busy
  std::size_t window = 256 * 1024; ///< bytes of a stream on their way to one reader
  /// Beyond a call's own timeout: the actor answers in time, or has lost the call in a restart.
  duration grace = std::chrono::seconds{2};
};

// -- events ---------------------------------------------------------------------------------------

/// A new call, prepared. O(log n).
struct call_begun {
  call_id id = 0;
  any_command command;
};
/// What its call changes goes on without it.
struct caller_left {
  call_id id = 0;
};
/// Bytes of a stream were given to the carrier, and were taken by the reader.
struct stream_sent {
  call_id id = 0;
  std::size_t size = 0;
};
struct stream_taken {
  call_id id = 0;
  std::size_t size = 0;
};
/// A reply that nobody waits for any more is dropped.
struct actor_replied {
  std::size_t actor = 0; ///< its place in the command_table
  command_reply reply;
};
/// The actor began a new life, which takes what it is asked from now on; told at once.
struct actor_began {
  std::size_t actor = 0;
};
/// All that its former life answered has been heard: after its actor_began. What it was asked
/// before that is forgotten there, or may be. Streams go on where they were.
struct actor_restarted {
  std::size_t actor = 0;
};
/// Ends what is overdue. O(1) where nothing is.
struct call_tick {};

// -- actions --------------------------------------------------------------------------------------

struct call_told {
  call_id call = 0;
  const command_facts* command = nullptr; ///< never null
  result<any_value> value{};
  bool last = true;
};
struct call_asked {
  std::size_t actor = 0; ///< its place in the command_table
  command_call call;
  bool must = true; ///< false: where there is no room it is not asked; the reply may lack its part
};
using call_action = std::variant<call_told, call_asked>;
using call_turn = turn<call_action>;

class call_table {
public:
  using event = std::variant<call_begun, caller_left, stream_sent, stream_taken, actor_replied,
                             actor_began, actor_restarted, call_tick>;
  using action = call_action;
  using tick = call_tick;

  /// `first`: tags are above. Not those of a former life: answers to it may still be on their way.
  explicit call_table(std::shared_ptr<const command_table> known, call_limits limits = {},
                      request_tag first = 0)
      : known_{std::move(known)}, limits_{limits}, last_tag_{first} {}

  void step(event what, const call_turn& t);
  static void finish_turn(const call_turn& /*t*/) {}
  /// When the earliest call is to end.
  [[nodiscard]] std::optional<time_point> next_wake() const;
  /// The node itself stops: an actor that says so from now on has no next life.
  void node_stops() { node_stops_ = true; }
  [[nodiscard]] std::size_t calls() const { return calls_.size(); }

private:
  struct call {
    any_command command; ///< of a stream: what is asked to go on
    request_tag tag = 0;
    std::optional<std::size_t> actor; ///< none: all are asked, and their parts are merged
    std::optional<time_point> deadline;
    bool heavy = false;
    status_parts parts;      ///< of one that is merged
    std::size_t missing = 0; ///< among them
    // Of a stream.
    bool subscribed = false;
    bool awaits_actor = false; ///< to be asked for in its next life
    std::size_t in_flight = 0; ///< bytes
  };
  using call_map = std::map<call_id, call>;

  void on(call_begun& begun, const call_turn& t);
  void on(const caller_left& left, const call_turn& t);
  void on(const stream_sent& sent, const call_turn& t);
  void on(const stream_taken& taken, const call_turn& t);
  void on(actor_replied& replied, const call_turn& t);
  void on(const actor_began& began, const call_turn& t);
  void on(const actor_restarted& restarted, const call_turn& t);
  void on(const call_tick& tick, const call_turn& t);
  /// Error: it may not be, now.
  [[nodiscard]] result<void> admit(const any_command& what, bool heavy) const;
  void ask(call& made, const call_turn& t) const;
  void finish(call_map::iterator at, result<any_value> what, const call_turn& t);
  /// Its actor forgets it.
  void cancel(const call& left, const call_turn& t) const;
  void erase(call_map::iterator at);
  void subscribe(call_map::iterator at, const call_turn& t);
  void hear_part(call_map::iterator at, std::size_t actor, command_reply& what, const call_turn& t);
  void hear_stream(call_map::iterator at, command_reply& what, const call_turn& t);
  [[nodiscard]] const std::string& name_of(const call& of) const;

  std::shared_ptr<const command_table> known_; ///< never null
  call_limits limits_;
  call_map calls_;
  std::map<request_tag, call_id> tags_;
  std::map<const command_facts*, std::size_t> heavy_; ///< in flight
  std::set<std::pair<time_point, call_id>> due_;      ///< of the calls that have a deadline
  request_tag last_tag_;
  /// By actor: up to this tag it may have lost what it was asked.
  std::map<std::size_t, request_tag> forgotten_;
  bool node_stops_ = false;
};

} // namespace caucus
