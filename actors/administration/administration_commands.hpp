#pragma once

#include "actors/administration/administration_io.hpp"
#include "messages/closing.hpp"
#include "messages/control.hpp"
#include "messages/group.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/command.hpp"
#include "runtime/commands/status.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The commands by which operators change their group, and see how it is.
/// Pure values. What is read is hostile: see runtime/commands.

namespace caucus {

namespace group_commands {

inline constexpr std::array<exit_meaning, 4> asked_exits{
  {{0, "asked for, or done"},
   {3, "it cannot be done; the reason is told", errc::refused_by_rule},
   {3, {}, errc::not_a_writer}, // at a node that is no member
   {4, "unknown, `group show` tells", errc::timed_out}}};

/// Each waits for its own receipt.
template <class Command>
constexpr void timeout_of(auto&& parameter) {
  parameter("timeout_ms", &Command::timeout,
            {.range = timeout_range,
             .doc = "seconds to wait for the receipt",
             .value = "N",
             .in_seconds = true});
}
inline constexpr size_range words{1, 64};

} // namespace group_commands

/// {"what", "height", "passed", "asked", "asks_wanted", "agreed", "agrees_wanted"}, and
/// "waits_here_for" where this member does not agree yet.
[[nodiscard]] std::string directive_json(const directive_reply& what);

struct control_group_show {
  static constexpr command_rule command{
    .words = "group show", .summary = "show who the members are and what is asked for"};
  static constexpr std::array<std::string_view, 2> examples{"group show --config net/node0",
                                                            "group show --config net/node0 --json"};
  using reply = group_view;

