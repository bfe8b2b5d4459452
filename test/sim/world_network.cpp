#include "test/sim/world.hpp"

#include <algorithm>

/// What goes between nodes, and between a node's consensus and its notary.

namespace caucus::sim {

// -- the network ---------------------------------------------------------------------------------

std::optional<node_index> world::other_end(node_index who, link_id link) const {
  for (node_index other = 0; other < nodes_.size(); ++other) {
    const auto found = connections_.find(std::minmax(who, other));
    if (other != who && found != connections_.end() && found->second == link.value()) {
      return other;
    }
  }
  return std::nullopt;
}

void world::say(node_index from, node_index to, said what) {
  const auto liar = options_.liars.find(from);
  if (liar == options_.liars.end()) {
    checker_.said(from, *what.what);
    transmit(from, to, std::move(what));
    return;
  }
  for (auto& one : liar->second->say(*what.what, to, nodes_[from].key)) {
    transmit(
      from, to,
      said{std::make_shared<const voting::message>(std::move(one)), what.msg_id, what.answers});
  }
}

void world::inject(node_index from, node_index to, voting::message what) {
  transmit(from, to, said{std::make_shared<const voting::message>(std::move(what)), 0, 0});
}

void world::transmit(node_index from, node_index to, payload what) {
  const auto found = connections_.find(std::minmax(from, to));
  if (found == connections_.end() || cuts_.count({from, to}) != 0) {
    return;
  }
  const auto& now_on = weather_;
  const std::uint64_t copies = below(100) < now_on.repeat_percent ? 2 : 1;
  for (std::uint64_t i = 0; i < copies; ++i) {
    if (below(100) < now_on.loss_percent) {
      continue;
    }
    auto delay = now_on.delay_min
                 + duration{static_cast<std::int64_t>(below(
                   static_cast<std::uint64_t>((now_on.delay_max - now_on.delay_min).count() + 1)))};
    if (below(100) < now_on.slow_percent) {
      delay *= static_cast<std::int64_t>(1 + below(10));
    }
    schedule(delay, packet{from, to, found->second, what});
  }
}

void world::happen(packet& what) {
  const auto found = connections_.find(std::minmax(what.from, what.to));
  if (!alive(what.to) || found == connections_.end() || found->second != what.connection) {
    return;
  }
  auto& it = nodes_[what.to];
  if (auto* const words = std::get_if<said>(&what.what)) {
    if (const auto* const wanted = std::get_if<chain_request>(words->what.get())) {
      transmit(
        what.to, what.from,
        said{std::make_shared<const voting::message>(it.notary.serve(*wanted)), 0, words->msg_id});
      return;
    }
    if (words->answers != 0 && it.asked.erase(words->answers) == 0) {
      return; // too late, or twice
    }
    trace(words->what->index());
    step(what.to,
         voting::heard{link_id{what.connection}, *words->what, words->msg_id, words->answers});
    return;
  }
  notary_out out;
  if (const auto* const batch = std::get_if<shared_sim_batch>(&what.what)) {
    it.notary.hold(*batch, out);
  } else if (auto held = it.notary.find(std::get<batch_ask>(what.what).of)) {
    out.batches.emplace_back(what.from, std::move(held));
  }
  carry_out(what.to, std::move(out));
}

// -- the notary ----------------------------------------------------------------------------------

void world::carry_out(node_index who, notary_out out) {
  auto& it = nodes_[who];
  for (auto& one : out.said) {
    if (const auto* const done = std::get_if<executed>(&one); done != nullptr && honest(who)) {
      checker_.computed(who, *done);
    }
    std::visit(
      [&](auto& item) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(item)>, std::monostate>) {
          schedule(duration{0}, turn{who, it.life, std::move(item)});
        }
      },
      one);
  }
  for (const auto& [to, batch] : out.batches) {
    for (node_index other = 0; other < options_.members; ++other) {
      if (other != who && to.value_or(other) == other) {
        transmit(who, other, batch);
      }
    }
    if (to && *to >= options_.members) {
      transmit(who, *to, batch);
    }
  }
  for (const auto& id : out.wanted) {
    for (node_index other = 0; other < options_.members; ++other) {
      if (other != who) {
        transmit(who, other, batch_ask{id});
      }
    }
  }
  if (it.notary.has_unsynced() && !it.ledger_syncing) {
    it.ledger_syncing = true;
    schedule(duration{static_cast<std::int64_t>(below(20'000))}, ledger_synced{who, it.life});
  }
  for (auto& lie : it.notary.take_evidence()) {
    it.lies.push_back(std::move(lie));
  }
}

void world::happen(ledger_synced& what) {
  auto& it = nodes_[what.who];
  if (!alive(what.who) || it.life != what.life) {
    return;
  }
  it.ledger_syncing = false;
  notary_out out;
  it.notary.sync(out);
  for (const auto& entry : it.notary.ledger()) {
    if (honest(what.who) && entry.what->header.at.value() + 64 > it.notary.ledger().size()) {
      checker_.applied(what.who, entry);
    }
  }
  carry_out(what.who, std::move(out));
  // The journal is rewritten now and then, as the shell does when it has grown.
  if (below(8) == 0 && it.held.empty()) {
    it.journal = it.core->live_records();
  }
}

void world::happen(notary_retry& what) {
  auto& it = nodes_[what.who];
  if (!alive(what.who) || it.life != what.life) {
    return;
  }
  notary_out out;
  it.notary.retry(out);
  carry_out(what.who, std::move(out));
  schedule(notary_retry_interval, notary_retry{what.who, it.life});
}

} // namespace caucus::sim
