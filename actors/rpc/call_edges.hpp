#pragma once

#include "actors/rpc/call_table.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/commands/call.hpp"
#include "runtime/shell.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

/// The edges from the shell of a call_table to the actors that answer, and back. An actor that
/// takes nothing, not even that its parts were taken, holds up its own replies alone. The shell's
/// thread.

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
      to.push(std::move(what.call));
    } else {
      static_cast<void>(to.offer(std::move(what.call)));
    }
  }
  /// None waits.
  [[nodiscard]] bool empty() const {
    return std::all_of(asks_.begin(), asks_.end(), [](const auto& one) { return one.empty(); });
  }

  /// In the shell's constructor. While `open` is false no replies are taken; see intake::open.
  void declare(shell<call_table>& in, std::size_t items_per_turn,
               const std::function<bool()>& open) {
    for (std::size_t i = 0; i < asks_.size(); ++i) {
      in.delivers(asks_[i]);
      in.neighbour(
        heard_[i], asks_[i], [&in, i] { in.apply(actor_began{i}); },
        [&in, i] { in.apply(actor_restarted{i}); });
      in.takes(heard_[i],
               [&in, i](command_reply&& what) {
                 in.apply(actor_replied{i, std::move(what)});
                 in.perform_wanted(); // a window counts a part before the next one is heard
               },
               {items_per_turn,
                [this, i, open] { return open() && asks_[i].waiting() < call_edge_capacity; }});
    }
  }

private:
  std::vector<delivery<command_call>> asks_;
  inboxes<command_reply> heard_;
};

} // namespace caucus