  [[nodiscard]] static std::string print(const group_view& what, const command_context& of);
  friend bool operator==(const control_group_show&, const control_group_show&) = default;
};

struct control_group_admit {
  static constexpr command_rule command{.words = "group admit",
                                        .summary = "ask that a newcomer becomes a member",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 2> examples{
    "group admit --config net/node0 eva", "group admit --config net/node0 eva --standby"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = directive_reply;

  std::string who;
  bool standby = false;
  std::string name{};
  std::string address{};
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter("who", &control_group_admit::who,
              {.positional = true,
               .required = true,
               .size = group_commands::words,
               .doc = "its peer id, or what it calls itself"});
    parameter("standby", &control_group_admit::standby,
              {.doc = "it waits for `reinforce` or `replace`"});
    parameter("name", &control_group_admit::name,
              {.size = {1, name_size_max}, .doc = "other than it calls itself", .value = "NAME"});
    parameter("address", &control_group_admit::address,
              {.size = {1, address_size_max}, .doc = "other than it says", .value = "HOST:PORT"});
    group_commands::timeout_of<control_group_admit>(parameter);
  }
  [[nodiscard]] result<void> check() const;
  [[nodiscard]] static std::string print(const directive_reply& what,
                                         const command_context& /*of*/) {
    return directive_json(what);
  }
  friend bool operator==(const control_group_admit&, const control_group_admit&) = default;
};

struct control_group_kick {
  static constexpr command_rule command{.words = "group kick",
                                        .summary = "ask that a member is one no more",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 1> examples{"group kick --config net/node0 node3"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = directive_reply;

  std::string who;
  bool lower_f = false;
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter("who", &control_group_kick::who,
              {.positional = true,
               .required = true,
               .size = group_commands::words,
               .doc = "the member's, or a standby's, name or peer id"});
    parameter("lower_f", &control_group_kick::lower_f,
              {.doc = "though the group then bears fewer faults"});
    group_commands::timeout_of<control_group_kick>(parameter);
  }
  [[nodiscard]] static std::string print(const directive_reply& what,
                                         const command_context& /*of*/) {
    return directive_json(what);
  }
  friend bool operator==(const control_group_kick&, const control_group_kick&) = default;
};

struct control_group_retire {
  static constexpr command_rule command{.words = "group retire",
                                        .summary = "have this member leave in order",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 1> examples{"group retire --config net/node3"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = directive_reply;

  bool lower_f = false;
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter("lower_f", &control_group_retire::lower_f,
              {.doc = "though the group then bears fewer faults: others must ask too"});
    group_commands::timeout_of<control_group_retire>(parameter);
  }
  [[nodiscard]] static std::string print(const directive_reply& what,
                                         const command_context& /*of*/) {
    return directive_json(what);
  }
  friend bool operator==(const control_group_retire&, const control_group_retire&) = default;
};

struct control_group_replace {
  static constexpr command_rule command{.words = "group replace",
                                        .summary = "ask that a newcomer takes a member's place",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 1> examples{
    "group replace --config net/node0 node3 eva"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = directive_reply;

  std::string former;
  std::string by;
  std::string name{};
  std::string address{};
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter("old", &control_group_replace::former,
              {.positional = true,
               .required = true,
               .size = group_commands::words,
               .doc = "the member's name or peer id"});
    parameter("new", &control_group_replace::by,
              {.positional = true,
               .required = true,
               .size = group_commands::words,
               .doc = "the newcomer's or standby's"});
    parameter("name", &control_group_replace::name,
              {.size = {1, name_size_max}, .doc = "other than it calls itself", .value = "NAME"});
    parameter("address", &control_group_replace::address,
              {.size = {1, address_size_max}, .doc = "other than it says", .value = "HOST:PORT"});
    group_commands::timeout_of<control_group_replace>(parameter);
  }
  [[nodiscard]] result<void> check() const;
  [[nodiscard]] static std::string print(const directive_reply& what,
                                         const command_context& /*of*/) {
    return directive_json(what);
  }
  friend bool operator==(const control_group_replace&, const control_group_replace&) = default;
};

struct control_group_reinforce {
  static constexpr command_rule command{.words = "group reinforce",
                                        .summary = "ask that standbys become members",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 1> examples{"group reinforce --config net/node0 1"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = directive_reply;

  std::uint16_t count = 1;
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter("count", &control_group_reinforce::count,
              {.positional = true,
               .required = true,
               .range = {1, members_max},
               .doc = "of standbys, the first ones"});
    group_commands::timeout_of<control_group_reinforce>(parameter);
  }
  [[nodiscard]] static std::string print(const directive_reply& what,
                                         const command_context& /*of*/) {
    return directive_json(what);
  }
  friend bool operator==(const control_group_reinforce&, const control_group_reinforce&) = default;
};

/// Of a bar: days, hours, minutes or seconds. Error: bad_request.
[[nodiscard]] result<std::uint64_t> bar_time_from_text(std::string_view text);

struct control_group_bar {
  static constexpr command_rule command{.words = "group bar",
                                        .summary =
                                          "ask that a node has no links and writes nothing",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 1> examples{
    "group bar --config net/node0 "
    "jcpp4q3ak2x5wq6v5ul4rn7y2mk7j3ra7k5f5m2u4k3xq6v5ul4a --for 30d"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = directive_reply;

  std::string who;
  std::string time;
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter(
      "who", &control_group_bar::who,
      {.positional = true, .required = true, .size = group_commands::words, .doc = "its peer id"});
    parameter("for", &control_group_bar::time,
              {.size = {2, 16}, .doc = "30d, 12h, 90m, 45s; else for good", .value = "TIME"});
    group_commands::timeout_of<control_group_bar>(parameter);
  }
  [[nodiscard]] result<void> check() const;
  [[nodiscard]] static std::string print(const directive_reply& what,
                                         const command_context& /*of*/) {
    return directive_json(what);
  }
  friend bool operator==(const control_group_bar&, const control_group_bar&) = default;
};

struct control_group_unbar {
  static constexpr command_rule command{.words = "group unbar",
                                        .summary = "ask that a barred node is one no more",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 1> examples{
    "group unbar --config net/node0 "
    "jcpp4q3ak2x5wq6v5ul4rn7y2mk7j3ra7k5f5m2u4k3xq6v5ul4a"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = directive_reply;

  std::string who;
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter(
      "who", &control_group_unbar::who,
      {.positional = true, .required = true, .size = group_commands::words, .doc = "its peer id"});
    group_commands::timeout_of<control_group_unbar>(parameter);
  }
  [[nodiscard]] static std::string print(const directive_reply& what,
                                         const command_context& /*of*/) {
    return directive_json(what);
  }
  friend bool operator==(const control_group_unbar&, const control_group_unbar&) = default;
};

struct control_group_announce {
  static constexpr command_rule command{.words = "group announce",
                                        .summary =
                                          "ask the group to agree on a text of the application",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 1> examples{
    "group announce --config net/node0 'season 2'"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = directive_reply;

  std::string text;
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter("text", &control_group_announce::text,
              {.positional = true,
               .required = true,
               .size = {1, announcement_size_max},
               .doc = "the text; the ledger has it as a mutation of the group"});
    group_commands::timeout_of<control_group_announce>(parameter);
  }
  [[nodiscard]] static std::string print(const directive_reply& what,
                                         const command_context& /*of*/) {
    return directive_json(what);
  }
  friend bool operator==(const control_group_announce&, const control_group_announce&) = default;
};

/// Of the file: half of what a request may have.
inline constexpr std::size_t rules_text_size_max = 512 * 1024;

/// What came of `group rules`: one of these.
struct rules_reply {
  std::optional<directive_reply> asked{}; ///< it is asked for
  std::optional<try_reply> tried{};       ///< the state keeps to them
  std::string text{};                     ///< else the variables as they are, as a file has them
  epoch in{};
};
/// Without a file: prints the rules as they are.
struct control_group_rules {
  static constexpr command_rule command{.words = "group rules",
                                        .summary = "print the variables, or ask that they change",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 5> examples{
    "group rules --config net/node0 > rules.toml",
    "group rules --config net/node0 rules.toml --try", "group rules --config net/node0 rules.toml",
    "group rules --config net/node0 --rules tic_tac_toe:2",
    "group rules --config net/node0 one-more.toml --add --remove old_scores"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = rules_reply;

  std::optional<bytes> file;
  bool add = false;
  std::vector<std::string> remove{};
  std::string code;
  std::vector<std::string> without{};
  bool attempt = false;
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter("file", &control_group_rules::file,
              {.positional = true,
               .size = {1, rules_text_size_max},
               .doc = "with [[variables]], as a genesis has them",
               .value = "FILE"});
    parameter("add", &control_group_rules::add,
              {.doc = "variables that the file does not have stay"});
    parameter("remove", &control_group_rules::remove,
              {.size = {0, variables_max},
               .doc = "with --add: this one goes, and all that it holds",
               .noun = "name",
               .value = "NAME"});
    parameter("rules", &control_group_rules::code,
              {.size = {1, rules_name_size_max + 11},
               .doc = "the C++ rules that judge from then on; without FILE the variables stay",
               .value = "NAME:VERSION"});
    parameter("without", &control_group_rules::without,
              {.size = {0, members_max},
               .doc =
                 "this member's program has not these rules: its node stops before them; at most "
                 "as many as may fail",
               .noun = "member",
               .value = "MEMBER"});
    parameter("try", &control_group_rules::attempt,
              {.doc = "ask nobody: say what the state would forbid"});
    group_commands::timeout_of<control_group_rules>(parameter);
  }
  [[nodiscard]] result<void> check() const;
  /// It asks for no change.
  [[nodiscard]] bool is_bare() const { return !file && !add && code.empty(); }
  /// What the file says. `known`: the network's genesis. Errors: those of the file.
  [[nodiscard]] result<wanted_rules> wanted(const genesis& known) const;
  [[nodiscard]] static std::string print(const rules_reply& what, const command_context& of);
  friend bool operator==(const control_group_rules&, const control_group_rules&) = default;
};

struct control_group_move {
  static constexpr command_rule command{.words = "group move",
                                        .summary = "say where this member is reached from now on",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 1> examples{
    "group move --config net/node3 192.0.2.7:7400"};
  static constexpr auto exits = group_commands::asked_exits;
  using reply = directive_reply;

  std::string address;
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter("address", &control_group_move::address,
              {.positional = true,
               .required = true,
               .size = {1, address_size_max},
               .doc = "HOST:PORT where others dial it"});
    group_commands::timeout_of<control_group_move>(parameter);
  }
  [[nodiscard]] result<void> check() const;
  [[nodiscard]] static std::string print(const directive_reply& what,
                                         const command_context& /*of*/) {
    return directive_json(what);
  }
  friend bool operator==(const control_group_move&, const control_group_move&) = default;
};

struct joined_reply {
  epoch since; ///< it is a member
};
struct control_group_join {
  static constexpr command_rule command{.words = "group join",
                                        .summary = "ask to become a member, and wait for it",
                                        .effect = command_effect::changes};
  static constexpr std::array<std::string_view, 1> examples{
    "group join --config net/eva --name eva --timeout 3600"};
  static constexpr std::array<exit_meaning, 3> exits{
    {{0, "it is a member"},
     {3, "the group does not take it", errc::refused_by_rule},
     {4, "not within the time", errc::timed_out}}};
  using reply = joined_reply;

