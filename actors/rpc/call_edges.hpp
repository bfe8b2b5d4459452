#pragma once

#include "actors/rpc/call_table.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/commands/call.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

/// The edges from the shell of a call_table to the actors that answer, and back. An actor that takes nothing, not even that
/// its parts were taken, holds up its own replies alone. The shell's thread.

namespace caucus {

class call_edges {
public:
  /// Connected in pairs, in the order of the command_table.
  call_edges(outboxes<command_call> asks, inboxes<command_reply> heard) : heard_{std::move(heard)} {
    CAUCUS_ASSERT(asks.size() == heard_.size());
    for (auto& one : asks) {
      asks_.emplace_back(std::move(one));
    }
  }

  /// Bounded by the calls in flight and their windows.
  void ask(call_asked what) {
    auto& to = asks_.at(what.actor);
    if (what.must) {
      to.push(std::move(what.what));
    } else {
      static_cast<void>(to.offer(std::move(what.what)));
    }
  }
  /// True: something that waited went.
  bool flush() {
    bool any = false;
    for (auto& one : asks_) {
      any |= one.flush();
    }
    return any;
  }
  /// None waits.
  [[nodiscard]] bool empty() const {
    return std::all_of(asks_.begin(), asks_.end(), [](const auto& one) { return one.empty(); });
  }

  /// Lives, and if the shell takes them replies, into the table; `done()` after each. How many replies.
  template <class Done>
  std::size_t hear(call_table& core, std::vector<call_action>& out, std::size_t budget, bool takes,
                   Done&& done) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < asks_.size(); ++i) {
      // In this order: a new life's mark in the replies is set last.
      const bool forgot = heard_[i].restarted();
      if (asks_[i].restarted()) {
        core.actor_began(i);
      }
      if (forgot) {
        core.actor_restarted(i, out);
        done();
      }
      if (takes && asks_[i].waiting() < call_edge_capacity) {
        count += heard_[i].drain(budget, [&](command_reply what) {
          core.hear(i, std::move(what), out);
          done();
        });
      }
    }
    return count;
  }

  /// For idle(). `takes`: as for hear().
  [[nodiscard]] bool idle(bool takes) {
    bool nothing = true;
    for (std::size_t i = 0; i < asks_.size(); ++i) {
      // No short cut: each edge is asked, for each registers what it waits for.
      const bool waits = asks_[i].idle();
      nothing = waits && nothing
                && (!takes || asks_[i].waiting() >= call_edge_capacity || heard_[i].empty());
    }
    return nothing;
  }

private:
  std::vector<delivery<command_call>> asks_;
  inboxes<command_reply> heard_;
};

} // namespace caucus
