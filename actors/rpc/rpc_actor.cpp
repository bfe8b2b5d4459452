#include "actors/rpc/rpc_actor.hpp"

#include "actors/rpc/status_metrics.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/log.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>

namespace caucus {

namespace {

/// A turn prints at most so many replies: some 100 us.
constexpr std::size_t items_per_turn = 32;
/// Five calls to the kernel each.
constexpr duration folder_interval{5'000'000};

} // namespace

rpc_actor::rpc_actor(ports its_ports, context& around, rpc_setup setup)
    : ports_{std::move(its_ports)}, around_{around}, setup_{std::move(setup)}, names_{*setup_.from},
      core_{setup_.limits, tags_from(around.now())}, replies_{std::move(ports_.replies)},
      asks_{std::move(ports_.asks)},
      consensus_{std::move(ports_.consensus_asked)}, peer_net_{std::move(ports_.peer_net_asked)} {}

bool rpc_actor::step() {
  if (around_.stopping()) {
    core_.node_stops();
  }
  bool busy = replies_.flush();
  busy |= asks_.flush();
  // In this order: a new life's mark in `heard` is set last.
  const bool forgot = ports_.heard.restarted();
  if (asks_.restarted()) {
    core_.notary_began();
  }
  if (forgot) {
    core_.notary_restarted(actions_);
    perform();
  }
  if (replies_.empty() && asks_.empty()) {
    busy |= ports_.heard.drain(items_per_turn, [this](notary_answer what) {
      core_.hear(std::move(what), actions_);
      perform();
    }) > 0;
  }
  busy |= ports_.consensus_told.drain(items_per_turn, [this](consensus_status what) {
    core_.hear(std::move(what), actions_);
    perform();
  }) > 0;
  busy |= ports_.peer_net_told.drain(items_per_turn, [this](peer_net_status what) {
    core_.hear(std::move(what), actions_);
    perform();
  }) > 0;
  busy |= ports_.calls.drain(items_per_turn, [this](const from_control& what) {
    std::visit(overloaded{[this](const control_opened& opened) { open(opened); },
                          [this](const control_gone& gone) { core_.gone(gone.id, actions_); },
                          [this](const control_taken& taken) {
                            core_.taken(taken.id, taken.size, actions_);
                          }},
               what);
    perform();
  }) > 0;
  if (setup_.trouble && around_.now() >= folder_due_) {
    look_at_folder();
    folder_due_ = around_.now() + folder_interval;
    around_.wake_at(folder_due_);
  }
  core_.tick(around_.now(), actions_);
  perform();
  if (const auto next = core_.next_deadline()) {
    around_.wake_at(*next);
  }
  replies_.flush();
  asks_.flush();
  consensus_.ring();
  peer_net_.ring();
  return busy;
}

bool rpc_actor::idle() {
  if (!ports_.calls.empty() || !ports_.consensus_told.empty() || !ports_.peer_net_told.empty()) {
    return false;
  }
  if (replies_.empty() && asks_.empty()) {
    return ports_.heard.empty();
  }
  // No short cut: each edge is asked, for each registers what it waits for.
  const bool replied = replies_.idle();
  return asks_.idle() && replied;
}

void rpc_actor::open(const control_opened& what) {
  auto request = parse_control(what.method, what.target, what.body);
  if (!request) {
    reply({what.id, request.error(), true});
    return;
  }
  result<bytes> encoded;
  std::visit(overloaded{[&](const control_propose& proposing) { encoded = encoded_of(proposing); },
                        [&](control_get& getting) { give_owner(getting.what); },
                        ignored<control_log, control_receipt, control_status, control_evidence,
                                control_version, control_metrics>{}},
             *request);
  if (!encoded) {
    reply({what.id, std::move(encoded.error()), true});
    return;
  }
  core_.open(what.id, *request, std::move(*encoded), around_.now(), actions_);
}

result<bytes> rpc_actor::encoded_of(const control_propose& what) const {
  const auto typed =
    parse_mutation(names_, setup_.facts.self, what.variable, what.operation, what.arguments);
  if (!typed) {
    return tl::make_unexpected(typed.error());
  }
  auto made = try_encode(*typed);
  if (!made || made->size() > mutation_size_max) {
    return fail(errc::wrong_arguments,
                "the mutation is larger than " + std::to_string(mutation_size_max) + " bytes");
  }
  return made;
}

// What is put without an owner is read without one.
void rpc_actor::give_owner(read_request& what) const {
  const auto key = stored_key(names_, setup_.facts.self, what.variable,
                              {reinterpret_cast<const char*>(what.key.data()), what.key.size()});
  const auto raw = as_bytes(key);
  what.key.assign(raw.begin(), raw.end());
}

void rpc_actor::perform() {
  // A reply may have the core say more, so by index. NOLINTNEXTLINE(modernize-loop-convert)
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    perform(std::move(actions_[i]));
  }
  actions_.clear();
}

void rpc_actor::perform(rpc_action what) {
  std::visit(
    overloaded{[this](const rpc_reply& replying) { reply(replying); },
               [this](notary_request& asking) { asks_.push(std::move(asking)); },
               [this](const ask_consensus& one) { static_cast<void>(consensus_.offer(one.what)); },
               [this](const ask_peer_net& one) { static_cast<void>(peer_net_.offer(one.what)); }},
    what);
}

void rpc_actor::reply(const rpc_reply& what) {
  std::visit(overloaded{[this](const node_status&) {
                          look_at_table();
                          look_at_folder();
                        },
                        [this](const node_metrics& told) {
                          look_at_folder();
                          setup_.facts.metrics_text =
                            metrics_text(told.status, *setup_.from, setup_.facts,
                                         setup_.table.get())
                            + (setup_.numbers ? setup_.numbers->text() : std::string{});
                        },
                        ignored<error, receipt, std::shared_ptr<const answer>, version_wanted,
                                std::shared_ptr<const committed_block>, log_end, evidence_answer,
                                fresh_answer, std::shared_ptr<const receipt_proof>>{}},
             what.what);
  auto printed = print_control(what.what, *setup_.from, setup_.facts);
  const auto size = printed.text.size();
  replies_.push(
    {what.to, printed.status, std::move(printed.type), std::move(printed.text), what.last});
  if (!what.last) {
    core_.sent(what.to, size, actions_);
  }
}

/// Nobody else would notice: files that are open can be written for as long as they are.
void rpc_actor::look_at_folder() {
  if (!setup_.trouble) {
    return;
  }
  auto trouble = setup_.trouble();
  if (!trouble.empty() && trouble != setup_.facts.trouble) {
    log("node", log_level::error, trouble);
  }
  setup_.facts.trouble = std::move(trouble);
}

void rpc_actor::look_at_table() {
  if (!setup_.table) {
    return;
  }
  setup_.facts.actors.clear();
  for (const auto& row : setup_.table->actors) {
    setup_.facts.actors.push_back(
      {row.name, row.group, row.life->restarts(), row.life->last_error()});
  }
  setup_.facts.edges_json = edge_table_json(setup_.table->edges);
}

} // namespace caucus