  std::string name;
  std::string address;
  duration timeout = control_timeout_max;

  static constexpr void parameters(auto&& parameter) {
    parameter("name", &control_group_join::name,
              {.size = {1, name_size_max},
               .doc = "as others see it; made of its id if left out",
               .value = "NAME"});
    parameter("address", &control_group_join::address,
              {.size = {1, address_size_max},
               .doc = "where others dial it; where it listens if left out",
               .value = "HOST:PORT"});
    parameter("timeout_ms", &control_group_join::timeout,
              {.range = timeout_range,
               .doc = "seconds to wait until it is a member",
               .value = "N",
               .in_seconds = true});
  }
  [[nodiscard]] result<void> check() const;
  [[nodiscard]] static std::string print(const joined_reply& what, const command_context& of);
  friend bool operator==(const control_group_join&, const control_group_join&) = default;
};

struct control_group_history {
  static constexpr command_rule command{.words = "group history",
                                        .summary = "show how the members changed"};
  static constexpr std::array<std::string_view, 1> examples{"group history --config net/node0"};
  using reply = shared_history; ///< never null

  [[nodiscard]] static std::string print(const shared_history& what, const command_context& of);
  friend bool operator==(const control_group_history&, const control_group_history&) = default;
};

/// What stands for all epochs before this one, for whoever trusts this node.
struct checkpoint_reply {
  std::shared_ptr<const committee> voters; ///< never null
  block_header certified;
};
struct control_checkpoint {
  static constexpr command_rule command{.words = "checkpoint",
                                        .summary = "print what `verify --checkpoint` begins with"};
  static constexpr std::array<std::string_view, 1> examples{
    "checkpoint --config net/node0 > checkpoint.json"};
  using reply = checkpoint_reply;

  [[nodiscard]] static std::string print(const checkpoint_reply& what, const command_context& of);
  friend bool operator==(const control_checkpoint&, const control_checkpoint&) = default;
};

struct administration_status {
  std::uint64_t petitions = 0; ///< open
  std::uint64_t standbys = 0;
  std::uint64_t newcomers = 0;       ///< who say that they want to be members
  std::vector<std::string> outdated; ///< members that are linked, of a program from before epochs
};

using administration_commands =
  commands<administration_status, control_status, control_group_show, control_group_admit,
           control_group_kick, control_group_retire, control_group_replace, control_group_reinforce,
           control_group_bar, control_group_unbar, control_group_announce, control_group_rules,
           control_group_move, control_group_join, control_group_history, control_checkpoint>;

void put_status(status_sheet& to, const administration_status& of, const status_parts& all);
void put_metrics(metric_sheet& to, const administration_status& of, const status_parts& all);

} // namespace caucus
