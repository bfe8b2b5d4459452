#pragma once

#include "messages/result.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/commands/command.hpp"
#include "runtime/commands/status.hpp"

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// An actor's list of commands, and all lists of a node: what the control API and the command line
/// walk.
/// Pure. A table is filled while a node is composed; then any thread may read it.

namespace caucus {

/// How an actor's commands are known to those who do not know its types.
struct actor_commands {
  std::string actor;
  std::vector<const command_facts*> all; ///< control_status among them
  status_printer status;
};

/// What an actor answers, and the type of its status.
template <class Status, command_type... Cs>
struct commands {
  static_assert((std::same_as<Cs, control_status> || ...), "every actor says how it is");

  /// What the actor replies to one of them: its status to whoever asks how it is.
  template <class C>
  using reply_to = std::conditional_t<std::same_as<C, control_status>, Status, typename C::reply>;

  /// `Rule<C>::value` for each of them.
  template <template <class> class Rule>
  static constexpr bool all_have = (Rule<Cs>::value && ...);

  [[nodiscard]] static actor_commands of(std::string actor) {
    return {std::move(actor), {&facts_of<Cs>()...}, status_printer_of<Status>()};
  }

  /// Calls `handle` with the parameters, of one of these commands. It takes each of them, or this
  /// does not compile.
  template <class Handler>
  static void dispatch(const any_command& what, Handler&& handle) {
    const bool found = (try_one<Cs>(what, handle) || ...);
    CAUCUS_ASSERT(found); // an actor is asked for its own alone
  }

private:
  template <class C, class Handler>
  [[nodiscard]] static bool try_one(const any_command& what, Handler& handle) {
    const auto* const parameters = what.as<C>();
    if (parameters != nullptr) {
      handle(*parameters);
    }
    return parameters != nullptr;
  }
};

/// All commands of a node. An actor's place among them is that of its edges at whoever calls.
class command_table {
public:
  void add(actor_commands one) { actors_.push_back(std::move(one)); }

  [[nodiscard]] const std::vector<actor_commands>& actors() const { return actors_; }
  /// Each once: the actors' in order, then those of every node.
  [[nodiscard]] std::vector<const command_facts*> all() const;
  /// The place of the actor that answers it; nullopt: all do, or none is asked, or it is nobody's.
  [[nodiscard]] std::optional<std::size_t> actor_of(const command_facts& what) const;
  /// Error: value_out_of_range: two actors answer one path, or a path or a parameter's name is
  /// none; names both.
  [[nodiscard]] result<void> judge() const;

private:
  std::vector<actor_commands> actors_;
};

/// Longest target that is looked at: a key of 256 bytes, every byte escaped, and names.
inline constexpr std::size_t control_target_size_max = 4 * 1024;

/// A request of HTTP as a command. Errors: no_such_path, bad_request (which part, what was given,
/// what is allowed).
[[nodiscard]] result<any_command> read_command(const command_table& known, std::string_view method,
                                               std::string_view target, std::string_view body);

// -- for who asks over HTTP -----------------------------------------------------------------------

/// "/v1/get?variable=tags".
[[nodiscard]] std::string command_target(const any_command& what);
[[nodiscard]] std::string command_body(const any_command& what);

} // namespace caucus
