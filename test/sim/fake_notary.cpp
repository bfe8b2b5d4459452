#include "test/sim/fake_notary.hpp"

#include "messages/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "test/sim/keys.hpp"

#include <algorithm>

namespace caucus::sim {

namespace {

constexpr std::uint32_t body_size = 200;

block_header genesis_header() {
  block_header out;
  out.group = group_id{1};
  return out;
}

} // namespace

const digest& fake_notary::genesis_id() {
  static const digest id = digest_of(genesis_header());
  return id;
}

sim_result fake_notary::genesis_result() {
  return {spread<digest>(1), spread<digest>(2), {}, {}};
}

void fake_notary::start(notary_out& out) {
  ledger_tip tip;
  if (ledger_.empty()) {
    const auto result = genesis_result();
    tip = {genesis_id(), genesis_header(), std::nullopt, result.state, result.receipts, false};
  } else {
    const auto& last = ledger_.back();
    tip = {last.id,           last.what->header,    last.finalization,
           last.result.state, last.result.receipts, !last.what->batches.empty()};
  }
  out.said.emplace_back(tip);
  const auto numbers = ledger_.empty() ? sim_result{}.numbers : ledger_.back().result.numbers;
  for (const auto& [id, one] : batches_) {
    const auto last = numbers.find(one->author);
    if (last == numbers.end() || last->second < one->number) {
      out.said.emplace_back(batch_held{id, peer_of(one->author), batch_number{one->number},
                                       body_size, one->author == self_});
    }
  }
}

void fake_notary::crash() {
  ledger_.resize(synced_);
  results_.clear();
  notarized_.clear();
  final_.clear();
  standstill_ = false;
  // Own batches that were final in what was lost are open again.
  own_.clear();
  const auto numbers = ledger_.empty() ? sim_result{}.numbers : ledger_.back().result.numbers;
  const auto last = numbers.find(self_);
  applied_.clear();
  for (const auto& entry : ledger_) {
    applied_.insert(entry.result.applied.begin(), entry.result.applied.end());
  }
  for (const auto& [id, one] : batches_) {
    if (one->author == self_ && (last == numbers.end() || last->second < one->number)
        && applied_.count(one->mutations.front()) == 0) {
      own_.emplace(one->number, one);
    }
  }
}

const sim_result* fake_notary::result_of(const digest& id) const {
  if (const auto found = results_.find(id); found != results_.end()) {
    return &found->second;
  }
  if (!ledger_.empty() && ledger_.back().id == id) {
    return &ledger_.back().result;
  }
  static const sim_result genesis = genesis_result();
  return ledger_.empty() && id == genesis_id() ? &genesis : nullptr;
}

void fake_notary::on(const to_notary& what, notary_out& out) {
  if (const auto* const want = std::get_if<want_batches>(&what)) {
    for (const auto& id : want->missing) {
      if (const auto held = find(id)) { // gone from the list, but still here
        out.said.emplace_back(batch_held{id, peer_of(held->author), batch_number{held->number},
                                         body_size, held->author == self_});
      } else {
        out.wanted.push_back(id);
      }
    }
  } else if (const auto* const block = std::get_if<block_notarized>(&what)) {
    notarized_.push_back({block->id, block->what});
    execute_ready(out);
  } else if (const auto* const last = std::get_if<block_finalized>(&what)) {
    final_.push_back({last->id, last->what, last->finalization});
    execute_ready(out);
  } else if (const auto* const entered = std::get_if<view_entered>(&what)) {
    std::size_t sent = 0;
    for (const auto& [number, one] : own_) {
      if (entered->leader.value() != self_ && sent++ < 4) {
        out.batches.emplace_back(entered->leader.value(), one);
      }
    }
  } else if (const auto* const stands = std::get_if<standstill>(&what)) {
    standstill_ = stands->is;
  } else if (const auto* const lie = std::get_if<evidence_found>(&what)) {
    evidence_.push_back(lie->what);
  }
}

void fake_notary::hold(const shared_sim_batch& what, notary_out& out) {
  if (!batches_.try_emplace(what->id, what).second) {
    return;
  }
  out.said.emplace_back(batch_held{what->id, peer_of(what->author), batch_number{what->number},
                                   body_size, what->author == self_});
  execute_ready(out);
}

shared_sim_batch fake_notary::find(const digest& id) const {
  const auto found = batches_.find(id);
  return found == batches_.end() ? nullptr : found->second;
}

void fake_notary::submit(std::uint64_t mutation, notary_out& out) {
  issue({mutation}, out);
}

void fake_notary::issue(std::vector<std::uint64_t> mutations, notary_out& out) {
  const auto number = next_number_++;
  auto made = std::make_shared<sim_batch>();
  made->id = spread<digest>(mix({0x6261746368, self_, number, mutations.front()}));
  made->author = self_;
  made->number = number;
  made->mutations = std::move(mutations);
  own_.emplace(number, made);
  out.batches.emplace_back(std::nullopt, made);
  hold(made, out);
}

void fake_notary::retry(notary_out& out) {
  std::size_t sent = 0;
  for (const auto& one : own_) {
    if (sent++ < 4) {
      out.batches.emplace_back(std::nullopt, one.second);
    }
  }
  const auto lack = [&](const block& what) {
    for (const auto& id : what.batches) {
      if (find(id) == nullptr) {
        out.wanted.push_back(id);
      }
    }
  };
  for (const auto& one : notarized_) {
    lack(*one.what);
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(final_.size(), 64); ++i) {
    lack(*final_[i].what);
  }
}

void fake_notary::execute_ready(notary_out& out) {
  const auto execute = [&](const digest& id, const block& what) {
    if (result_of(id) != nullptr) {
      return true;
    }
    const auto* const parent = result_of(what.header.parent);
    const bool held = std::all_of(what.batches.begin(), what.batches.end(),
                                  [this](const digest& one) { return find(one) != nullptr; });
    if (parent == nullptr || !held) {
      return false;
    }
    sim_result made{{}, {}, parent->numbers, {}};
    auto state = word_of(parent->state);
    for (const auto& one : what.batches) {
      const auto batch = find(one);
      auto& last = made.numbers[batch->author];
      if (batch->number <= last) {
        continue; // overtaken: skipped, never refused
      }
      last = batch->number;
      made.applied.insert(made.applied.end(), batch->mutations.begin(), batch->mutations.end());
      state = mix({state, word_of(one)});
    }
    made.state = spread<digest>(state);
    made.receipts = spread<digest>(mix({state, made.applied.size()}));
    out.said.emplace_back(executed{id, made.state, made.receipts});
    results_.emplace(id, std::move(made));
    return true;
  };
  bool again = true;
  while (again) {
    again = false;
    const auto before = notarized_.size() + final_.size();
    std::erase_if(notarized_, [&](const auto& one) { return execute(one.id, *one.what); });
    while (!final_.empty() && execute(final_.front().id, *final_.front().what)) {
      const auto last = final_.front();
      final_.erase(final_.begin());
      ledger_.push_back({last.id, last.what, last.finalization, *result_of(last.id)});
      settle_ledger(out);
    }
    again = notarized_.size() + final_.size() < before;
  }
}

void fake_notary::settle_ledger(notary_out& out) {
  const auto& entry = ledger_.back();
  for (const auto& id : entry.what->batches) {
    out.said.emplace_back(batch_gone{id});
  }
  applied_.insert(entry.result.applied.begin(), entry.result.applied.end());
  std::erase_if(notarized_,
                [&](const auto& one) { return one.what->header.at <= entry.what->header.at; });
  const auto last = entry.result.numbers.find(self_);
  std::vector<std::uint64_t> anew;
  while (last != entry.result.numbers.end() && !own_.empty()
         && own_.begin()->first <= last->second) {
    const auto& front = *own_.begin()->second;
    // After a crash, both the batch and the one that took its place may be open again.
    const bool taken_over = std::any_of(own_.begin(), own_.end(), [&front](const auto& one) {
      return one.first != front.number
             && std::find(one.second->mutations.begin(), one.second->mutations.end(),
                          front.mutations.front())
                  != one.second->mutations.end();
    });
    if (applied_.count(front.mutations.front()) == 0 && !taken_over) {
      anew.insert(anew.end(), front.mutations.begin(), front.mutations.end());
      out.said.emplace_back(batch_gone{front.id});
    }
    own_.erase(own_.begin());
  }
  if (!anew.empty()) {
    issue(std::move(anew), out);
  }
}

void fake_notary::sync(notary_out& out) {
  // A restart begins at a block whose certificate is held, so nothing behind the newest counts.
  auto upto = ledger_.size();
  while (upto > synced_ && !ledger_[upto - 1].finalization) {
    --upto;
  }
  if (upto > synced_) {
    synced_ = upto;
    out.said.emplace_back(ledger_advanced{ledger_[upto - 1].what->header.at});
  }
}

chain_page fake_notary::serve(const chain_request& what) const {
  chain_page out;
  if (what.from.value() == 0) {
    return out;
  }
  const auto first = static_cast<std::size_t>(what.from.value() - 1);
  auto last = std::min(synced_, first + std::min<std::size_t>(what.count_max, 64));
  while (last > first && !ledger_[last - 1].finalization) {
    --last;
  }
  for (auto at = first; at < last; ++at) {
    out.blocks.push_back(*ledger_[at].what);
    out.finalization = ledger_[at].finalization;
  }
  return out;
}

} // namespace caucus::sim
