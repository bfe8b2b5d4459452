#include "runtime/commands/status.hpp"

#include "messages/control.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/status_sheet.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/log.hpp"
#include "runtime/process_metrics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace caucus {

using json = nlohmann::ordered_json;

namespace {

/// The node's own fields in the order in which they are told. Closed: another actor's stand under its name, behind
/// `group`.
constexpr std::array node_fields{"height",
                                 "view",
                                 "epoch",
                                 "state_root",
                                 "root_height",
                                 "time_ms",
                                 "peers",
                                 "others",
                                 "members",
                                 "quorum",
                                 "mode",
                                 "peer_id",
                                 "member",
                                 "votes",
                                 "leader",
                                 "standstill",
                                 "clocks",
                                 "clock_problem",
                                 "delta_ms",
                                 "network",
                                 "network_id",
                                 "version",
                                 "rules",
                                 "port",
                                 "batches_waiting",
                                 "mutations_committed",
                                 "state_entries",
                                 "state_size",
                                 "ledger_size",
                                 "disk_free",
                                 "quota_left",
                                 "evidence_count",
                                 "liars",
                                 "connections_refused",
                                 "problems",
                                 "silent",
                                 "links",
                                 "missing",
                                 "group"};

/// Numbers of our actors that do not bear their names. Closed too.
constexpr std::array node_metrics{"caucus_height",
                                  "caucus_root_height",
                                  "caucus_block_time_seconds",
                                  "caucus_batches_waiting",
                                  "caucus_mutations_committed_total",
                                  "caucus_state_entries",
                                  "caucus_state_bytes",
                                  "caucus_ledger_bytes",
                                  "caucus_disk_free_bytes",
                                  "caucus_quota_left_bytes",
                                  "caucus_evidence",
                                  "caucus_evidence_by",
                                  "caucus_view",
                                  "caucus_epoch",
                                  "caucus_votes",
                                  "caucus_standstill",
                                  "caucus_delta_seconds",
                                  "caucus_link_up",
                                  "caucus_link_frames_in_total",
                                  "caucus_link_frames_out_total",
                                  "caucus_link_bytes_in_total",
                                  "caucus_link_bytes_out_total",
                                  "caucus_link_dropped_total",
                                  "caucus_link_round_trip_seconds",
                                  "caucus_links",
                                  "caucus_connections_refused_total"};

/// Whose fields and numbers those are: the node's itself, and its actors'. Another actor's stand under its name,
/// so that no application can say `standstill` for the node.
bool is_of_the_node(std::string_view actor) {
  constexpr std::array own{std::string_view{}, std::string_view{"notary"},
                           std::string_view{"consensus"}, std::string_view{"peer_net"}};
  return std::find(own.begin(), own.end(), actor) != own.end();
}

/// Where it is not: the size of `all`.
template <class All>
std::size_t place_in(const All& all, std::string_view name) {
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin());
}

} // namespace

const committee& status_parts::voters() const {
  if (const auto* const order = find<consensus_status>(); order != nullptr && order->voters) {
    return *order->voters;
  }
  const auto* const state = find<notary_status>();
  return state != nullptr && state->voters ? *state->voters : context->voters;
}

bool is_node_field(std::string_view name) {
  return name == "actors" || name == "edges" || place_in(node_fields, name) < node_fields.size();
}

// -- what one actor tells --------------------------------------------------------------------------------

void status_sheet::put(std::string_view name, json value) {
  const auto place = place_in(node_fields, name);
  if (place < node_fields.size() && is_of_the_node(actor_)) {
    node_.emplace_back(place, std::move(value));
  } else {
    own_[std::string{name}] = std::move(value);
  }
}

void metric_sheet::add(const std::string& name, const std::string& help, metric_kind kind,
                       double value, const metric_labels& labels) {
  const auto own = "caucus_" + actor_ + "_";
  const bool ours = is_of_the_node(actor_);
  if (!name.starts_with(own) && !(ours && place_in(node_metrics, name) < node_metrics.size())) {
    CAUCUS_ASSERT(!ours); // an application's mistake costs the one number
    log_once_per("metric/" + name, std::chrono::hours{24}, "node", log_level::error,
                 "a metric is left out: \"" + name + "\" of " + actor_
                   + "; allowed: names that begin with " + own);
    return;
  }
  to_->add_source(name, help, kind, labels, [value] { return value; });
}

// -- the parts as one ------------------------------------------------------------------------------------

