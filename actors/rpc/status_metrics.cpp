#include "actors/rpc/status_metrics.hpp"

#include "messages/committee.hpp"
#include "runtime/metrics.hpp"
#include "runtime/process_metrics.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace caucus {

namespace {

double seconds(duration time) {
  return std::chrono::duration<double>(time).count();
}

/// Numbers that are known already.
class sheet {
public:
  explicit sheet(metrics& to) : to_{to} {}

  template <class Number>
  void gauge(const char* name, const char* help, Number value, const metric_labels& labels = {}) {
    add(name, help, metric_kind::gauge, static_cast<double>(value), labels);
  }
  void counter(const char* name, const char* help, std::uint64_t value,
               const metric_labels& labels = {}) {
    add(name, help, metric_kind::counter, static_cast<double>(value), labels);
  }

private:
  void add(const char* name, const char* help, metric_kind kind, double value,
           const metric_labels& labels) {
    to_.add_source(name, help, kind, labels, [value] { return value; });
  }
  metrics& to_;
};

void tell(sheet& to, const notary_status& of, const genesis& from, const peer_id& self) {
  to.gauge("caucus_height", "Of the newest final block.", of.final_height.value());
  to.gauge("caucus_root_height", "Of the newest final block whose state root is known.",
           of.root_height.value());
  to.gauge("caucus_block_time_seconds", "The newest final block's time, since 1970.",
           static_cast<double>(of.time.count()) / 1'000.0);
  to.gauge("caucus_batches_waiting", "Batches that no final block holds yet.", of.batches_waiting);
  to.counter("caucus_mutations_committed_total", "In all final blocks, refused ones too.",
             of.mutations_committed);
  to.gauge("caucus_state_entries", "Entries of the state.", of.state_entries);
  to.gauge("caucus_state_bytes", "Size of the state's keys and values.", of.state_size);
  to.gauge("caucus_ledger_bytes", "Size of ledger.log, which only grows.", of.ledger_size);
  to.gauge("caucus_disk_free_bytes", "Free where the node's folder lies.", of.disk_free);
  if (of.quota_left) {
    to.gauge("caucus_quota_left_bytes", "What this node may have in the ledger yet, as of now.",
             *of.quota_left);
  }
  to.gauge("caucus_evidence", "Proofs of lies that are kept.", of.evidence_count);
  std::uint64_t by_strangers = 0;
  for (const auto& one : of.liars) {
    const auto name = committee_of(from).name_of(one.peer);
    if (name.empty()) {
      by_strangers += one.proofs;
    } else {
      to.gauge("caucus_evidence_by", "Proofs of lies, by whose key signed them.", one.proofs,
               {{"member", name}, {"self", one.peer == self ? "1" : "0"}});
    }
  }
  if (by_strangers > 0) {
    to.gauge("caucus_evidence_by", "Proofs of lies, by whose key signed them.", by_strangers,
             {{"member", ""}, {"self", "0"}});
  }
}

void tell(sheet& to, const consensus_status& of) {
  to.gauge("caucus_view", "The view that consensus is in.", of.in.value());
  to.gauge("caucus_epoch", "The epoch that it is in.", of.in_epoch.value());
  to.gauge("caucus_votes", "1: this node is a member and free to vote.", of.votes);
  to.gauge("caucus_standstill",
           "1: no block becomes final, though something waits or too few are linked.",
           of.standstill);
  to.gauge("caucus_delta_seconds", "The time within which messages are expected to arrive.",
           seconds(of.delta));
}

void tell_link(sheet& to, const member& of, const link_status* link) {
  const metric_labels labels{{"member", of.name}};
  to.gauge("caucus_link_up", "1: there is a link to this member.", link != nullptr, labels);
  if (link == nullptr) {
    return;
  }
  to.counter("caucus_link_frames_in_total", "Frames heard over the link of now.", link->frames_in,
             labels);
  to.counter("caucus_link_frames_out_total", "Frames sent over it.", link->frames_out, labels);
  to.counter("caucus_link_bytes_in_total", "Bytes heard over it.", link->bytes_in, labels);
  to.counter("caucus_link_bytes_out_total", "Bytes sent over it.", link->bytes_out, labels);
  to.counter("caucus_link_dropped_total", "Frames that found no room in their lane.", link->dropped,
             labels);
  to.gauge("caucus_link_round_trip_seconds", "Of the latest ping.", seconds(link->round_trip),
           labels);
}

void tell(sheet& to, const peer_net_status& of, const genesis& from, const peer_id& self) {
  std::size_t members = 0;
  const auto voters = committee_of(from);
  for (const auto& one : voters.members()) {
    if (one.peer == self) {
      continue;
    }
    const auto at = std::find_if(of.links.begin(), of.links.end(),
                                 [&one](const auto& link) { return link.who.peer == one.peer; });
    members += at == of.links.end() ? 0 : 1;
    tell_link(to, one, at == of.links.end() ? nullptr : &*at);
  }
  to.gauge("caucus_links", "Links that are up.", members, {{"to", "members"}});
  to.gauge("caucus_links", "Links that are up.", of.links.size() - members, {{"to", "others"}});
  to.counter("caucus_connections_refused_total", "Connections turned away.", of.refused);
}

} // namespace

std::string metrics_text(const node_status& of, const genesis& from, const control_facts& facts,
                         const topology_table* table) {
  metrics all;
  sheet to{all};
  to.gauge("caucus_info", "1; what this node is.", 1,
           {{"version", facts.version},
            {"network", from.name},
            {"mode", facts.mode == node_mode::server ? "server" : "client"}});
  const auto answers = [&to](const char* name, bool answered) {
    to.gauge("caucus_answers", "1: the actor answered when asked how it is.", answered,
             {{"actor", name}});
  };
  answers("notary", of.notary.has_value());
  answers("consensus", of.consensus.has_value());
  answers("peer_net", of.peer_net.has_value());
  std::size_t problems = facts.trouble.empty() ? 0 : 1;
  if (of.notary) {
    tell(to, *of.notary, from, facts.self);
    problems += of.notary->problem.empty() ? 0 : 1;
  }
  if (of.consensus) {
    tell(to, *of.consensus);
    problems += of.consensus->problem.empty() ? 0 : 1;
  }
  if (of.peer_net) {
    tell(to, *of.peer_net, from, facts.self);
  }
  to.gauge("caucus_problems", "What keeps the node from its work; status says what.", problems);
  if (table != nullptr) {
    all.add_topology(*table);
  }
  add_process(all);
  return all.text();
}

} // namespace caucus
