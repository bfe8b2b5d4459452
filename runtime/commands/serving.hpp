#pragma once

#include "messages/control.hpp"
#include "messages/result.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/call.hpp"
#include "runtime/turns.hpp"

#include <compare>
#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

/// Answers the calls of an actor's commands, in its turns. What is told waits where an edge is
/// full, in order.
///
///     calls_.serve(turns_, ports_.calls, ports_.replies,
///                  caucus::overloaded{
///                    [this](caucus::caller, const caucus::control_status&) { return status(); },
///                    [this](caucus::caller who, const listen&) { listeners_.push_back(who); },
///                  });
///     calls_.tell(who, heard{...}, false); // later: a part of a stream
///
/// The actor's thread alone.

namespace caucus {

/// Who waits for a reply. Handle: good until it is told the last part, or has gone; then nothing is
/// told.
struct caller {
  std::size_t edge = 0;
  request_tag tag = 0;
  friend auto operator<=>(const caller&, const caller&) = default;
};

/// Names the command that a handler does not take, before the compiler says it in its own way.
template <class Handler>
struct handled_by {
  template <class Command>
  struct command {
    static constexpr bool value = std::is_invocable_v<Handler&, const caller&, const Command&>;
  };
  template <class Command>
  struct named : command<Command> {
    static_assert(command<Command>::value,
                  "this command has no handler, which takes (caller, const Command&)");
  };
};

template <class Commands>
class serving {
public:
  serving() = default;
  serving(const serving&) = delete; // turns refer to it
  serving& operator=(const serving&) = delete;

  /// Once, in the actor's constructor. `handle(caller, const Command&)` for each command: what it
  /// returns is the reply, a value or a result<> of it; if it returns nothing, tell() does it
  /// later. A command without a handler does not compile.
  template <class Handler>
  void serve(turns& in, inboxes<command_call>& calls, outboxes<command_reply>& replies,
             Handler handle) {
    if constexpr (Commands::template all_have<handled_by<Handler>::template command>) {
      begin(in, calls, replies, std::move(handle));
    } else { // begin() would say more, and nothing that helps
      static_cast<void>(Commands::template all_have<handled_by<Handler>::template named>);
    }
  }

  /// It still waits.
  [[nodiscard]] bool waits(const caller& who) const { return open_.contains(who); }
  template <class Reply>
  void tell(const caller& who, Reply&& part, bool last = true) {
    send(who, any_value{std::forward<Reply>(part)}, last);
  }
  /// The end of a stream, behind its last part.
  void end(const caller& who) { send(who, any_value{}, true); }
  void refuse(const caller& who, error why) {
    send(who, tl::make_unexpected(std::move(why)), true);
  }

private:
  template <class Handler>
  void begin(turns& in, inboxes<command_call>& calls, outboxes<command_reply>& replies,
             Handler handle) {
    CAUCUS_ASSERT(calls.size() == replies.size()); // connected in pairs
    const auto shared = std::make_shared<Handler>(std::move(handle));
    for (std::size_t edge = 0; edge < calls.size(); ++edge) {
      in.delivers(replies_.emplace_back(std::move(replies[edge])));
      in.takes(calls[edge],
               [this, edge, shared](const command_call& what) {
                 std::visit(overloaded{[&](const call_opened& one) {
                                         open({edge, one.tag}, one, *shared);
                                       },
                                       [&](const call_cancelled& one) {
                                         open_.erase({edge, one.tag});
                                       },
                                       ignored<call_taken>{}},
                            what);
               },
               {.open = [this, edge] { return replies_[edge].empty(); },
                .restarted = [this, edge] { forget(edge); }});
    }
  }
  /// Whoever asked there has a new life, which has asked nothing yet.
  void forget(std::size_t edge) {
    replies_[edge].clear();
    std::erase_if(open_, [edge](const caller& who) { return who.edge == edge; });
  }
  template <class Handler>
  void open(const caller& who, const call_opened& what, Handler& handle) {
    open_.insert(who);
    Commands::dispatch(what.command, [&]<class C>(const C& one) {
      // What is merely convertible to it would be another type to whoever hears it.
      using told = decltype(handle(who, one));
      using wanted = typename Commands::template reply_to<C>;
      static_assert(std::is_void_v<
                      told> || std::is_same_v<told, wanted> || std::is_same_v<told, result<wanted>>,
                    "a handler returns its command's reply, a result<> of it, or nothing");
      if constexpr (std::is_void_v<decltype(handle(who, one))>) {
        handle(who, one);
      } else {
        answer(who, handle(who, one));
      }
    });
  }
  template <class Reply>
  void answer(const caller& who, Reply&& what) {
    tell(who, std::forward<Reply>(what));
  }
  template <class Reply>
  void answer(const caller& who, result<Reply> what) {
    if (what) {
      tell(who, std::move(*what));
    } else {
      refuse(who, std::move(what.error()));
    }
  }
  void send(const caller& who, result<any_value> what, bool last) {
    if (waits(who)) {
      replies_[who.edge].push({who.tag, std::move(what), last});
    }
    if (last) {
      open_.erase(who);
    }
  }

  std::deque<delivery<command_reply>> replies_; ///< by the edge of the caller; turns refer to them
  std::set<caller> open_;
};

} // namespace caucus