namespace {

std::string_view mode_name(node_mode mode) {
  return mode == node_mode::server ? "server" : "client";
}

json actors_json(const topology_table& table) {
  auto out = json::array();
  for (const auto& row : table.actors) {
    out.push_back({{"name", row.name},
                   {"group", row.group},
                   {"restarts", row.life->restarts()},
                   {"last_error", row.life->last_error()}});
  }
  return out;
}

json edges_json(const topology_table& table) {
  const auto restarts = [](std::uint64_t lives) { return lives == 0 ? 0 : lives - 1; };
  auto out = json::array();
  for (const auto& row : table.edges) {
    const auto seen = row.counts();
    out.push_back({{"from", row.producer},
                   {"to", row.consumer},
                   {"type", row.type},
                   {"capacity", row.capacity},
                   {"policy", to_string(row.policy)},
                   {"depth", seen.depth},
                   {"pushed", seen.pushed},
                   {"turned_away", seen.turned_away},
                   {"poisoned", seen.poisoned},
                   {"wakes", seen.wakes},
                   {"restarts_from", restarts(seen.writer_lives)},
                   {"restarts_to", restarts(seen.reader_lives)}});
  }
  return out;
}

/// What the node tells of itself, whoever its actors are.
void put_node(status_sheet& to, const command_context& node, const committee& voters) {
  const auto& from = *node.genesis;
  const auto* const member = voters.find(node.self);
  to.put("members", voters.size());
  to.put("quorum", voters.quorum());
  to.put("mode", mode_name(node.mode));
  to.put("peer_id", to_text(node.self));
  to.put("member", member == nullptr ? json(nullptr) : json(member->name));
  to.put("network", from.name);
  to.put("network_id", to_hex(node.network.view()));
  to.put("version", node.version);
  to.put("rules", node.rules.empty() ? json(nullptr) : json(node.rules));
  to.problem(node.trouble);
}

} // namespace

/// All sheets of a node, the node's own first.
struct status_merge {
  std::vector<status_sheet> sheets;
  std::vector<std::string> silent;

  status_merge(status_parts all, const command_context& node) {
    all.context = &node;
    put_node(sheets.emplace_back(std::string{}), node, all.voters());
    for (const auto& one : all.parts) {
      auto& sheet = sheets.emplace_back(one.actor);
      one.printer.put(sheet, one.value, all);
      if (one.value.empty()) {
        silent.push_back(one.actor);
      }
    }
  }

  [[nodiscard]] json problems() const {
    auto out = json::array();
    for (const auto& sheet : sheets) {
      for (const auto& one : sheet.problems_) {
        if (std::find(out.begin(), out.end(), one) == out.end()) { // one may stop several actors
          out.push_back(one);
        }
      }
    }
    for (const auto& one : silent) {
      out.push_back(one + " does not answer");
    }
    return out;
  }
  [[nodiscard]] std::size_t problems_counted() const {
    std::set<std::string_view> out;
    for (const auto& sheet : sheets) {
      out.insert(sheet.counted_.begin(), sheet.counted_.end());
    }
    return out.size();
  }
  [[nodiscard]] json object() {
    sheets.front().put("problems", problems());
    sheets.front().put("silent", json(silent));
    std::vector<std::pair<std::size_t, json>> fields;
    for (auto& sheet : sheets) {
      auto& told = sheet.node_;
      std::move(told.begin(), told.end(), std::back_inserter(fields));
    }
    std::stable_sort(fields.begin(), fields.end(),
                     [](const auto& one, const auto& other) { return one.first < other.first; });
    json out;
    for (auto& [place, value] : fields) {
      out[node_fields.at(place)] = std::move(value);
    }
    for (auto& sheet : sheets) {
      if (!sheet.own_.empty()) {
        out[sheet.actor_] = std::move(sheet.own_);
      }
    }
    return out;
  }
};

std::string status_json(const status_parts& of, const command_context& node) {
  auto out = status_merge{of, node}.object();
  out["actors"] = node.table ? actors_json(*node.table) : json::array();
  out["edges"] = node.table ? edges_json(*node.table) : json::array();
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string metrics_text(const status_parts& of, const command_context& node) {
  metrics all;
  auto parts = of;
  parts.context = &node;
  const auto gauge = [&all](const char* name, const char* help, double value,
                            const metric_labels& labels = {}) {
    all.add_source(name, help, metric_kind::gauge, labels, [value] { return value; });
  };
  gauge("caucus_info", "1; what this node is.", 1,
        {{"version", node.version},
         {"network", node.genesis->name},
         {"mode", std::string{mode_name(node.mode)}}});
  for (const auto& one : parts.parts) {
    gauge("caucus_answers", "1: the actor answered when asked how it is.",
          one.value.empty() ? 0 : 1, {{"actor", one.actor}});
    metric_sheet sheet{one.actor, all};
    one.printer.count(sheet, one.value, parts);
  }
  gauge("caucus_problems", "What keeps the node from its work; status says what.",
        static_cast<double>(status_merge{of, node}.problems_counted()));
  if (node.table) {
    all.add_topology(*node.table);
  }
  add_process(all);
  return all.text() + (node.numbers ? node.numbers->text() : std::string{});
}

std::string control_version::print(const node_version& what, const command_context& /*of*/) {
  const json out{{"version", what.version}, {"network_id", to_hex(what.network.view())}};
  return print_json(out) + '\n';
}

} // namespace caucus
