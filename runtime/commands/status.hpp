#pragma once

#include "messages/committee.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"
#include "runtime/commands/command.hpp"
#include "runtime/commands/command_context.hpp"
#include "runtime/metrics.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// How a node is: every actor that has commands answers its part, and the parts are merged into
/// `GET /v1/status` and `GET /metrics`. Two functions beside an actor's status type tell it:
///
///     struct board_status { std::uint64_t cheers = 0; };
///     void put_status(status_sheet& to, const board_status& of, const status_parts& all) {
///       to.put("cheers", of.cheers);                    // {"board": {"cheers": 5}}
///     }
///     void put_metrics(metric_sheet& to, const board_status& of, const status_parts& all) {
///       to.counter("caucus_board_cheers_total", "Cheers heard.", of.cheers);
///     }
///
/// A part that did not come in time is told as `silent`, its status as one that has just begun, and
/// none of its metrics. Fields and metrics that the node had before its actors told them apart keep
/// their names and places: the two closed lists in status.cpp.
/// Any thread; pure, but that a metric of a wrong name is logged.

namespace caucus {

struct status_parts;

/// status_sheet.hpp, as it takes JSON.
class status_sheet;

/// An actor's numbers that are known already. A name begins with caucus_ACTOR_, or is one of the
/// closed list; an application's that does not is left out and logged, once a day.
class metric_sheet {
public:
  metric_sheet(std::string actor, metrics& to) : actor_{std::move(actor)}, to_{&to} {}

  template <class Number>
  void gauge(const std::string& name, const std::string& help, Number value,
             const metric_labels& labels = {}) {
    add(name, help, metric_kind::gauge, static_cast<double>(value), labels);
  }
  void counter(const std::string& name, const std::string& help, std::uint64_t value,
               const metric_labels& labels = {}) {
    add(name, help, metric_kind::counter, static_cast<double>(value), labels);
  }

private:
  void add(const std::string& name, const std::string& help, metric_kind kind, double value,
           const metric_labels& labels);
  std::string actor_;
  metrics* to_;
};

// -- the parts ------------------------------------------------------------------------------------

/// How an actor's status is told, whatever its type.
struct status_printer {
  void (*put)(status_sheet& to, const any_value& of, const status_parts& all) = nullptr;
  void (*count)(metric_sheet& to, const any_value& of, const status_parts& all) = nullptr;
};

struct status_part {
  std::string actor;
  status_printer printer;
  any_value value; ///< empty: it did not answer in time
};

struct status_parts {
  std::vector<status_part> parts;           ///< in the order in which the actors are composed
  bool group = false;                       ///< the other members were asked too
  const command_context* context = nullptr; ///< while it is told: the node

  /// Of the newest epoch that the node's actors know; else the genesis'. Needs `context`.
  [[nodiscard]] const committee& voters() const;

  /// Of whichever actor; null: there is none, or it is silent. Who tells what rests on two actors
  /// asks for both.
  template <class Status>
  [[nodiscard]] const Status* find() const {
    for (const auto& one : parts) {
      if (const auto* const found = one.value.as<Status>()) {
        return found;
      }
    }
    return nullptr;
  }
};

template <class Status>
[[nodiscard]] constexpr status_printer status_printer_of() {
  return {[](status_sheet& to, const any_value& of, const status_parts& all) {
            const auto* const known = of.as<Status>();
            put_status(to, known == nullptr ? Status{} : *known, all);
          },
          [](metric_sheet& to, const any_value& of, const status_parts& all) {
            if (const auto* const known = of.as<Status>()) {
              put_metrics(to, *known, all);
            }
          }};
}

/// An actor that has nothing to tell but that it answers.
struct no_status {};
inline void put_status(status_sheet& /*to*/, const no_status& /*of*/, const status_parts& /*all*/) {
}
inline void put_metrics(metric_sheet& /*to*/, const no_status& /*of*/,
                        const status_parts& /*all*/) {}

[[nodiscard]] std::string status_json(const status_parts& of, const command_context& node);
/// A member of `GET /v1/status` that is the node's: no actor bears its name, as its own part stands
/// under that.
[[nodiscard]] bool is_node_field(std::string_view name);
[[nodiscard]] std::string metrics_text(const status_parts& of, const command_context& node);

// -- commands of every node -----------------------------------------------------------------------

/// How the node is. An actor that is asked this answers its status.
struct control_status {
  static constexpr command_rule command{
    .words = "status", .summary = "show how a node is", .merged = true};
  static constexpr std::array<std::string_view, 3> examples{
    "status --config net/node0 --group", "status --config net/node0/node.toml",
    "node --config net/node0 & caucus status --config net/node0 --wait 10"};
  using reply = status_parts;

  bool group = false; ///< with what the other members say of themselves

  static constexpr void parameters(auto&& parameter) {
    parameter("group", &control_status::group,
              {.doc = "ask all members how they are, through this node"});
  }
  static std::string print(const status_parts& what, const command_context& of) {
    return status_json(what, of) + '\n';
  }
  friend bool operator==(const control_status&, const control_status&) = default;
};

/// What status tells and more, for a monitor. The actors are asked for their status.
struct control_metrics {
  static constexpr command_rule command{.words = "metrics",
                                        .summary =
                                          "show a node's numbers in Prometheus' text format",
                                        .path = "/metrics",
                                        .type = "text/plain; version=0.0.4; charset=utf-8",
                                        .merged = true};
  static constexpr std::array<std::string_view, 1> examples{"metrics --config net/node0/node.toml"};
  using reply = status_parts;

  static std::string print(const status_parts& what, const command_context& of) {
    return metrics_text(what, of);
  }
  friend bool operator==(const control_metrics&, const control_metrics&) = default;
};

struct node_version {
  std::string version;
  network_id network;
};
struct control_version {
  static constexpr command_rule command{
    .words = "version", .summary = "print a node's version and network", .http_only = true};
  using reply = node_version;

  static node_version answer(const command_context& of) { return {of.version, of.network}; }
  static std::string print(const node_version& what, const command_context& of);
  friend bool operator==(const control_version&, const control_version&) = default;
};

} // namespace caucus
